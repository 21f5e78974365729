import type { Fault } from '../../core/base/fault.js'
import type { HealthEvent } from '../../core/model/health.js'
import { TEXT_LIMITS, cutText } from '../../core/wire/limits.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'

/** Notices that the state directory takes no writes before a change needs it. */
export interface DiskWatch {
  readonly check: () => Promise<void>
  /** What the last check found: at most one fault. */
  readonly faults: () => readonly Fault[]
}

const UNWRITABLE =
  'the state directory takes no writes: changes are refused, and the intent in force stays'
const WRITABLE = 'the state directory takes writes again'

/**
 * Reports once when the directory takes no writes any more, and once when it does again: to the log and
 * as an event.
 */
export function createDiskWatch(
  files: Pick<StateFiles, 'trouble'>,
  reports: {
    readonly router: string
    readonly log: Pick<Log, 'error' | 'info'>
    readonly onEvent: (event: Omit<HealthEvent, 'at'>) => void
  },
): DiskWatch {
  const { router, log, onEvent } = reports
  let found: Fault | null = null

  function report(now: Fault | null): void {
    if (now === null) log.info({ event: 'state-writable' }, WRITABLE)
    else log.error({ event: 'state-unwritable', fault: now }, UNWRITABLE)
    const message = now === null ? WRITABLE : `${UNWRITABLE} (${now.at}: ${now.message})`
    onEvent({
      kind: 'router',
      name: router,
      code: 'STATE_UNWRITABLE',
      severity: now === null ? 'ok' : 'warning',
      message: cutText(message, TEXT_LIMITS.sentence),
    })
  }

  return {
    async check() {
      const now = await files.trouble()
      if ((now === null) !== (found === null)) report(now)
      found = now
    },
    faults: () => (found === null ? [] : [found]),
  }
}
