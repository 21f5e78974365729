import { remembered } from '../../base/remember.js'
import type { ConfigTree, HaveFrr, L3Vni } from '../../model/plan.js'
import { NAME_MARK } from '../names.js'
import { readBlock, type Block } from './block.js'
import { withDependents } from './dependents.js'
import { readLists, readMaps, type PolicyList, type RouteMap } from './policy.js'
import { bySlot, mapStatement, namedStatement, type Statements } from './statement.js'
import { withPartialNeighbors } from './partial-neighbors.js'
import { usedByForeign } from './uses.js'

/** The part of a configuration that concerns demarc, in the spelling that both sides are compared in. */
export interface FrrConfig {
  /** demarc's own lists: `ip prefix-list demarc-…`. */
  readonly lists: ReadonlyMap<string, PolicyList>
  /** demarc's own maps by name. */
  readonly maps: ReadonlyMap<string, RouteMap>
  /** All `router bgp` blocks except views, foreign ones too, by VRF ('' is the default). */
  readonly blocks: ReadonlyMap<string, Block>
  /** demarc's own BFD profiles: name to settings. */
  readonly profiles: ReadonlyMap<string, Statements>
}

/** FRR's running configuration. */
export interface ObservedFrrConfig extends FrrConfig {
  /** The names that something foreign uses, see `usedByForeign`. */
  readonly used: ReadonlySet<string>
}

/** `demarc-a` of `ip prefix-list demarc-a`, and of itself. */
export function bareName(key: string): string {
  return key.split(' ').at(-1) ?? ''
}

/** Most turns of the agent read the same configuration. */
export const readFrrConfig = remembered((have: HaveFrr): ObservedFrrConfig => {
  const [bgpd, bfdd] = [have.bgpd ?? [], have.bfdd ?? []]
  const blocks = readBlocks(bgpd, have.l3Vnis ?? [])
  return {
    lists: readLists(bgpd),
    maps: readMaps(bgpd),
    blocks,
    profiles: readProfiles(bfdd),
    used: usedByForeign([...bgpd, ...bfdd], [...blocks.values()]),
  }
})

/** The configuration with other blocks in place of those that were read. */
export function withBlocks(
  config: ObservedFrrConfig,
  blocks: FrrConfig['blocks'],
  have: HaveFrr,
): ObservedFrrConfig {
  const tree = [...(have.bgpd ?? []), ...(have.bfdd ?? [])]
  return { ...config, blocks, used: usedByForeign(tree, [...blocks.values()]) }
}

function readBlocks(tree: ConfigTree, l3Vnis: readonly L3Vni[]): FrrConfig['blocks'] {
  const blocks = tree.map(readBlock).filter((block) => block !== undefined)
  return new Map(
    withDependents(blocks, l3Vnis).map((block) => [
      block.vrf ?? '',
      withPartialNeighbors(block, tree),
    ]),
  )
}

function readProfiles(tree: ConfigTree): FrrConfig['profiles'] {
  const inside = tree.filter(({ line }) => line === 'bfd').flatMap(({ children }) => children)
  const ours = inside.filter(({ line }) => line.startsWith(`profile ${NAME_MARK}`))
  return new Map(
    ours.map(({ line, children }) => [
      line.slice('profile '.length),
      profileSettings(children.map((child) => child.line)),
    ]),
  )
}

/** FRR does not print these defaults (lib/bfd.h; packets and ms). */
const PROFILE_DEFAULTS = ['detect-multiplier 3', 'transmit-interval 300', 'receive-interval 300']

/** The settings of a BFD profile, with FRR's defaults for those that it does not print. */
export function profileSettings(lines: readonly string[]): Statements {
  return bySlot([...PROFILE_DEFAULTS, ...lines], (line) => {
    const name = /^(detect-multiplier|transmit-interval|receive-interval) \d+$/.exec(line)?.[1]
    return name === undefined ? mapStatement(line) : namedStatement(line, name)
  })
}
