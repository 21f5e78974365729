import { fault, type Fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import { withoutLost } from '../frr/plan/lost-passwords.js'
import { restoreFrr } from '../frr/plan/restore.js'
import { planLinksRestore } from '../links/restore.js'
import type { Have, HaveFrr, Plan, Step } from '../model/plan.js'
import { joinPlan } from './join.js'

/** A plan to a known state, and why a part of that state is not known. */
export interface RestorePlan {
  readonly plan: Plan
  readonly missing: readonly Fault[]
}

/**
 * Plans from what is there now back to the router before a change. It needs no record of which steps
 * were done, and planning again afterwards gives an empty plan. A password whose text is lost
 * (`isKnown` is false for its digest) is not restored; it is reported in `missing`. Everything else is.
 */
export function planRestore(
  before: Have,
  steps: readonly Step[],
  isKnown: (digest: string) => boolean,
): (now: Have) => Result<RestorePlan> {
  return (now) => {
    const links = planLinksRestore(before, now, steps)
    if (!links.ok) return refused(...links.faults)
    const [old, current] = [before.frr.bgpd, now.frr.bgpd]
    const { tree, lost } =
      old === null || current === null
        ? { tree: old, lost: [] }
        : withoutLost(old, current, { steps, isKnown })
    const frr = restoreFrr({ ...before.frr, bgpd: tree }, now.frr)
    return ok({
      plan: joinPlan(links.value, frr, [], hasBgp(before)),
      missing: [...unreadDaemons(before.frr, now.frr), ...lost.map(lostPassword)],
    })
  }
}

/** A plan without missing parts. */
export function complete(plan: Result<Plan>): Result<RestorePlan> {
  return plan.ok ? ok({ plan: plan.value, missing: [] }) : plan
}

/** Where BGP is configured, FRR must know a link before the link gets its addresses. */
function hasBgp({ frr }: Have): boolean {
  return frr.bgpd?.some(({ line }) => line.startsWith('router bgp ')) ?? false
}

function lostPassword(subject: string): Fault {
  const why =
    'the password that it had before the change can no longer be read; push an intent with it'
  return fault('SECRET_MISSING', subject, why)
}

/** A daemon that was read before and does not answer now may have something to restore. */
function unreadDaemons(before: HaveFrr, now: HaveFrr): readonly Fault[] {
  return (['bgpd', 'bfdd'] as const)
    .filter((daemon) => before[daemon] !== null && now[daemon] === null)
    .map((daemon) => now.faults.find(({ at }) => at === daemon) ?? fault('FRR_UNAVAILABLE', daemon))
}
