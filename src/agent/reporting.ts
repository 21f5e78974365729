import { TEXT_LIMITS, cutText } from '../core/wire/limits.js'
import type { HealthEvent } from '../core/model/health.js'
import type { ChangeProgress, WATCH_METHODS } from '../core/wire/messages.js'
import type { Log } from '../edge/host/log.js'
import type { DriftReport } from './change/reconcile.js'
import { createHealthMonitor, type HealthMonitor } from './health/monitor.js'
import type { HubLink } from './hub/link.js'
import type { PersistentReportQueue } from './hub/report-queue.js'

/** Everything that is said of this router: to the log, to watching commands, to the hub. */
export interface Reporting {
  readonly health: HealthMonitor
  readonly progress: (progress: ChangeProgress) => void
  readonly drift: (news: DriftReport) => void
  /** From now on the hub hears of it too. */
  readonly attach: (link: HubLink) => void
}

const DRIFT_SAYS = {
  repaired: 'Somebody changed what demarc keeps, and it was put right',
  left: 'Somebody changed what demarc keeps, and it is left so',
  failed: 'Somebody changed what demarc keeps, and it could not be put right',
} as const

/** Steps of a repair that one log line lists. */
const STEPS_LOGGED = 20

/**
 * Log, outbox and local watchers from the start, the hub once it is attached. Never throws: what cannot
 * be kept is logged.
 */
export function createReporting(to: {
  readonly log: Log
  readonly outbox: PersistentReportQueue
  readonly watchers: Watchers
  readonly router: string
  readonly wall: () => Date
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

  const health = createHealthMonitor(to.wall, {
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
    drift({ what, done, faults }) {
      const steps = what.slice(0, STEPS_LOGGED)
      const says = DRIFT_SAYS[done]
      log.warn({ event: 'drift', done, steps, count: what.length, faults }, says)
      const more = what.length > 1 ? ` and ${what.length - 1} more` : ''
      health.report({
        kind: 'router',
        name: to.router,
        code: 'DRIFT',
        severity: done === 'repaired' ? 'ok' : 'warning',
        message: cutText(`${says}: ${what[0] ?? ''}${more}`, TEXT_LIMITS.sentence),
      })
    },
    attach(opened) {
      link = opened
    },
  }
}

/** A local client that asked to see what the hub sees. */
export interface Watcher {
  readonly notify: (method: string, params: object) => void
  readonly signal: AbortSignal
}

export interface Watchers {
  readonly add: (watcher: Watcher) => void
  readonly tell: (method: (typeof WATCH_METHODS)[number], params: object) => void
}

/** Nobody yet; a watcher is forgotten when its connection ends. */
export function createWatchers(): Watchers {
  const watching = new Set<Watcher>()
  return {
    add(watcher) {
      watching.add(watcher)
      watcher.signal.addEventListener('abort', () => watching.delete(watcher), { once: true })
    },
    tell(method, params) {
      for (const watcher of watching) watcher.notify(method, params)
    },
  }
}
