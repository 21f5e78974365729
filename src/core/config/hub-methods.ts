import { fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import type { AgentMethod } from '../wire/messages.js'

/**
 * What a hub may ask of an agent, by the word that `[hub] allow` has for it, and whether it may without that
 * setting. A word is the name of a method; `change.accept` is `change.repair` with `accept`. What gives the
 * router away, or risks an FRR daemon, is left to people at the router.
 */
const HUB_PERMISSIONS = {
  'intent.push': true,
  'intent.previous': true,
  'change.confirm': true,
  'change.cancel': true,
  'change.repair': true,
  'change.accept': false,
  'router.release': false,
  'router.export': true,
  'lifecycle.notify': true,
  doctor: true,
  'optics.baseline': true,
  'optics.report': true,
  'show.status': true,
  'show.history': true,
  'show.events': true,
  'show.intent': true,
  'show.audit': true,
} as const satisfies Readonly<Record<string, boolean>>

export type HubPermission = keyof typeof HUB_PERMISSIONS

/** Every word of `[hub] allow`. */
export const HUB_PERMISSION_WORDS = Object.keys(HUB_PERMISSIONS) as [
  HubPermission,
  ...HubPermission[],
]

/** What a hub may ask where `[hub] allow` is not set. */
export const HUB_ALLOWED_BY_DEFAULT: readonly HubPermission[] = HUB_PERMISSION_WORDS.filter(
  (word) => HUB_PERMISSIONS[word],
)

/** The word for a request of a hub; null: a heartbeat, or one that the hub's connection never answers. */
export function permissionFor(method: AgentMethod, params: unknown): HubPermission | null {
  if (method === 'ping' || method === 'watch' || method === 'neighbor.clear') return null
  if (method !== 'change.repair') return method
  const isAccept =
    typeof params === 'object' && params !== null && 'accept' in params && params.accept === true
  return isAccept ? 'change.accept' : 'change.repair'
}

/** The verb that does the same on the router, where it is a change that a hub may not be allowed. */
const LOCAL_VERBS: Partial<Record<HubPermission, string>> = {
  'intent.push': 'demarc apply',
  'change.confirm': 'demarc confirm',
  'change.cancel': 'demarc cancel',
  'change.repair': 'demarc repair',
  'change.accept': 'demarc repair --accept',
  'router.release': 'demarc release',
  'router.export': 'demarc export',
  'lifecycle.notify': 'demarc lifecycle',
  doctor: 'demarc doctor',
  'optics.baseline': 'demarc optics baseline',
  'optics.report': 'demarc optics report',
}

/** Refuses a request of a hub that the settings do not allow. */
export function allowedForHub(
  method: AgentMethod,
  params: unknown,
  allow: readonly HubPermission[],
): Result<null> {
  const word = permissionFor(method, params)
  if (word === null || allow.includes(word)) return ok(null)
  const verb = LOCAL_VERBS[word]
  const here = verb === undefined ? '' : `run "${verb}" on the router, or `
  const text = `the settings of this router do not let a hub do "${word}": ${here}add "${word}" to allow in [hub] of demarc.toml and restart demarcd`
  return refused(fault('UNAUTHORIZED', 'hub.allow', text))
}
