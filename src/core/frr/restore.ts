import type { FrrPlan, HaveFrr } from '../model/plan.js'
import { ownedSurvey } from './difference/owned.js'
import { survey } from './read/survey.js'
import { compose } from './steps.js'

/**
 * What brings demarc's own part of FRR back to what it was, whatever has become of it since. A
 * daemon that could not be read before was not touched either, and stays as it is.
 */
export function restoreFrr(before: HaveFrr, now: HaveFrr): FrrPlan {
  const [bgpd, bfdd] = [both(before.bgpd, now.bgpd), both(before.bfdd, now.bfdd)]
  const was = survey(bgpd[0], bfdd[0])
  return compose(ownedSurvey(was), survey(bgpd[1], bfdd[1]), now.version ?? '')
}

type Tree = HaveFrr['bgpd']
type KnownTree = NonNullable<Tree>

function both(before: Tree, now: Tree): readonly [KnownTree, KnownTree] {
  return before === null || now === null ? [[], []] : [before, now]
}
