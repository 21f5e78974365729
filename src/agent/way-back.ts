import { fault, type Fault } from '../core/base/fault.js'
import { ok, type Result } from '../core/base/result.js'
import { restoreFrr } from '../core/frr/restore.js'
import type { Have, HaveFrr, Step } from '../core/model/plan.js'
import { planBack } from '../core/plan/restore.js'
import type { Way } from './converge.js'

/** The way from what is there now back to the router before a change. */
export function wayBack(before: Have, steps: readonly Step[]): (now: Have) => Result<Way> {
  return (now) => {
    const plan = planBack(before, now, steps, restoreFrr(before.frr, now.frr))
    return plan.ok ? ok({ plan: plan.value, missing: unread(before.frr, now.frr) }) : plan
  }
}

/** A daemon that was there before and does not answer now may have something to restore. */
function unread(before: HaveFrr, now: HaveFrr): readonly Fault[] {
  return (['bgpd', 'bfdd'] as const)
    .filter((daemon) => before[daemon] !== null && now[daemon] === null)
    .map((daemon) => now.faults.find(({ at }) => at === daemon) ?? fault('FRR_UNAVAILABLE', daemon))
}
