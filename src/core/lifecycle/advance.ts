import { millis } from '../base/time.js'
import { timeOf, type LifecycleRecord, type StateSince } from './record.js'
import { leadsTo, type Trigger } from './transitions.js'

/** What a look shows of one subject. */
export interface Observation {
  /** The intent in force names it. */
  readonly isWanted: boolean
  /** The router was read back after the last change, and has what the intent wants. */
  readonly isApplied: boolean
  /** Nothing of it was found on the router. */
  readonly isGone: boolean
  readonly service: 'works' | 'fails' | 'unclear'
  /** With `fails`: which findings say so. */
  readonly why: string
}

/** A subject that has left a state for another. */
export interface Move {
  readonly record: LifecycleRecord
  readonly from: LifecycleRecord['state']
}

export interface Advanced {
  readonly record: LifecycleRecord
  readonly moves: readonly Move[]
}

/** The time that an owner has to accept a hosted interface: 7 days (OUTSCALE, AWS). */
export const ACCEPT_WITHIN = millis(7 * 24 * 60 * 60 * 1000)

/** The record after a look. `now` is the wall clock, ISO 8601 UTC. */
export function advance(record: LifecycleRecord, seen: Observation, now: string): Advanced {
  const moves: Move[] = []
  let current = record
  for (const on of triggers(record, seen, now)) {
    const next = after(current, on, { since: now, reason: REASONS[on](seen) })
    if (next.state !== current.state) moves.push({ record: next, from: current.state })
    current = next
  }
  return { record: current, moves }
}

type Observed = keyof typeof REASONS

const REASONS = {
  wanted: () => '',
  unwanted: () => 'The intent in force does not name it.',
  works: () => 'It works, and so do its routes.',
  fails: ({ why }: Observation) => why,
  applied: () => 'It is configured, and has not worked yet.',
  lapsed: () => 'Its owner neither accepted nor rejected it within 7 days.',
  gone: () => 'Nothing of it is on the router any more.',
} as const satisfies Partial<Record<Trigger, (seen: Observation) => string>>

/** In the order in which they count: what works is available, whatever was said. */
function triggers(record: LifecycleRecord, seen: Observation, now: string): readonly Observed[] {
  const { isWanted, isApplied, isGone, service } = seen
  if (!isWanted) return isApplied && isGone ? ['unwanted', 'gone'] : ['unwanted']
  return [
    'wanted',
    ...(service === 'unclear' ? [] : [service]),
    ...(isApplied && !record.awaitsProvider ? (['applied'] as const) : []),
    ...(hasLapsed(record, now) ? (['lapsed'] as const) : []),
  ]
}

/** A clock that was set back makes the wait longer and never shorter. */
function hasLapsed({ state, since }: StateSince, now: string): boolean {
  return state === 'confirming' && timeOf(now) - timeOf(since) >= ACCEPT_WITHIN
}

/** The record after one trigger; the same where the table has none for its state. */
export function after(
  record: LifecycleRecord,
  on: Trigger,
  { since, reason }: Pick<StateSince, 'since' | 'reason'>,
): LifecycleRecord {
  const to = leadsTo(record, on)
  if (to === undefined) return record
  if (to === 'before') return { ...record, ...(record.before ?? PENDING), before: null }
  const isSame = to === record.state
  return {
    ...record,
    state: to,
    since: isSame ? record.since : since,
    reason,
    awaitsProvider: to === 'requested' && (on === 'ordered' || record.awaitsProvider),
    before: to === 'deleting' ? stateOf(record) : null,
  }
}

/** What a record returns to that does not say what it was. */
const PENDING = { state: 'pending', reason: 'The intent in force names it again.' } as const

function stateOf({ state, since, reason, awaitsProvider }: LifecycleRecord): StateSince {
  return { state, since, reason, awaitsProvider }
}
