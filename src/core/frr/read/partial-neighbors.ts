import type { ConfigTree } from '../../model/plan.js'
import { NAME_MARK } from '../names.js'
import type { Block } from './block.js'
import { asOwned, type Neighbor } from './neighbor.js'

/**
 * A block whose neighbours are demarc's too where it died between two lines: the AS of a neighbour comes
 * before the description that is its mark, and its policies, which have its address in their names,
 * come before both. Policies that a neighbour works by are that one's: another VRF may have the address.
 * `all` is the whole configuration of bgpd.
 */
export function withUnfinished(block: Block, all: ConfigTree): Block {
  const bare = [...block.neighbors.values()].filter((one) => !one.owned && isBare(one))
  if (bare.length === 0) return block
  const idle = idlePolicies(all)
  const begun = bare.filter(({ address }) => idle.some((name) => name.includes(`-${address}-v`)))
  const owned = begun.map((one) => [one.address, asOwned(one)] as const)
  return { ...block, neighbors: new Map([...block.neighbors, ...owned]) }
}

/** Nothing but an AS. */
function isBare({ statements, families }: Neighbor): boolean {
  const inFamilies = [...families.values()].flatMap((family) => [...family.keys()])
  return (
    statements.size === 1 &&
    statements.has('remote-as') &&
    inFamilies.every((slot) => slot === 'activate')
  )
}

/** demarc's route maps that no neighbour works by. */
function idlePolicies(all: ConfigTree): readonly string[] {
  const used = new Set(all.flatMap(usedIn))
  return all.flatMap(({ line }) => {
    const name = /^route-map (\S+) /.exec(line)?.[1]
    return name?.startsWith(NAME_MARK) === true && !used.has(name) ? [name] : []
  })
}

function usedIn({ line, children }: ConfigTree[number]): readonly string[] {
  const name = /^neighbor \S+ route-map (\S+) (?:in|out)$/.exec(line)?.[1]
  return [...(name === undefined ? [] : [name]), ...children.flatMap(usedIn)]
}
