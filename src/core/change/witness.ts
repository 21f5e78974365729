import { fault, type Fault } from '../base/fault.js'
import { millis, toSeconds, type Millis } from '../base/time.js'
import type { FamilyState } from '../model/state.js'
import { missingRoutes, type RouteFloor } from '../routes/floors.js'

/** The subject of the hub as a witness. */
export const HUB = 'hub'

/**
 * Something whose health judges a change: a BGP session, a bond, the hub, a probe. A witness reports what
 * was observed and when; {@link evaluate} decides what that means for the change.
 */
export interface Witness {
  /** `neighbor 10.0.0.1`, `connection dl-par`, `hub`, `ping 10.0.0.1 from net-a`. */
  readonly subject: string
  readonly healthy: boolean
  /**
   * Monotonic instant of the newest sign of life that proves `healthy`: a message of the peer, an answer.
   * null: `healthy` is a state that is always current, such as that of LACP.
   */
  readonly lastSeenAt: Millis | null
  /** How long a healthy witness may send nothing; 0: it answers when it is queried. */
  readonly maxSilence: Millis
  /** Monotonic instant at which the session came up; null: it is down, or is not a session. */
  readonly upSince: Millis | null
  /** What is wrong, in words; part of the fault if the witness fails the change. */
  readonly detail: string
  /** The routes of a session that is up; absent: it is none. */
  readonly routes?: readonly Pick<FamilyState, 'family' | 'received' | 'sent'>[]
}

/** What must be true of a witness before the change is kept. */
export interface Expectation {
  readonly subject: string
  /**
   * The plan disturbs the witness, so that only a sign of life from after the change counts: a session
   * whose link was rebuilt stays Established until its hold time expires. Sessions that the plan does not
   * touch must send a message too, in case the plan is wrong, but may take until their hold time expires.
   */
  readonly fresh: boolean
  /** The change waits during the grace period for the witness to come up, and does not fail without it. */
  readonly optional: boolean
  /** The routes that the session must have; absent: none. */
  readonly routes?: readonly RouteFloor[]
}

/** What the witnesses mean for a change, or for its rollback. */
export type WitnessVerdict =
  | { readonly status: 'verified' }
  /** The subjects in `missing` may still come up. */
  | { readonly status: 'pending'; readonly missing: readonly string[] }
  | { readonly status: 'unhealthy'; readonly faults: readonly Fault[] }

/** A verdict that no later query changes. */
export type FinalVerdict = Exclude<WitnessVerdict, { readonly status: 'pending' }>

/** When and about what the witnesses are queried. Instants are of one monotonic clock. */
export interface Verification {
  /** When the change, or its rollback, was read back. */
  readonly appliedAt: Millis
  /** Start of the grace period: `appliedAt`, or a later restart of the agent. */
  readonly since: Millis
  readonly now: Millis
  /** Time that each witness has to come back. */
  readonly grace: Millis
  /** The deadline of the whole change. */
  readonly until: Millis
  readonly about: 'change' | 'rollback'
}

/**
 * Time from a session's coming up until its routes are in the kernel. What the hub sends before that
 * arrives by the old route.
 */
const ROUTES_SETTLE = millis(3000)

/**
 * Time after the last step, or after a session's coming up, until the counts of its routes are judged: FRR waits 5 s
 * before it applies a changed route map (`bgp route-map delay-timer`).
 */
const POLICY_SETTLE = millis(8000)

/**
 * Which witnesses judge the change: those that were healthy before it, because what was broken before
 * cannot fail it, and those that the push requires in any case.
 */
export function expectations(
  before: readonly Witness[],
  options: {
    /** Subjects that the change itself removes, or that cannot judge it. */
    readonly excused: (subject: string) => boolean
    readonly disturbed: (subject: string) => boolean
    readonly required: readonly string[]
    /** New sessions that may change which route the other witnesses are reached by. */
    readonly optional: readonly string[]
    /** The routes that each session must have. */
    readonly routes: ReadonlyMap<string, readonly RouteFloor[]>
  },
): readonly Expectation[] {
  const healthy = before.filter((witness) => witness.healthy).map(({ subject }) => subject)
  const judging = new Set([
    ...healthy.filter((subject) => !options.excused(subject)),
    ...options.required,
  ])
  const added = options.optional.filter((subject) => !judging.has(subject))
  return [
    ...[...judging].map((subject) => ({
      subject,
      fresh: options.disturbed(subject),
      optional: false,
      ...floorsOf(options.routes.get(subject)),
    })),
    ...added.map((subject) => ({ subject, fresh: false, optional: true })),
  ]
}

function floorsOf(routes: readonly RouteFloor[] | undefined): Pick<Expectation, 'routes'> {
  return routes === undefined ? {} : { routes }
}

/** Compares what the witnesses report now with what is expected. At the deadline it is never pending. */
export function evaluate(
  expected: readonly Expectation[],
  witnesses: readonly Witness[],
  verification: Verification,
): WitnessVerdict {
  const known = new Map(witnesses.map((witness) => [witness.subject, witness]))
  const forHub = hubVerification(expected, known, verification)
  const checks = expected.map((expectation) => ({
    expectation,
    witness: known.get(expectation.subject),
    verification: expectation.subject === HUB ? forHub : verification,
  }))
  const missing = checks.filter((check) => !isMet(check))
  if (missing.length === 0) return { status: 'verified' }
  const late = missing.filter(isLate)
  if (late.length === 0) {
    return { status: 'pending', missing: missing.map(({ expectation }) => expectation.subject) }
  }
  return {
    status: 'unhealthy',
    faults: late.map((check) => lostRoutes(check) ?? lost(check, verification)),
  }
}

/** The fault of a session that is up without its routes. */
function lostRoutes(check: Check): Fault | null {
  const missing = isUp(check) ? routesMissing(check) : null
  return missing === null ? null : fault('CHANGE_UNHEALTHY', check.expectation.subject, missing)
}

function lost({ expectation: { subject }, witness }: Check, { grace, about }: Verification): Fault {
  const within = `within ${Math.round(toSeconds(grace))} s`
  const detail = witness?.detail ?? 'nothing is known of it'
  return about === 'change'
    ? fault(
        'CHANGE_UNHEALTHY',
        subject,
        `it was up before the change and did not come back ${within}: ${detail}`,
      )
    : fault(
        'CHANGE_NOT_RESTORED',
        subject,
        `it was up before the change and did not come back ${within} after the rollback: ${detail}`,
      )
}

/** For the hub, everything counts from when the routes of the newest session are in the kernel. */
function hubVerification(
  expected: readonly Expectation[],
  known: ReadonlyMap<string, Witness>,
  verification: Verification,
): Verification {
  const { appliedAt, since, grace } = verification
  const sessions = expected.map(({ subject }) => known.get(subject)?.upSince ?? appliedAt)
  const newest = Math.max(appliedAt, ...sessions)
  return {
    ...verification,
    appliedAt: millis(newest + Math.min(ROUTES_SETTLE, grace / 2)),
    since: millis(Math.max(since, newest)),
  }
}

/** One expectation, and the witness it is about. */
interface Check {
  readonly expectation: Expectation
  readonly witness: Witness | undefined
  readonly verification: Verification
}

function isGraceOver({ since, grace, until, now }: Verification): boolean {
  return now >= Math.min(since + grace, until)
}

/** A silent session that the plan does not touch has until its hold time expires or the deadline. */
function isLate(check: Check): boolean {
  const { expectation, witness, verification } = check
  // A session that came up again after the change may still be exchanging its routes.
  const isNew = expectation.fresh || (witness?.upSince ?? 0) > verification.appliedAt
  if (isUp(check)) return isNew ? verification.now >= verification.until : isGraceOver(verification)
  const isSilent = !expectation.fresh && witness?.healthy === true
  return isSilent ? verification.now >= verification.until : isGraceOver(verification)
}

function isMet(check: Check): boolean {
  return isUp(check) && hasRoutes(check)
}

/** An optional session need not come up, and then has no routes that could be missing. */
function hasRoutes(check: Check): boolean {
  const { expectation, witness, verification } = check
  if (expectation.routes === undefined || witness?.routes === undefined) return true
  const { appliedAt, grace, now, until } = verification
  const since = Math.max(appliedAt, witness.upSince ?? appliedAt)
  const isSettled = now - since >= Math.min(POLICY_SETTLE, grace / 2) || now >= until
  return isSettled && routesMissing(check) === null
}

function routesMissing({ expectation, witness }: Check): string | null {
  return missingRoutes(expectation.routes ?? [], witness?.routes ?? [])
}

function isUp({ expectation, witness, verification }: Check): boolean {
  const over = isGraceOver(verification)
  if (expectation.optional && over) return true
  if (witness?.healthy !== true) return false
  if (witness.lastSeenAt === null || witness.lastSeenAt > verification.appliedAt) return true
  // The witness has sent nothing since the change, and need not have done so in this time.
  return over && witness.maxSilence >= verification.grace
}
