import { fault, type Fault } from '../core/base/fault.js'
import { ok, type Result } from '../core/base/result.js'
import { withoutLost } from '../core/frr/lost-passwords.js'
import { restoreFrr } from '../core/frr/restore.js'
import type { Have, HaveFrr, Step } from '../core/model/plan.js'
import { planBack } from '../core/plan/restore.js'
import type { Way } from './converge.js'

/**
 * The way from what is there now back to the router before a change. Of a password that `isKnown` says
 * nobody can type any more only that is left undone, and said.
 */
export function wayBack(
  before: Have,
  steps: readonly Step[],
  isKnown: (digest: string) => boolean,
): (now: Have) => Result<Way> {
  return (now) => {
    const [was, is] = [before.frr.bgpd, now.frr.bgpd]
    const { tree, lost } =
      was === null || is === null
        ? { tree: was, lost: [] }
        : withoutLost(was, is, { steps, isKnown })
    const plan = planBack(before, now, steps, restoreFrr({ ...before.frr, bgpd: tree }, now.frr))
    const missing = [...unread(before.frr, now.frr), ...lost.map(lostPassword)]
    return plan.ok ? ok({ plan: plan.value, missing }) : plan
  }
}

function lostPassword(subject: string): Fault {
  const why = 'its password of before the change cannot be read any more; push it with an intent'
  return fault('SECRET_MISSING', subject, why)
}

/** A daemon that was there before and does not answer now may have something to restore. */
function unread(before: HaveFrr, now: HaveFrr): readonly Fault[] {
  return (['bgpd', 'bfdd'] as const)
    .filter((daemon) => before[daemon] !== null && now[daemon] === null)
    .map((daemon) => now.faults.find(({ at }) => at === daemon) ?? fault('FRR_UNAVAILABLE', daemon))
}
