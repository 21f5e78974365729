import { isSameList } from '../../base/remember.js'
import { millis, type Millis } from '../../base/time.js'

/** What an assessment says of one part, and until when it says the same, as long as what it is made of stays the same. */
export interface Steadiness<Outcome> {
  readonly outcome: Outcome
  /** null: the next assessment may say something else. */
  readonly until: Millis | null
}

/** The last assessment of each part, so that a part of which nothing changes costs nothing. */
export interface SteadyMemory<Subject extends object, Outcome> {
  /** Begins an assessment at this instant. What the one before it did not ask for is forgotten. */
  readonly begin: (now: Millis) => void
  /** The last subject of this key, where all inputs are the same objects as then and its outcome still holds; else a new one. */
  readonly subject: (key: string, inputs: readonly unknown[], make: () => Subject) => Subject
  /** The last outcome where the subject is the last one, else a new one, which gets the last of this key. */
  readonly outcome: (
    key: string,
    subject: Subject,
    make: (last: Outcome | undefined) => Steadiness<Outcome>,
  ) => Outcome
}

interface Kept<Subject, Outcome> {
  readonly subject: Subject
  /** null: it is made anew each time. */
  readonly inputs: readonly unknown[] | null
  readonly at: Millis
  said: Steadiness<Outcome> | null
}

/** Nothing is remembered yet. */
export function createSteadyMemory<Subject extends object, Outcome>(): SteadyMemory<
  Subject,
  Outcome
> {
  type Part = Kept<Subject, Outcome>
  let now = millis(0)
  let last = new Map<string, Part>()
  let next = new Map<string, Part>()

  function holds({ at, said, inputs }: Part, given: readonly unknown[]): boolean {
    const until = said?.until ?? null
    if (until === null || inputs === null) return false
    return at <= now && now < until && isSameList(inputs, given)
  }

  return {
    begin(at) {
      now = at
      last = next
      next = new Map()
    },
    subject(key, inputs, make) {
      const kept = last.get(key)
      const taken =
        kept !== undefined && holds(kept, inputs)
          ? kept
          : { subject: make(), inputs, at: now, said: null }
      next.set(key, taken)
      return taken.subject
    },
    outcome(key, subject, make) {
      const kept = next.get(key)
      const part = kept?.subject === subject ? kept : { subject, inputs: null, at: now, said: null }
      part.said ??= make(last.get(key)?.said?.outcome)
      next.set(key, part)
      return part.said.outcome
    },
  }
}
