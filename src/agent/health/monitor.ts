import { assess } from '../../core/health/assess.js'
import { NO_MEMORY } from '../../core/health/rules/history.js'
import { healthDocument, type HealthDocument } from '../../core/health/document.js'
import { wakeAt } from '../../core/health/assess.js'
import type { HealthEvent } from '../../core/model/health.js'
import type { RouterState } from '../../core/model/state.js'

/** Turns looks at the router into a health document and events. */
export interface HealthWatch {
  /** ms until a finding that is being held must be looked at again; null: none is. */
  readonly look: (state: RouterState, now: number) => number | null
  /** An event that no look at the router shows. */
  readonly tell: (event: Omit<HealthEvent, 'at'>) => void
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
export function createHealthWatch(wall: () => Date, sinks: HealthSinks): HealthWatch {
  let memory = NO_MEMORY
  let document: HealthDocument | null = null
  let events: readonly HealthEvent[] = []
  function tell(news: readonly HealthEvent[]): void {
    if (news.length === 0) return
    events = [...events, ...news].slice(-EVENTS_SHOWN)
    sinks.onEvents(news)
  }

  return {
    tell: (event) => tell([{ at: wall().toISOString(), ...event }]),
    look(state, now) {
      const assessment = assess(state, memory, now)
      memory = assessment.memory
      document = healthDocument(state, assessment.verdicts, document)
      sinks.onDocument(document)
      tell(assessment.events)
      const wake = wakeAt(memory)
      return wake === null ? null : Math.max(0, wake - now)
    },
    document: () => document,
    events: () => events,
  }
}
