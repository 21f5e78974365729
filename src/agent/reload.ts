import { isDeepStrictEqual } from 'node:util'
import { attempt } from '../core/base/attempt.js'
import type { Result } from '../core/base/result.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { OpenLog } from '../edge/host/log.js'
import { logProfileFaults, type ProviderProfiles } from '../edge/host/profiles/profile-files.js'
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
}

/**
 * Reads the token, the authorities, the passwords, the profiles of providers and the log level again, and says which other settings
 * need a restart. Never rejects; what cannot be used is logged, and what was in force stays.
 */
export async function reloadAgent({
  settings,
  read,
  profiles,
  log,
  hub,
  loop,
}: ReloadContext): Promise<void> {
  try {
    const attempted = await attempt(read)
    const next = attempted.ok ? attempted.value : attempted
    if (next.ok) {
      log.setLevel(next.value.log.level)
      const waiting = needingRestart(settings, next.value)
      if (waiting.length > 0) {
        log.warn(
          { event: 'reload-incomplete', settings: waiting },
          'these settings have changed and are used after a restart',
        )
      }
    } else {
      const { faults } = next
      log.error(
        { event: 'reload-refused', faults },
        'the settings cannot be used; those from the start stay in force',
      )
    }
    await profiles.reread()
    logProfileFaults(profiles, log)
    await hub.reread()
    // A turn reads the passwords again.
    loop.requestTurn('reload')
    log.info(
      { event: 'reloaded' },
      'read token, authorities, passwords, profiles and log level again',
    )
  } catch (error) {
    log.error({ event: 'reload-failed', error }, 'the files were not read again')
  }
}

/** The tables that a running agent cannot change, and that have. */
function needingRestart(before: AgentSettings, next: AgentSettings): string[] {
  return (Object.keys(before) as (keyof AgentSettings)[])
    .filter((table) => table !== 'log' && !isDeepStrictEqual(before[table], next[table]))
    .map((table) => `[${table}]`)
}
