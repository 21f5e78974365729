import { ok } from '../core/base/result.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { AuditActor } from '../core/wire/audit.js'
import { AGENT_METHODS } from '../core/wire/messages.js'
import type { StateFiles } from '../edge/host/files/state-files.js'
import type { Kernel } from '../edge/kernel/kernel.js'
import { serveLocal } from '../edge/socket/local.js'
import { openAuditFile, type AuditFile } from './access/audit-file.js'
import { createAuditTrail, type AuditTrail } from './access/audit-trail.js'
import { guardedMethods, type AuditTo, type Caller } from './access/guarded-methods.js'
import type { HubSide } from './hub-wiring.js'
import type { Watcher, Watchers } from './reporting.js'
import { agentMethods, localMethods, type MethodsOptions } from './methods.js'

/** The audit of this agent: its file, what is written to it for callers, and what without one. */
export interface Audit {
  readonly file: AuditFile
  readonly to: AuditTo
  readonly trail: AuditTrail
}

export function openAudit(files: StateFiles, router: string, wall: () => Date): Audit {
  const file = openAuditFile(files)
  const to = { record: file.record, router, wall }
  return { file, to, trail: createAuditTrail(to) }
}

type AnyMethods = ReturnType<typeof guardedMethods>

/** The methods as a user of this router may call them, and as the hub may. */
export interface CallersMethods {
  /** On one connection; `inode` is that of its socket on this side, null where it is not known. */
  readonly localMethods: (inode: number | null, notify: Watcher['notify']) => AnyMethods
  readonly hubMethods: AnyMethods
}

/** How a local caller is found out. */
export interface LocalUsers {
  readonly localUser: Kernel['localUser']
  /** The name of a user; '' where it has none. */
  readonly userName: (uid: number) => Promise<string>
}

/** The methods for the two kinds of callers. */
export function methodsOf(
  settings: AgentSettings,
  options: MethodsOptions,
  audit: AuditTo,
  callers: { readonly hub: Pick<HubSide, 'state'>; readonly users: LocalUsers },
): CallersMethods {
  const { hub, users } = callers
  const url = (): string => hub.state().url ?? ''
  const remote = {
    actor: () => ({ kind: 'hub', name: url() }) as const,
    from: url,
    allow: settings.hub?.allow ?? [],
  }
  const local = { ...agentMethods(options, 'local'), ...localMethods(options) }
  return {
    localMethods: (inode, notify) =>
      guardedMethods(
        { ...local, ...reportingDoctor(options, notify) },
        userOf(settings.state.socket, inode, users),
        audit,
      ),
    hubMethods: guardedMethods(agentMethods(options, 'hub'), remote, audit),
  }
}

/** The doctor of one connection, which gets each rung as soon as it is known. */
export function reportingDoctor(
  { doctor }: Pick<MethodsOptions, 'doctor'>,
  notify: Watcher['notify'],
): Pick<AnyMethods, 'doctor'> {
  return {
    doctor: (params) =>
      doctor(params, (rung) => notify('doctor.progress', { attachment: params.attachment, rung })),
  }
}

/** A user of this router, who is looked up as soon as the connection is there. */
export function userOf(socket: string, inode: number | null, users: LocalUsers): Caller {
  const found = inode === null ? Promise.resolve(UNKNOWN) : lookUp(inode, users)
  return { actor: () => found, from: () => socket, allow: null }
}

const UNKNOWN = { kind: 'user', name: '' } as const

/** Never rejects. Where the kernel does not say, the socket says that it is root or in its group. */
async function lookUp(
  inode: number,
  { localUser, userName }: LocalUsers,
): Promise<AuditActor | null> {
  const user = await localUser(inode).catch(() => 'unknown' as const)
  if (user === 'gone') return null
  return user === 'unknown' ? UNKNOWN : { ...UNKNOWN, name: await userName(user), uid: user }
}

/** Serves the commands on this router. */
export function serveAgent(
  path: string,
  agent: Pick<CallersMethods, 'localMethods'> & { readonly watchers: Pick<Watchers, 'add'> },
) {
  return serveLocal({
    path,
    mine: AGENT_METHODS,
    theirs: {},
    subscription: 'watch',
    handlers: (peer, inode) => ({
      ...agent.localMethods(inode, peer.notify),
      watch() {
        agent.watchers.add(peer)
        return ok({})
      },
    }),
  })
}
