import { TEXT_LIMITS, cutText } from '../../core/wire/limits.js'
import type { Fault } from '../../core/base/fault.js'
import type { HealthEvent } from '../../core/model/health.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'

/** Notices that the state directory takes no writes before a change needs it. */
export interface DiskWatch {
  readonly look: () => Promise<void>
  /** What the last look found; at most one. */
  readonly faults: () => readonly Fault[]
}

const REFUSED =
  'the state directory takes no writes: changes are refused, and what is in force is kept'
const MENDED = 'the state directory takes writes again'

/**
 * Says it once when the directory takes no writes any more, and once when it does again: to the log and
 * as an event.
 */
export function createDiskWatch(
  files: Pick<StateFiles, 'trouble'>,
  to: {
    readonly router: string
    readonly log: Pick<Log, 'error' | 'info'>
    readonly tell: (event: Omit<HealthEvent, 'at'>) => void
  },
): DiskWatch {
  let trouble: Fault | null = null

  function say(now: Fault | null): void {
    if (now === null) to.log.info({ event: 'state-writable' }, MENDED)
    else to.log.error({ event: 'state-unwritable', fault: now }, REFUSED)
    to.tell({
      kind: 'router',
      name: to.router,
      code: 'STATE_UNWRITABLE',
      severity: now === null ? 'ok' : 'warning',
      message:
        now === null
          ? MENDED
          : cutText(`${REFUSED} (${now.at}: ${now.message})`, TEXT_LIMITS.sentence),
    })
  }

  return {
    async look() {
      const now = await files.trouble()
      if ((now === null) !== (trouble === null)) say(now)
      trouble = now
    },
    faults: () => (trouble === null ? [] : [trouble]),
  }
}
