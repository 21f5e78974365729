import { fault, type Fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import { withoutLost } from '../frr/plan/lost-passwords.js'
import { restoreFrr } from '../frr/plan/restore.js'
import { planLinksRestore } from '../links/restore.js'
import type { FrrPlan, Have, HaveFrr, Plan, Step } from '../model/plan.js'
import { joinPlan } from './join.js'

/** A plan to a state that is known, and what keeps a part of that state from being known. */
export interface RestorePlan {
  readonly plan: Plan
  readonly missing: readonly Fault[]
}

/**
 * Plans from what is there now back to the router before a change. A password whose text is lost
 * (`isKnown` is false for its digest) is not restored; it is reported in `missing`. Everything else is.
 */
export function planRestore(
  before: Have,
  steps: readonly Step[],
  isKnown: (digest: string) => boolean,
): (now: Have) => Result<RestorePlan> {
  return (now) => {
    const [was, is] = [before.frr.bgpd, now.frr.bgpd]
    const { tree, lost } =
      was === null || is === null
        ? { tree: was, lost: [] }
        : withoutLost(was, is, { steps, isKnown })
    const frr = restoreFrr({ ...before.frr, bgpd: tree }, now.frr)
    const plan = planBack(before, now, steps, frr)
    const missing = [...unread(before.frr, now.frr), ...lost.map(lostPassword)]
    return plan.ok ? ok({ plan: plan.value, missing }) : plan
  }
}

/** A plan from which nothing is missing. */
export function complete(plan: Result<Plan>): Result<RestorePlan> {
  return plan.ok ? ok({ plan: plan.value, missing: [] }) : plan
}

/**
 * Plans from what is there now back to `before`. It needs no record of which steps were done, and
 * planning again afterwards gives an empty plan. `frr` is FRR's part of it.
 */
function planBack(before: Have, now: Have, steps: readonly Step[], frr: FrrPlan): Result<Plan> {
  const links = planLinksRestore(before.links, now, steps)
  if (!links.ok) return refused(...links.faults)
  return ok(joinPlan(links.value, frr, [], hasBgp(before)))
}

/** With BGP configured, FRR must know a link before the link gets its addresses. */
function hasBgp({ frr }: Have): boolean {
  return frr.bgpd?.some(({ line }) => line.startsWith('router bgp ')) ?? false
}

function lostPassword(subject: string): Fault {
  const why = 'the password it had before the change can no longer be read; push it with an intent'
  return fault('SECRET_MISSING', subject, why)
}

/** A daemon that was there before and does not answer now may have something to restore. */
function unread(before: HaveFrr, now: HaveFrr): readonly Fault[] {
  return (['bgpd', 'bfdd'] as const)
    .filter((daemon) => before[daemon] !== null && now[daemon] === null)
    .map((daemon) => now.faults.find(({ at }) => at === daemon) ?? fault('FRR_UNAVAILABLE', daemon))
}
