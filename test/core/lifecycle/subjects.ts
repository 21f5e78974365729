import fc from 'fast-check'
import { after, type Observation } from '../../../src/core/lifecycle/advance.js'
import { newRecord, type LifecycleRecord } from '../../../src/core/lifecycle/record.js'
import { OBSERVED, TRANSITIONS, type Trigger } from '../../../src/core/lifecycle/transitions.js'
import { LIFECYCLE_WORDS, SERVICE_KINDS, type ServiceKind } from '../../../src/core/model/health.js'

const START = Date.parse('2026-03-01T10:00:00.000Z')
export const DAY = 24 * 60 * 60 * 1000

/** An instant this many ms after the start. */
export const at = (after_: number): string => new Date(START + after_).toISOString()

/** A subject that the intent has just begun to name. */
export function fresh(kind: ServiceKind, name = 'a', since = at(0)): LifecycleRecord {
  return newRecord({ kind, name, provider: 'outscale' }, since)
}

/** What a look shows of a subject that is on the router and does not work yet. */
export function seen(over: Partial<Observation> = {}): Observation {
  return { isWanted: true, isApplied: true, isGone: false, service: 'unclear', why: '', ...over }
}

/** A record brought through these triggers, a second apart. */
export function through(kind: ServiceKind, ...triggers: readonly Trigger[]): LifecycleRecord {
  return triggers.reduce(
    (record, on, i) => after(record, on, { since: at((i + 1) * 1000), reason: on }),
    fresh(kind),
  )
}

export const kinds = fc.constantFrom(...SERVICE_KINDS)
export const ALL_TRIGGERS: readonly Trigger[] = [...OBSERVED, ...LIFECYCLE_WORDS]

/** Every state that the table leads to from the first one. */
export function reachable(kind: ServiceKind): ReadonlySet<string> {
  const found = new Set<string>([fresh(kind).state])
  for (let size = 0; size < found.size;) {
    size = found.size
    for (const { from, to } of TRANSITIONS[kind]) {
      if (to !== 'before' && from.some((state) => found.has(state))) found.add(to)
    }
  }
  return found
}
