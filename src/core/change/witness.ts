import { millis, toSeconds } from '../base/time.js'
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
  readonly healthy: boolean
  /**
   * Monotonic ms of the newest sign of life that proves `well`: a message of the peer, an answer.
   * null: `well` is a state that is always up to date, such as LACP's.
   */
  readonly lastSeenAt: number | null
  /** ms it may be well and say nothing; 0: it answers when it is asked. */
  readonly maxSilence: number
  /** Monotonic ms of a session's coming up; null: it is down, or is no session. */
  readonly upSince: number | null
  /** In words, what is wrong; shown where the witness fails the change. */
  readonly detail: string
}

/** What a witness must say for the change to stand. */
export interface Expectation {
  readonly subject: string
  /**
   * The plan disturbs it, so that only what was heard after the change counts: a session whose link
   * was rebuilt stays Established until its hold time is over. Of others a sign is waited for as
   * well, because the plan may err; they have until their hold time ends them.
   */
  readonly fresh: boolean
  /** Its coming up is waited for during the grace, and fails nothing. */
  readonly optional: boolean
}

export type WitnessVerdict =
  | { readonly is: 'verified' }
  /** `missing` may still come. */
  | { readonly is: 'open'; readonly missing: readonly string[] }
  | { readonly is: 'unhealthy'; readonly faults: readonly Fault[] }

/** Instants of one clock, monotonic ms. */
export interface Verification {
  /** When the change, or its undo, was read back. */
  readonly appliedAt: number
  /** From when the grace counts: the applying, or the restart of the agent after it. */
  readonly since: number
  readonly now: number
  /** Time each witness has to come back, ms. */
  readonly grace: number
  /** The deadline of it all. */
  readonly until: number
  /** What they are heard about. */
  readonly about: 'change' | 'rollback'
}

/**
 * ms after a session's coming up in which its routes reach the kernel: a hub heard before that was
 * heard the old way.
 */
const ROUTES_SETTLE = 3000

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
    /** Sessions that come and may change who is heard. */
    readonly optional: readonly string[]
  },
): readonly Expectation[] {
  const spoke = before.filter(({ healthy: well }) => well).map(({ subject }) => subject)
  const judges = new Set([...spoke.filter((each) => !options.excused(each)), ...options.required])
  const comers = options.optional.filter((subject) => !judges.has(subject))
  return [
    ...[...judges].map((subject) => ({
      subject,
      fresh: options.disturbed(subject),
      optional: false,
    })),
    ...comers.map((subject) => ({ subject, fresh: false, optional: true })),
  ]
}

/** Holds what the witnesses say now against what is expected of them; at the deadline it is never open. */
export function evaluate(
  expected: readonly Expectation[],
  witnesses: readonly Witness[],
  sitting: Verification,
): WitnessVerdict {
  const known = new Map(witnesses.map((one) => [one.subject, one]))
  const cameUp = newestSession(expected, known, sitting)
  const settled = cameUp + Math.min(ROUTES_SETTLE, sitting.grace / 2)
  const hub = { ...sitting, appliedAt: settled, since: Math.max(sitting.since, cameUp) }
  const own = (subject: string): Verification => (subject === HUB ? hub : sitting)
  const missing = expected.filter(
    (one) => !standsFor(one, known.get(one.subject), own(one.subject)),
  )
  if (missing.length === 0) return { is: 'verified' }
  const late = missing.filter((one) => isLate(one, known.get(one.subject), own(one.subject)))
  if (late.length === 0) return { is: 'open', missing: missing.map(({ subject }) => subject) }
  return {
    is: 'unhealthy',
    faults: late.map(({ subject }) => absent(subject, known.get(subject), sitting)),
  }
}

function absent(
  subject: string,
  witness: Witness | undefined,
  { grace, about }: Verification,
): Fault {
  const within = `within ${Math.round(toSeconds(millis(grace)))} s after`
  const says = witness?.detail ?? 'nothing was heard of it'
  return about === 'change'
    ? fault(
        'CHANGE_UNHEALTHY',
        subject,
        `it was well before the change and is not ${within} it: ${says}`,
      )
    : fault(
        'CHANGE_NOT_RESTORED',
        subject,
        `it was well before the change and is not ${within} the undo: ${says}`,
      )
}

/** When the newest of the sessions came up, if that was after the change. */
function newestSession(
  expected: readonly Expectation[],
  known: ReadonlyMap<string, Witness>,
  { appliedAt }: Verification,
): number {
  const ups = expected.map(({ subject }) => known.get(subject)?.upSince ?? appliedAt)
  return Math.max(appliedAt, ...ups)
}

function isOver({ since, grace, until, now }: Verification): boolean {
  return now >= Math.min(since + grace, until)
}

/** An undisturbed session that is silent is heard or ended by its hold time, and waited for until then. */
function isLate(
  { fresh }: Expectation,
  witness: Witness | undefined,
  sitting: Verification,
): boolean {
  const lives = !fresh && witness?.healthy === true
  return lives ? sitting.now >= sitting.until : isOver(sitting)
}

function standsFor(
  { optional }: Expectation,
  witness: Witness | undefined,
  sitting: Verification,
): boolean {
  const over = isOver(sitting)
  if (optional && over) return true
  if (witness?.healthy !== true) return false
  if (witness.lastSeenAt === null || witness.lastSeenAt > sitting.appliedAt) return true
  // It has said nothing since, and need not have.
  return over && witness.maxSilence >= sitting.grace
}
