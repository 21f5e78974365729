import type { ConfigTree } from '../../model/plan.js'
import { NAME_MARK } from '../names.js'
import type { Block } from './block.js'
import type { Neighbor } from './neighbor.js'

/**
 * A block whose neighbours are demarc's too where it died between two lines: the AS of a neighbour comes
 * before the description that is its mark, and its policies, which have its address in their names,
 * come before both.
 */
export function withUnfinished(block: Block, policies: ConfigTree): Block {
  const bare = [...block.neighbors.values()].filter((one) => !one.owned && isBare(one))
  const begun = bare.filter(({ address }) => hasPolicy(address, policies))
  if (begun.length === 0) return block
  const owned = begun.map((one) => [one.address, { ...one, owned: true }] as const)
  return { ...block, neighbors: new Map([...block.neighbors, ...owned]) }
}

/** Nothing but an AS; whoever made it, it carries no route that a policy was made for. */
function isBare({ statements, families }: Neighbor): boolean {
  const inFamilies = [...families.values()].flatMap((family) => [...family.keys()])
  return (
    statements.size === 1 &&
    statements.has('remote-as') &&
    inFamilies.every((slot) => slot === 'activate')
  )
}

function hasPolicy(address: string, policies: ConfigTree): boolean {
  return policies.some(
    ({ line }) => line.startsWith(`route-map ${NAME_MARK}`) && line.includes(`-${address}-v`),
  )
}
