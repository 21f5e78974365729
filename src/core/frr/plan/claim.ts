import type { HaveFrr } from '../../model/plan.js'
import { sameAs } from '../diff/commands.js'
import type { Block } from '../read/block.js'
import {
  readFrrConfig,
  withBlocks,
  type FrrConfig,
  type ObservedFrrConfig,
} from '../read/frr-config.js'
import { asOwned, type Neighbor } from '../read/neighbor.js'

/**
 * FRR's configuration, in which a wanted neighbour that uses the intent's own route map counts as demarc's. Its
 * description was edited or removed by hand, and is put right as any other line.
 */
export function claimed(target: FrrConfig, have: HaveFrr): ObservedFrrConfig {
  const current = readFrrConfig(have)
  const claims = [...target.blocks].flatMap(([vrf, want]) => {
    const present = current.blocks.get(vrf)
    const block = present === undefined ? undefined : claimedIn(want, present)
    return block === undefined ? [] : [[vrf, block] as const]
  })
  if (claims.length === 0) return current
  return withBlocks(current, new Map([...current.blocks, ...claims]), have)
}

/** The block with the neighbours that count as demarc's; undefined if there are none. */
function claimedIn(want: Block, have: Block): Block | undefined {
  const edited = [...have.neighbors.values()].filter((present) => {
    const wanted = want.neighbors.get(present.address)
    return !present.owned && wanted !== undefined && isEdited(present, wanted)
  })
  if (edited.length === 0) return undefined
  const owned = edited.map((neighbor) => [neighbor.address, asOwned(neighbor)] as const)
  return { ...have, neighbors: new Map([...have.neighbors, ...owned]) }
}

/** The name of a policy has the attachment and the address in it, so nobody uses it by chance. */
function isEdited(present: Neighbor, wanted: Neighbor): boolean {
  if (!sameAs(present, wanted)) return false
  return [...wanted.families].some(([family, statements]) =>
    ['route-map in', 'route-map out'].some((slot) => {
      const line = statements.get(slot)?.line
      return line !== undefined && present.families.get(family)?.get(slot)?.line === line
    }),
  )
}
