import type { FrrPlan, HaveFrr, PlannedStep } from '../../model/plan.js'
import { ownedConfig } from '../diff/owned.js'
import { sameAs } from '../diff/commands.js'
import { blockHeader, type Block } from '../read/block.js'
import { asOwned } from '../read/neighbor.js'
import { readFrrConfig, type FrrConfig } from '../read/frr-config.js'
import { compose } from './steps.js'

/**
 * What brings demarc's own part of FRR back to what it was, whatever has become of it since. A
 * daemon that could not be read before was not touched either, and stays as it is.
 */
export function restoreFrr(before: HaveFrr, now: HaveFrr): FrrPlan {
  const known = bothKnow(before, now)
  const [was, found] = [readFrrConfig(known(before)), readFrrConfig(known(now))]
  const around = { version: now.version ?? '', used: readFrrConfig(now).used }
  const begun = [...found.blocks].filter(([vrf, block]) => !was.blocks.has(vrf) && isEmpty(block))
  const blocks = new Map(found.blocks)
  for (const [vrf] of begun) blocks.delete(vrf)
  const plan = compose(ownedConfig(withTaken(was, found)), { ...found, blocks }, around)
  return { ...plan, remove: [...begun.map(([, block]) => removal(block)), ...plan.remove] }
}

/** A block that has come since and has no neighbour yet: what made it died between two lines. */
function isEmpty({ neighbors, foreign }: Block): boolean {
  return neighbors.size === 0 && foreign.length === 0
}

function removal(block: Block): PlannedStep {
  return {
    step: { do: 'frr', daemon: 'bgpd', lines: [`no ${blockHeader(block)}`] },
    impact: 'none',
  }
}

/** Leaves out the daemons that could not be read one of the two times. */
function bothKnow(before: HaveFrr, now: HaveFrr): (have: HaveFrr) => HaveFrr {
  const bgpd = before.bgpd !== null && now.bgpd !== null
  const bfdd = before.bfdd !== null && now.bfdd !== null
  if (bgpd && bfdd) return (have) => have
  return (have) => ({ ...have, bgpd: bgpd ? have.bgpd : [], bfdd: bfdd ? have.bfdd : [] })
}

/** With neighbours that were taken over since: they are demarc's until they are as they were. */
function withTaken(was: FrrConfig, found: FrrConfig): FrrConfig {
  const blocks = [...was.blocks].map(
    ([vrf, block]) => [vrf, taken(block, found.blocks.get(vrf))] as const,
  )
  return { ...was, blocks: new Map(blocks) }
}

function taken(was: Block, found: Block | undefined): Block {
  const neighbors = [...was.neighbors].map(([address, neighbor]) => {
    const now = found?.neighbors.get(address)
    const given = now?.owned === true && !neighbor.owned && sameAs(now, neighbor)
    return [address, given ? asOwned(neighbor) : neighbor] as const
  })
  return { ...was, neighbors: new Map(neighbors) }
}
