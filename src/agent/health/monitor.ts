import type { JsonObject } from '../../core/base/json.js'
import { createReuse } from '../../core/base/remember.js'
import { millis, type Millis } from '../../core/base/time.js'
import { assess, createHealthMemory, dueAt } from '../../core/health/assess.js'
import { NO_HISTORY, type HealthHistory } from '../../core/health/rules/history.js'
import { healthDocument } from '../../core/health/document.js'
import { subjectsOf } from '../../core/health/subjects.js'
import type { Look } from '../../core/health/ladder/ladder.js'
import { withLifecycles } from '../../core/lifecycle/document.js'
import type { HealthDocument } from '../../core/wire/health.js'
import type { HealthEvent, ServiceLifecycle, Verdict } from '../../core/model/health.js'
import type { RouterState } from '../../core/model/state.js'

/** Turns observed states of the router into a health document and events. */
export interface HealthMonitor {
  /**
   * Assesses a state that was observed at the monotonic instant `now`. The time until the next state is
   * needed, because a finding that is held back becomes due; null: none is.
   */
  readonly assess: (state: RouterState, now: Millis) => Millis | null
  /** Adds an event that no observed state shows. */
  readonly report: (event: Omit<HealthEvent, 'at'>) => void
  /** Takes in what has become of connections and attachments without a look, with its events. */
  readonly refresh: (events: readonly HealthEvent[]) => void
  /** The newest document, with the exact instant of the look; null before the first assessment. */
  readonly document: () => HealthDocument | null
  /** The newest look with what the rules find in it; null before the first assessment. */
  readonly look: () => Look | null
  /** When the newest look was, and what it found; null before the first. */
  readonly newestLook: () => NewestLook | null
  /** Newest last, at most {@link EVENTS_SHOWN}. */
  readonly events: () => readonly HealthEvent[]
}

/** What a look found that the document does not have as new as that. */
export interface NewestLook {
  /** Monotonic. */
  readonly at: Millis
  /** With counters of this look. */
  readonly state: RouterState
}

/** Events that `demarc show events` can show without the hub. */
const EVENTS_SHOWN = 1000

export interface HealthSinks {
  readonly onDocument: (document: HealthDocument) => void
  readonly onEvents: (events: readonly HealthEvent[]) => void
}

/** Where connections and attachments are in their lives. */
export interface FollowedLifecycles {
  /** Takes in a look; the events of what has changed. */
  readonly look: (state: RouterState, verdicts: readonly Verdict[]) => readonly HealthEvent[]
  readonly shown: () => readonly ServiceLifecycle[]
}

/** What bundles have gone without, over a restart. */
export interface KeptRedundancy {
  /** What an earlier process has kept of the last week. */
  readonly bundles: HealthHistory['bundles']
  /** Takes in what an assessment says; called after each. */
  readonly keep: (bundles: HealthHistory['bundles']) => void
}

/** A monitor without history but that: findings that an earlier process held back are held back anew. */
export function createHealthMonitor(
  wall: () => Date,
  sinks: HealthSinks,
  lifecycles: FollowedLifecycles,
  redundancy: KeptRedundancy,
): HealthMonitor {
  let history = { ...NO_HISTORY, bundles: redundancy.bundles }
  const memory = createHealthMemory()
  const written = createReuse<JsonObject>()
  const joined = createReuse<JsonObject>()
  /** What the last look found, without lifecycles. */
  let looked: HealthDocument | null = null
  let document: HealthDocument | null = null
  let newest: (NewestLook & { readonly found: () => Look }) | null = null
  let events: readonly HealthEvent[] = []

  function add(added: readonly HealthEvent[]): void {
    if (added.length === 0) return
    events = [...events, ...added].slice(-EVENTS_SHOWN)
    sinks.onEvents(added)
  }

  function show(found: HealthDocument): void {
    document = withLifecycles(found, lifecycles.shown(), document, joined)
    sinks.onDocument(document)
  }

  return {
    report: (event) => add([{ at: wall().toISOString(), ...event }]),
    assess(state, now) {
      const before = history
      const found = (): Look => ({ state, subjects: subjectsOf(state, before, now) })
      newest = { at: now, state, found }
      const assessment = assess(state, before, now, memory)
      history = assessment.history
      redundancy.keep(history.bundles)
      const moved = lifecycles.look(state, assessment.verdicts)
      looked = healthDocument(state, assessment.verdicts, looked, written)
      show(looked)
      add([...assessment.events, ...moved])
      const due = dueAt(history)
      return due === null ? null : millis(Math.max(0, due - now))
    },
    refresh(added) {
      if (looked !== null) show(looked)
      add(added)
    },
    document() {
      if (document === null || newest === null) return null
      return { ...document, router: { ...document.router, observedAt: newest.state.at } }
    },
    look: () => newest?.found() ?? null,
    newestLook: () => newest,
    events: () => events,
  }
}
