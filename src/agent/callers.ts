import type { AgentSettings } from '../core/config/settings.js'
import type { StateFiles } from '../edge/host/files/state-files.js'
import { openAuditFile, type AuditFile } from './access/audit-file.js'
import { createAuditTrail, type AuditTrail } from './access/audit-trail.js'
import { guardedMethods, type AuditTo } from './access/guarded-methods.js'
import type { HubSide } from './hub-wiring.js'
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
  readonly localMethods: AnyMethods
  readonly hubMethods: AnyMethods
}

/**
 * The methods for the two kinds of callers. Node gives no credentials of a local peer (SO_PEERCRED), so a
 * local caller is recorded by the socket that it could open: root, or the group of the socket.
 */
export function methodsOf(
  settings: AgentSettings,
  options: MethodsOptions,
  audit: AuditTo,
  hub: Pick<HubSide, 'state'>,
): CallersMethods {
  const url = (): string => hub.state().url ?? ''
  const user = {
    actor: () => ({ kind: 'user', name: '' }) as const,
    from: () => settings.state.socket,
    allow: null,
  }
  const remote = {
    actor: () => ({ kind: 'hub', name: url() }) as const,
    from: url,
    allow: settings.hub?.allow ?? [],
  }
  return {
    localMethods: guardedMethods(
      { ...agentMethods(options, 'local'), ...localMethods(options) },
      user,
      audit,
    ),
    hubMethods: guardedMethods(agentMethods(options, 'hub'), remote, audit),
  }
}
