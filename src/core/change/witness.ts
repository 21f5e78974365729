import { fault, type Fault } from '../base/fault.js'

/** The hub's subject. */
export const HUB = 'hub'

/**
 * What can speak for or against a change: a BGP session, a bundle, the hub, a probe. It says of
 * itself what it saw and since when; what that means is decided here.
 */
export interface Witness {
  /** `neighbor 10.0.0.1`, `connection dl-par`, `hub`, `ping 10.0.0.1 from net-a`. */
  readonly subject: string
  readonly well: boolean
  /**
   * Monotonic ms of the newest sign of life that proves `well`: a message of the peer, an answer.
   * null: `well` is a state that is always up to date, such as LACP's.
   */
  readonly heardAt: number | null
  /** In words, what is wrong; shown where the witness fails the change. */
  readonly says: string
}

/** What a witness must say for the change to stand. */
export interface Expectation {
  readonly subject: string
  /**
   * The plan disturbs it, so that only what was heard after the change counts: a session whose link
   * was rebuilt stays Established until its hold time is over.
   */
  readonly fresh: boolean
}

export type Testimony =
  | { readonly is: 'proven' }
  /** `missing` may still come. */
  | { readonly is: 'open'; readonly missing: readonly string[] }
  | { readonly is: 'disproved'; readonly faults: readonly Fault[] }

/** Instants of one clock, monotonic ms. */
export interface Sitting {
  readonly appliedAt: number
  /** From when the grace counts: the applying, or the restart of the agent after it. */
  readonly since: number
  readonly now: number
  /** Time each witness has to come back, ms. */
  readonly grace: number
}

/**
 * Who is heard after the change: those that spoke well before it, because what was broken before
 * cannot fail it, and those that the push requires whatever was before.
 */
export function expectations(
  before: readonly Witness[],
  options: {
    /** Subjects that the change itself takes away, or that cannot judge it. */
    readonly excused: (subject: string) => boolean
    readonly disturbed: (subject: string) => boolean
    readonly required: readonly string[]
  },
): readonly Expectation[] {
  const spoke = before.filter(({ well }) => well).map(({ subject }) => subject)
  return [...new Set([...spoke.filter((each) => !options.excused(each)), ...options.required])].map(
    (subject) => ({ subject, fresh: options.disturbed(subject) }),
  )
}

/** Holds what the witnesses say now against what is expected of them. */
export function weigh(
  expected: readonly Expectation[],
  witnesses: readonly Witness[],
  sitting: Sitting,
): Testimony {
  const known = new Map(witnesses.map((one) => [one.subject, one]))
  const missing = expected.filter((one) => !standsFor(one, known.get(one.subject), sitting))
  if (missing.length === 0) return { is: 'proven' }
  if (sitting.now - sitting.since < sitting.grace) {
    return { is: 'open', missing: missing.map(({ subject }) => subject) }
  }
  const seconds = Math.round(sitting.grace / 1000)
  return {
    is: 'disproved',
    faults: missing.map(({ subject }) => {
      const says = known.get(subject)?.says ?? 'nothing was heard of it'
      const text = `it was well before the change and is not within ${seconds} s after it: ${says}`
      return fault('CHANGE_DISPROVED', subject, text)
    }),
  }
}

function standsFor(
  { fresh }: Expectation,
  witness: Witness | undefined,
  { appliedAt }: Sitting,
): boolean {
  if (witness?.well !== true) return false
  return !fresh || witness.heardAt === null || witness.heardAt > appliedAt
}
