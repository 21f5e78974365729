import { isDeepStrictEqual } from 'node:util'
import { attempt } from '../core/base/attempt.js'
import { fault } from '../core/base/fault.js'
import type { Result } from '../core/base/result.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { OpenLog } from '../edge/host/log.js'
import { logProfileFaults, type ProviderProfiles } from '../edge/host/profiles/profile-files.js'
import type { AuditTrail, Reloaded } from './access/audit-trail.js'
import type { HubSide } from './hub-wiring.js'
import type { Loop } from './router/loop.js'

/** What a reload works on. */
export interface ReloadContext {
  /** Those with which the agent was started. */
  readonly settings: AgentSettings
  readonly read: () => Promise<Result<AgentSettings>>
  readonly profiles: ProviderProfiles
  readonly log: OpenLog
  readonly hub: Pick<HubSide, 'reread'>
  readonly loop: Pick<Loop, 'requestTurn'>
  readonly trail: Pick<AuditTrail, 'reloaded'>
}

/**
 * Reads the token, the authorities, the passwords, the profiles of providers and the log level again, says
 * which other settings need a restart, and records it. Never rejects; what cannot be used is logged, and what
 * was in force stays.
 */
export async function reloadAgent(context: ReloadContext): Promise<void> {
  const { log, profiles, hub, loop, trail } = context
  try {
    const settings = await rereadSettings(context)
    await profiles.reread()
    logProfileFaults(profiles, log)
    const files = await hub.reread()
    // A turn reads the passwords again.
    loop.requestTurn('reload')
    log.info(
      { event: 'reloaded' },
      'read token, authorities, passwords, profiles and log level again',
    )
    trail.reloaded({
      changed: [...files.changed, ...settings.changed],
      waiting: settings.waiting,
      faults: [...settings.faults, ...profiles.faults(), ...files.faults],
    })
  } catch (error) {
    log.error({ event: 'reload-failed', error }, 'the files were not read again')
    const detail = error instanceof Error ? error.message : String(error)
    trail.reloaded({ changed: [], waiting: [], faults: [fault('BUG', 'reload', detail)] })
  }
}

async function rereadSettings({ settings, read, log }: ReloadContext): Promise<Reloaded> {
  const attempted = await attempt(read)
  const next = attempted.ok ? attempted.value : attempted
  if (!next.ok) {
    const { faults } = next
    const message = 'the settings cannot be used; those from the start stay in force'
    log.error({ event: 'reload-refused', faults }, message)
    return { changed: [], waiting: [], faults }
  }
  const { level } = next.value.log
  const changed = level === log.level() ? [] : [`log level ${log.level()} → ${level}`]
  log.setLevel(level)
  const waiting = needingRestart(settings, next.value)
  if (waiting.length > 0) {
    const message = 'these settings have changed and are used after a restart'
    log.warn({ event: 'reload-incomplete', settings: waiting }, message)
  }
  return { changed, waiting, faults: [] }
}

/** The tables that a running agent cannot change, and that have. */
function needingRestart(before: AgentSettings, next: AgentSettings): string[] {
  return (Object.keys(before) as (keyof AgentSettings)[])
    .filter((table) => table !== 'log' && !isDeepStrictEqual(before[table], next[table]))
    .map((table) => `[${table}]`)
}
