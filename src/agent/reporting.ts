import type { HealthEvent } from '../core/model/health.js'
import type { ChangeProgress } from '../core/wire/messages.js'
import type { Log } from '../edge/host/log.js'
import { createHealthWatch, type HealthWatch } from './health-watch.js'
import type { HubLink } from './hub-link.js'
import type { ReportOutbox } from './outbox.js'
import type { Watchers } from './watchers.js'

/** Everything that is said of this router: to the log, to watching commands, to the hub. */
export interface Reporting {
  readonly health: HealthWatch
  readonly progress: (progress: ChangeProgress) => void
  readonly repaired: (steps: readonly string[], faults: readonly unknown[]) => void
  /** From now on the hub hears of it too. */
  readonly attach: (link: HubLink) => void
}

/** Steps of a repair that one log line lists. */
const STEPS_LOGGED = 20

export function createReporting(to: {
  readonly log: Log
  readonly outbox: ReportOutbox
  readonly watchers: Watchers
}): Reporting {
  const { log, outbox, watchers } = to
  let link: HubLink | null = null

  async function keep(events: readonly HealthEvent[]): Promise<void> {
    try {
      await outbox.events(events)
      link?.wake()
    } catch (error) {
      log.error({ event: 'spool-unwritable', error }, 'events cannot be kept for the hub')
    }
  }

  const health = createHealthWatch({
    onDocument(document) {
      outbox.health(document)
      watchers.tell('report.health', { health: document })
      link?.wake()
    },
    onEvents(events) {
      for (const one of events) log.info({ event: 'health', ...one }, one.message)
      watchers.tell('report.events', { events })
      void keep(events)
    },
  })

  return {
    health,
    progress(progress) {
      const { plan, ...rest } = progress
      log.info({ event: 'change', ...rest, impact: plan?.impact }, `change ${progress.phase}`)
      watchers.tell('change.progress', progress)
      link?.progress(progress)
    },
    repaired(steps, faults) {
      log.warn(
        { event: 'repair', steps: steps.slice(0, STEPS_LOGGED), count: steps.length, faults },
        faults.length === 0 ? 'a difference was repaired' : 'a difference could not be repaired',
      )
    },
    attach(opened) {
      link = opened
    },
  }
}
