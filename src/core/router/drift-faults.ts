import { fault, reworded, type Fault } from '../base/fault.js'
import { millis, type Millis } from '../base/time.js'
import {
  FOREVER,
  retryAt,
  suppressedUntil,
  type DriftHistory,
  type FailedRepair,
  type RepairFailure,
  type Suppressed,
} from '../change/drift.js'
import { describeStep } from './describe.js'
import type { DriftStep } from './drift-steps.js'

/** The time as the history of drift has it, and for people. */
export interface DriftClock {
  readonly now: () => Millis
  /** An instant of the monotonic clock as wall clock, ISO 8601. */
  readonly wallTime: (at: number) => string
}

/**
 * The fault of a difference that is not repaired now: what, since when, why, and what happens next. Where the
 * repair failed, it is the fault of that.
 */
export function driftFault(
  { step, items }: DriftStep,
  history: DriftHistory,
  suppressed: Suppressed,
  clock: DriftClock,
): Fault {
  const now = clock.now()
  const keys = items.flatMap((item) => item.keys)
  const since = Math.min(now, ...keys.map((key): Millis => history.since.get(key) ?? now))
  const until = Math.max(0, ...items.map((item) => suppressedUntil(suppressed, item)))
  const failed = keys.flatMap((key) => history.failures.get(key) ?? [])[0]
  const found = `since ${clock.wallTime(since)} the router differs from the intent`
  const repair = `the repair would be: ${describeStep(step)}`
  if (failed === undefined || (until === FOREVER && !failed.endedDaemon)) {
    return fault('DRIFT', 'router', `${found}; ${repair}; ${nextOf(until, clock)}`)
  }
  const next = failureText(failed, millis(until), clock)
  return reworded(failed.fault, `${failed.fault.message}; ${found}; ${repair}; ${next}`)
}

/** What happens to a difference whose repair did not fail. */
function nextOf(until: number, clock: DriftClock): string {
  if (until === FOREVER) {
    return 'it depends on something that is not repaired before "demarc repair --accept"'
  }
  return until > 0
    ? `another program undoes the repair, so the next one is made at ${clock.wallTime(until)}`
    : 'drift = "report" leaves the repair to you: apply the intent again under a higher generation, or revert the other change by hand'
}

/** The faults of repairs that failed now, each with what happens next. */
export function failureFaults(
  failures: readonly RepairFailure[],
  history: DriftHistory,
  clock: DriftClock,
): readonly Fault[] {
  return failures.map(({ keys, fault: cause }) => {
    const [key = ''] = keys
    const failed = history.failures.get(key)
    if (failed === undefined) return cause
    const next = failureText(failed, retryAt(history, key), clock)
    return reworded(cause, `${cause.message}; ${next}`)
  })
}

/** How often a repair failed, and when it is tried again. */
function failureText(
  { count, endedDaemon }: FailedRepair,
  until: Millis,
  clock: DriftClock,
): string {
  if (endedDaemon) {
    return 'an FRR daemon ended or stopped to answer when demarc typed the repair, so it is not made again by itself: make it by hand, or run "demarc repair --accept" to let demarc try once more'
  }
  const times = count === 1 ? 'once' : `${count} times`
  return `the repair failed ${times}; it is tried again at the first look after ${clock.wallTime(until)}, or with "demarc repair" at once`
}
