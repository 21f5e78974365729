import type { FrrPlan, HaveFrr, PlannedStep } from '../../model/plan.js'
import { ownedConfig } from '../diff/owned.js'
import { sameAs } from '../diff/commands.js'
import { blockHeader, type Block } from '../read/block.js'
import { asOwned } from '../read/neighbor.js'
import { readFrrConfig, type FrrConfig } from '../read/frr-config.js'
import { compose, type MovedNeighbors } from './steps.js'

/**
 * Plans demarc's own part of FRR back to what it was before. A daemon that could not be read then was
 * not changed either, and stays as it is.
 */
export function restoreFrr(before: HaveFrr, now: HaveFrr, moved?: MovedNeighbors): FrrPlan {
  const known = inBoth(before, now)
  const [was, current] = [readFrrConfig(known(before)), readFrrConfig(known(now))]
  const context = { version: now.version ?? '', used: readFrrConfig(now).used, moved }
  const empty = [...current.blocks].filter(([vrf, block]) => !was.blocks.has(vrf) && isEmpty(block))
  const blocks = new Map(current.blocks)
  for (const [vrf] of empty) blocks.delete(vrf)
  const target = ownedConfig(withAdopted(was, current))
  const plan = compose(target, { ...current, blocks }, context)
  return { ...plan, remove: [...empty.map(([, block]) => removal(block)), ...plan.remove] }
}

/**
 * A block without neighbours that did not exist before: demarc died before it added the first. One that FRR
 * refuses to remove stays as it is.
 */
function isEmpty({ neighbors, foreign, needed }: Block): boolean {
  return neighbors.size === 0 && foreign.length === 0 && needed === null
}

function removal(block: Block): PlannedStep {
  return {
    step: { do: 'frr', daemon: 'bgpd', lines: [`no ${blockHeader(block)}`] },
    impact: 'none',
  }
}

/** Leaves out a daemon that could not be read one of the two times. */
function inBoth(before: HaveFrr, now: HaveFrr): (have: HaveFrr) => HaveFrr {
  const bgpd = before.bgpd !== null && now.bgpd !== null
  const bfdd = before.bfdd !== null && now.bfdd !== null
  if (bgpd && bfdd) return (have) => have
  return (have) => ({ ...have, bgpd: bgpd ? have.bgpd : [], bfdd: bfdd ? have.bfdd : [] })
}

/** Counts neighbours that the change adopted as demarc's, so that they are restored. */
function withAdopted(was: FrrConfig, current: FrrConfig): FrrConfig {
  const blocks = [...was.blocks].map(
    ([vrf, block]) => [vrf, adoptedIn(block, current.blocks.get(vrf))] as const,
  )
  return { ...was, blocks: new Map(blocks) }
}

function adoptedIn(was: Block, current: Block | undefined): Block {
  const neighbors = [...was.neighbors].map(([address, neighbor]) => {
    const now = current?.neighbors.get(address)
    const isAdopted = now?.owned === true && !neighbor.owned && sameAs(now, neighbor)
    return [address, isAdopted ? asOwned(neighbor) : neighbor] as const
  })
  return { ...was, neighbors: new Map(neighbors) }
}
