import { remembered } from '../../base/remember.js'
import type { ConfigTree, HaveFrr } from '../../model/plan.js'
import { NAME_MARK } from '../names.js'
import { readBlock, type Block } from './block.js'
import { readLists, readMaps, type PrefixList, type RouteMap } from './policy.js'
import { bySlot, mapStatement, namedStatement, type Statements } from './statement.js'
import { withUnfinished } from './unfinished.js'
import { usedByOthers } from './uses.js'

/** What a configuration holds that concerns demarc, in one spelling whoever wrote it. */
export interface FrrConfig {
  /** demarc's own lists: `ip prefix-list demarc-…`. */
  readonly lists: ReadonlyMap<string, PrefixList>
  /** demarc's own maps by name. */
  readonly maps: ReadonlyMap<string, RouteMap>
  /** All `router bgp` blocks except views, foreign ones too, by VRF ('' is the default). */
  readonly blocks: ReadonlyMap<string, Block>
  /** demarc's own BFD profiles: name to settings. */
  readonly profiles: ReadonlyMap<string, Statements>
}

/** What FRR has. */
export interface FoundFrrConfig extends FrrConfig {
  /** Names that others use, see `usedByOthers`. */
  readonly used: ReadonlySet<string>
}

/** `demarc-a` of `ip prefix-list demarc-a`, and of itself. */
export function bareName(key: string): string {
  return key.split(' ').at(-1) ?? ''
}

/** FRR mostly says the same as at the last look. */
export const readFrrConfig = remembered((have: HaveFrr): FoundFrrConfig => {
  const [bgpd, bfdd] = [have.bgpd ?? [], have.bfdd ?? []]
  const blocks = readBlocks(bgpd)
  return {
    lists: readLists(bgpd),
    maps: readMaps(bgpd),
    blocks,
    profiles: readProfiles(bfdd),
    used: usedByOthers([...bgpd, ...bfdd], [...blocks.values()]),
  }
})

function readBlocks(tree: ConfigTree): FrrConfig['blocks'] {
  const found = tree.map(readBlock).filter((block) => block !== undefined)
  return new Map(found.map((block) => [block.vrf ?? '', withUnfinished(block, tree)]))
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

/** FRR leaves these out when they have the default (lib/bfd.h; ms and packets). */
const PROFILE_DEFAULTS = ['detect-multiplier 3', 'transmit-interval 300', 'receive-interval 300']

/** The settings of a BFD profile, FRR's defaults where it is silent. */
export function profileSettings(lines: readonly string[]): Statements {
  return bySlot([...PROFILE_DEFAULTS, ...lines], (line) => {
    const name = /^(detect-multiplier|transmit-interval|receive-interval) \d+$/.exec(line)?.[1]
    return name === undefined ? mapStatement(line) : namedStatement(line, name)
  })
}
