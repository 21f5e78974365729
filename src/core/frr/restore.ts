import type { FrrPlan, HaveFrr } from '../model/plan.js'
import { ownedSurvey } from './difference/owned.js'
import { sameAs } from './difference/typing.js'
import type { Block } from './read/block.js'
import { survey, type Survey } from './read/survey.js'
import { usedByOthers } from './read/uses.js'
import { compose } from './steps.js'

/**
 * What brings demarc's own part of FRR back to what it was, whatever has become of it since. A
 * daemon that could not be read before was not touched either, and stays as it is.
 */
export function restoreFrr(before: HaveFrr, now: HaveFrr): FrrPlan {
  const [bgpd, bfdd] = [both(before.bgpd, now.bgpd), both(before.bfdd, now.bfdd)]
  const [was, found] = [survey(bgpd[0], bfdd[0]), survey(bgpd[1], bfdd[1])]
  const around = { version: now.version ?? '', used: usedByOthers(now) }
  return compose(ownedSurvey(withTaken(was, found)), found, around)
}

type Tree = HaveFrr['bgpd']
type KnownTree = NonNullable<Tree>

function both(before: Tree, now: Tree): readonly [KnownTree, KnownTree] {
  return before === null || now === null ? [[], []] : [before, now]
}

/** With neighbours that were taken over since: they are demarc's until they are as they were. */
function withTaken(was: Survey, found: Survey): Survey {
  const blocks = [...was.blocks].map(
    ([vrf, block]) => [vrf, taken(block, found.blocks.get(vrf))] as const,
  )
  return { ...was, blocks: new Map(blocks) }
}

function taken(was: Block, found: Block | undefined): Block {
  const neighbors = [...was.neighbors].map(([address, neighbor]) => {
    const now = found?.neighbors.get(address)
    const given = now?.owned === true && !neighbor.owned && sameAs(now, neighbor)
    return [address, given ? { ...neighbor, owned: true } : neighbor] as const
  })
  return { ...was, neighbors: new Map(neighbors) }
}
