import { groupBy } from '../../base/group-by.js'
import type { GatewayBudget } from '../../model/bgp.js'
import { familiesOf } from './families.js'
import { peerings, type IntentIndex, type Site } from './intent-index.js'

/** A provider's gateway, the sites that lead to it, and the sessions that share what it takes. */
export interface Gateway {
  readonly budget: GatewayBudget
  /** The first site that says the limit. */
  readonly site: Site
  /** Families of neighbours that announce something, in the order of the document. */
  readonly sessions: readonly GatewaySession[]
}

/** One family of one neighbour, which FRR limits by itself. */
export interface GatewaySession {
  /** `attachments[0].bgp[0].ipv4Unicast`. */
  readonly at: string
  /** The limit that the intent gives this session; null: it shares what the others leave. */
  readonly own: number | null
  /** The fewest routes that it can be limited to: FRR has no limit of 0, and does not count a default route. */
  readonly least: 1 | 2
}

/** The gateways with a limit. Those of two providers are two, whatever their names are. */
export function gatewaysOf({ sites }: Pick<IntentIndex, 'sites'>): readonly Gateway[] {
  const named = sites.filter(({ attachment }) => attachment.gateway !== undefined)
  return [...groupBy(named, keyOf).values()].flatMap((group) => {
    const site = group.find(({ attachment }) => attachment.gateway?.maxPrefixes !== undefined)
    const { name, maxPrefixes } = site?.attachment.gateway ?? {}
    if (site === undefined || name === undefined || maxPrefixes === undefined) return []
    return [
      { budget: { gateway: name, limit: maxPrefixes.limit }, site, sessions: sessionsOf(group) },
    ]
  })
}

/** Sites with the same key lead to one gateway. */
export function keyOf({ attachment, trunk }: Site): string {
  return `${trunk?.connection.provider ?? ''} ${attachment.gateway?.name ?? ''}`
}

function sessionsOf(sites: readonly Site[]): readonly GatewaySession[] {
  return peerings(sites).flatMap(({ at, neighbor }) =>
    familiesOf(neighbor).flatMap(({ key, policy: { export: to } }) =>
      to === undefined
        ? []
        : [{ at: `${at}.${key}`, own: to.maxPrefixes?.limit ?? null, least: leastLimit(to) }],
    ),
  )
}

/** The lowest limit that FRR can hold a session to. */
export function leastLimit({
  defaultOriginate = false,
}: {
  readonly defaultOriginate?: boolean
}): 1 | 2 {
  return defaultOriginate ? 2 : 1
}

/**
 * The share of each session without a limit of its own: what the others leave, in equal parts. What does not divide
 * is not given away, so that a share depends on how many sessions there are and not on their order.
 */
export function shareOf({ budget, sessions }: Gateway): number {
  const fixed = sessions.reduce((sum, { own }) => sum + (own ?? 0), 0)
  const open = sessions.filter(({ own }) => own === null).length
  return open === 0 ? 0 : Math.floor((budget.limit - fixed) / open)
}

/** A session's part of what its gateway takes. */
export interface Share {
  readonly limit: number
  readonly of: GatewayBudget
}

/** The shares of an intent, by the places of the sessions that have no limit of their own. */
export function sharesIn(index: Pick<IntentIndex, 'sites'>): ReadonlyMap<string, Share> {
  return new Map(
    gatewaysOf(index).flatMap((gateway) =>
      gateway.sessions
        .filter(({ own }) => own === null)
        .map(({ at }) => [at, { limit: shareOf(gateway), of: gateway.budget }] as const),
    ),
  )
}
