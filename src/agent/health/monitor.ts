import { millis, type Millis } from '../../core/base/time.js'
import { assess, dueAt } from '../../core/health/assess.js'
import { NO_HISTORY } from '../../core/health/rules/history.js'
import { healthDocument } from '../../core/health/document.js'
import type { HealthDocument } from '../../core/wire/health.js'
import type { HealthEvent } from '../../core/model/health.js'
import type { RouterState } from '../../core/model/state.js'

/** Turns looks at the router into a health document and events. */
export interface HealthMonitor {
  /** How long until a finding that is held back becomes due; null: none is held back. */
  readonly assess: (state: RouterState, now: Millis) => Millis | null
  /** An event that no look at the router shows. */
  readonly report: (event: Omit<HealthEvent, 'at'>) => void
  readonly document: () => HealthDocument | null
  /** Newest last, at most {@link EVENTS_SHOWN}. */
  readonly events: () => readonly HealthEvent[]
}

/** Events that `demarc show events` can show without the hub. */
const EVENTS_SHOWN = 1000

export interface HealthSinks {
  readonly onDocument: (document: HealthDocument) => void
  readonly onEvents: (events: readonly HealthEvent[]) => void
}

/** Knows of no look and no event yet: what an earlier process held is looked for anew. */
export function createHealthMonitor(wall: () => Date, sinks: HealthSinks): HealthMonitor {
  let history = NO_HISTORY
  let document: HealthDocument | null = null
  let events: readonly HealthEvent[] = []
  function tell(news: readonly HealthEvent[]): void {
    if (news.length === 0) return
    events = [...events, ...news].slice(-EVENTS_SHOWN)
    sinks.onEvents(news)
  }

  return {
    report: (event) => tell([{ at: wall().toISOString(), ...event }]),
    assess(state, now) {
      const assessment = assess(state, history, now)
      history = assessment.history
      document = healthDocument(state, assessment.verdicts, document)
      sinks.onDocument(document)
      tell(assessment.events)
      const due = dueAt(history)
      return due === null ? null : millis(Math.max(0, due - now))
    },
    document: () => document,
    events: () => events,
  }
}
