import type { HealthEvent } from '../core/model/health.js'
import { TEXT_LIMITS, cutText } from '../core/wire/limits.js'
import type { ChangeProgress, WATCH_METHODS } from '../core/wire/messages.js'
import type { Log } from '../edge/host/log.js'
import type { DriftReport } from './change/reconcile.js'
import {
  createHealthMonitor,
  type HealthMonitor,
  type HealthSinks,
  type KeptRedundancy,
} from './health/monitor.js'
import type { HubLink } from './hub/link.js'
import type { PersistentReportQueue } from './hub/report-queue.js'
import type { Lifecycles } from './lifecycle/lifecycles.js'

/** Everything that is reported of this router: to the log, to watching commands, to the hub. */
export interface Reporting {
  readonly health: HealthMonitor
  readonly progress: (progress: ChangeProgress) => void
  readonly drift: (drift: DriftReport) => void
}

const DRIFT_MESSAGES = {
  repaired: 'Somebody changed what demarc manages, and demarc repaired it',
  left: 'Somebody changed what demarc manages, and demarc leaves it so',
  failed: 'Somebody changed what demarc manages, and demarc could not repair it',
  blocked: 'The router cannot be made as the intent says',
} as const

const DRIFT_SEVERITY = {
  repaired: 'ok',
  left: 'warning',
  failed: 'critical',
  blocked: 'critical',
} as const

/** How an event is logged: a person must act on what is critical. */
const LEVELS = { ok: 'info', unknown: 'warn', warning: 'warn', critical: 'error' } as const

/** Steps of a repair that one log line lists. */
const STEPS_LOGGED = 20

/** Nothing here throws: what cannot be stored is logged. */
export function createReporting(to: {
  readonly log: Log
  readonly reports: Pick<PersistentReportQueue, 'health' | 'events'>
  readonly watchers: Watchers
  readonly hub: Pick<HubLink, 'wake' | 'progress'>
  readonly lifecycles: Pick<Lifecycles, 'look' | 'shown' | 'follow'>
  readonly redundancy: KeptRedundancy
  readonly router: string
  readonly wall: () => Date
}): Reporting {
  const { log, reports, watchers, hub, lifecycles } = to

  async function queue(events: readonly HealthEvent[]): Promise<void> {
    try {
      await reports.events(events)
      hub.wake()
    } catch (error) {
      log.error({ event: 'report-queue-unwritable', error }, 'events cannot be stored for the hub')
    }
  }

  const sinks: HealthSinks = {
    onDocument(document) {
      reports.health(document)
      watchers.notify('report.health', { health: document })
      hub.wake()
    },
    onEvents(events) {
      for (const event of events) {
        log[LEVELS[event.severity]]({ event: 'health', ...event }, event.message)
      }
      watchers.notify('report.events', { events })
      void queue(events)
    },
  }
  const health = createHealthMonitor(to.wall, sinks, lifecycles, to.redundancy)

  return {
    health,
    progress(progress) {
      const { plan, ...rest } = progress
      log.info({ event: 'change', ...rest, impact: plan?.impact }, `change ${progress.phase}`)
      watchers.notify('change.progress', progress)
      hub.progress(progress)
      // There is no look while a change is made.
      const moved = lifecycles.follow()
      if (moved.length > 0) health.refresh(moved)
    },
    drift(drift) {
      logDrift(drift, log)
      health.report({
        kind: 'router',
        name: to.router,
        code: 'DRIFT',
        severity: DRIFT_SEVERITY[drift.done],
        message: driftMessage(drift),
      })
    },
  }
}

function logDrift({ what, done, faults }: DriftReport, log: Log): void {
  const steps = what.slice(0, STEPS_LOGGED)
  log.warn({ event: 'drift', done, steps, count: what.length, faults }, DRIFT_MESSAGES[done])
}

/** What happened, to what, and where it failed: why, and what happens next. */
function driftMessage({ what, done, faults }: DriftReport): string {
  const more = what.length > 1 ? ` and ${what.length - 1} more` : ''
  const [first] = done === 'failed' ? faults : []
  const why = first === undefined ? '' : ` (${first.at}: ${first.message})`
  return cutText(`${DRIFT_MESSAGES[done]}: ${what[0] ?? ''}${more}${why}`, TEXT_LIMITS.sentence)
}

/** A local client that asked to receive what the hub receives. */
export interface Watcher {
  readonly notify: (method: string, params: object) => void
  /** Aborts when its connection ends. */
  readonly signal: AbortSignal
}

export interface Watchers {
  readonly add: (watcher: Watcher) => void
  readonly notify: (method: (typeof WATCH_METHODS)[number], params: object) => void
}

/** No watchers yet. A watcher is removed when its connection ends. */
export function createWatchers(): Watchers {
  const watching = new Set<Watcher>()
  return {
    add(watcher) {
      watching.add(watcher)
      watcher.signal.addEventListener('abort', () => watching.delete(watcher), { once: true })
    },
    notify(method, params) {
      for (const watcher of watching) watcher.notify(method, params)
    },
  }
}
