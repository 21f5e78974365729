import { fault, type Fault } from '../base/fault.js'
import type { Neighbor } from '../frr/read/neighbor.js'
import { withoutLost } from '../frr/plan/lost-passwords.js'
import { restoreFrr } from '../frr/plan/restore.js'
import { restoreRoutes } from '../frr/static/plan.js'
import { draftLinksRestore } from '../links/restore.js'
import type { PlanConflict } from '../model/drift.js'
import type { Have, HaveFrr, Plan, Step, Want } from '../model/plan.js'
import { movedNeighbors } from './ending-sessions.js'
import { joinPlan, joinRoutes } from './join.js'
import { freeSteps, isLocal } from './partial-plan.js'
import { draftRouter } from './plan.js'

/** A plan to a known state, and why a part of that state is not known. */
export interface RestorePlan {
  readonly plan: Plan
  readonly missing: readonly Fault[]
}

/**
 * Plans from what is there now back to the router before a change. It needs no record of which steps
 * were done, and planning again afterwards gives an empty plan. A password whose text is lost
 * (`isKnown` is false for its digest) is not restored, nor is what something foreign stands in the way of;
 * both are reported in `missing`. Everything else is restored.
 */
export function planRestore(
  before: Have,
  steps: readonly Step[],
  isKnown: (digest: string) => boolean,
): (now: Have) => RestorePlan {
  return (now) => {
    const drafted = draftLinksRestore(before, now, steps)
    const { plan: links, conflicts } = drafted
    const [old, current] = [before.frr.bgpd, now.frr.bgpd]
    const { tree, lost } =
      old === null || current === null
        ? { tree: old, lost: [] }
        : withoutLost(old, current, { steps, isKnown })
    const isMoved = movedNeighbors(drafted, now.links)
    const moved: typeof isMoved =
      isMoved && ((vrf, neighbor) => isMoved(vrf, neighbor) && hasKnownPassword(neighbor, isKnown))
    const bgp = restoreFrr({ ...before.frr, bgpd: tree }, now.frr, moved)
    const frr = joinRoutes(bgp, restoreRoutes(before.frr, now.frr))
    const plan = joinPlan(links, frr, [], hasBgp(before))
    const foreign = conflicts.map((conflict) => conflict.fault)
    return {
      plan: conflicts.length === 0 ? plan : { ...plan, steps: freeSteps(plan, conflicts, now) },
      missing: [
        ...foreign,
        ...unreadDaemons(before.frr, now.frr),
        ...unreadRoutes(before.frr, now.frr, steps),
        ...lost.map(lostPassword),
      ],
    }
  }
}

/**
 * Plans to the intent that was in force, as far as nothing stands in the way. What something foreign forbids
 * is not missing: every look at the router reports it from then on. The same is true of `gaps`.
 */
export function planLastGood(
  want: Want,
  gaps: readonly PlanConflict[] = [],
): (now: Have) => RestorePlan {
  return (now) => {
    const { plan, conflicts: met } = draftRouter(want, now)
    const conflicts = [...gaps, ...met]
    const missing = conflicts.filter((conflict) => !isLocal(conflict))
    return {
      plan: { ...plan, steps: freeSteps(plan, conflicts, now) },
      missing: missing.map((conflict) => conflict.fault),
    }
  }
}

/** Whether the neighbour can be made anew. Else it keeps its password, and its BFD is down until it is made anew. */
function hasKnownPassword({ statements }: Neighbor, isKnown: (digest: string) => boolean): boolean {
  const password = statements.get('password')?.line
  return password === undefined || isKnown(password.slice(password.lastIndexOf(' ') + 1))
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

/** The static routes that the change touched, where their daemon does not answer now. */
function unreadRoutes(before: HaveFrr, now: HaveFrr, steps: readonly Step[]): readonly Fault[] {
  const unread = now.routes
  if (before.routes === undefined || before.routes.config === null) return []
  if (unread === undefined || unread.config !== null) return []
  const touched = steps.some(
    (step) => step.do === 'frr' && (step.daemon === 'staticd' || step.daemon === 'mgmtd'),
  )
  return touched ? [unread.fault ?? fault('FRR_UNAVAILABLE', unread.daemon)] : []
}
