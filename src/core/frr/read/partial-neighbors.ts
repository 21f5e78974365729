import type { ConfigTree } from '../../model/plan.js'
import { NAME_MARK } from '../names.js'
import type { Block } from './block.js'
import { asOwned, type Neighbor } from './neighbor.js'

/**
 * Counts neighbours as demarc's that it did not finish, because it died between two lines. It creates a
 * neighbour's policies first, then its AS, then the description that is the mark. So a neighbour with
 * nothing but an AS is demarc's if an unused policy of demarc has its address in the name. A policy that a
 * neighbour uses does not count: a neighbour in another VRF may have the same address. `all` is
 * bgpd's whole configuration.
 */
export function withPartialNeighbors(block: Block, all: ConfigTree): Block {
  const bare = [...block.neighbors.values()].filter(
    (neighbor) => !neighbor.owned && isBare(neighbor),
  )
  if (bare.length === 0) return block
  const unused = unusedPolicies(all)
  const partial = bare.filter(({ address }) =>
    unused.some((name) => name.includes(`-${address}-v`)),
  )
  const owned = partial.map((neighbor) => [neighbor.address, asOwned(neighbor)] as const)
  return { ...block, neighbors: new Map([...block.neighbors, ...owned]) }
}

/** Whether a neighbour has nothing but an AS. */
function isBare({ statements, families }: Neighbor): boolean {
  const inFamilies = [...families.values()].flatMap((family) => [...family.keys()])
  return (
    statements.size === 1 &&
    statements.has('remote-as') &&
    inFamilies.every((slot) => slot === 'activate')
  )
}

/** demarc's route maps that no neighbour uses. */
function unusedPolicies(all: ConfigTree): readonly string[] {
  const used = new Set(all.flatMap(mapsUsedIn))
  return all.flatMap(({ line }) => {
    const name = /^route-map (\S+) /.exec(line)?.[1]
    return name?.startsWith(NAME_MARK) === true && !used.has(name) ? [name] : []
  })
}

function mapsUsedIn({ line, children }: ConfigTree[number]): readonly string[] {
  const name = /^neighbor \S+ route-map (\S+) (?:in|out)$/.exec(line)?.[1]
  return [...(name === undefined ? [] : [name]), ...children.flatMap(mapsUsedIn)]
}
