import { faultsOf, ok, refused, type Result } from '../../base/result.js'
import type { ExportedBgp, ExportedNeighbor, NotExported } from '../../model/exported.js'
import type { BgpInstance } from '../../model/bgp.js'
import { toIpText, neighborSubject } from '../../model/names.js'
import type { ConfigNode, ConfigTree, HaveFrr } from '../../model/plan.js'
import { UNICAST, type UnicastFamily } from '../names.js'
import { blockHeader, readBlock, type Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'
import { readAggregates } from './aggregates.js'
import { readFamilies } from './families.js'
import { readPolicies, type Policies } from './policy.js'
import {
  defaultsOf,
  readNeighborSettings,
  type Settings,
  type SettingsContext,
} from './settings.js'

/** A block with neighbours that an intent can express, and the settings that they share. */
interface ExportedBlock {
  readonly header: string
  /** null: the default VRF. */
  readonly vrf: string | null
  readonly shared: NonNullable<ExportedBgp['router']>
  readonly aggregates: BgpInstance['aggregates']
  readonly neighbors: readonly ExportedNeighbor[]
}

/** What is read once for all blocks. */
interface ExportContext {
  /** FRR runs with `frr defaults datacenter`. */
  readonly datacenter: boolean
  readonly policies: Policies
  readonly profiles: SettingsContext['profiles']
}

/** What is read once for all neighbours of a block. */
interface BlockContext extends ExportContext {
  readonly block: Block
  readonly defaults: SettingsContext['defaults']
  /** The families that demarc does not read, such as `l2vpn evpn`, by neighbour. */
  readonly elsewhere: ReadonlyMap<string, string>
  /** Whether eBGP carries nothing without a policy (RFC 8212). */
  readonly requiresPolicy: boolean
}

/**
 * Reads FRR's neighbours as an intent expresses them, the opposite of `render`. A neighbour is exported only if
 * its adoption changes neither its session nor its routes.
 */
export function readBgp({ bgpd, bfdd, faults }: HaveFrr): ExportedBgp {
  if (bgpd === null) {
    const nothing = { router: null, vrfAs: new Map(), aggregates: new Map(), neighbors: [] }
    return { ...nothing, notExported: faults.map(unread) }
  }
  const datacenter = bgpd.some(({ line }) => line === 'frr defaults datacenter')
  const context = { datacenter, policies: readPolicies(bgpd), profiles: readProfiles(bfdd) }
  const notExported: NotExported[] = []
  const blocks = bgpd.flatMap((node) => readExportedBlock(node, context, notExported))
  const common = mostCommon(blocks)
  const same = ({ shared }: ExportedBlock) => common !== null && keyOf(shared) === keyOf(common)
  notExported.push(...blocks.filter((block) => !same(block)).map(differs))
  const exported = blocks.filter(same)
  const main = exported.find(({ vrf }) => vrf === null)?.shared ?? common
  const others = exported.flatMap(({ vrf, shared }): [string, number][] =>
    vrf === null || shared.localAs === main?.localAs ? [] : [[vrf, shared.localAs]],
  )
  return {
    router: main,
    vrfAs: new Map(others),
    aggregates: new Map(exported.map(({ vrf, aggregates }) => [vrf ?? '', aggregates])),
    neighbors: exported.flatMap((block) => block.neighbors),
    notExported,
  }
}

function unread({ at, message }: HaveFrr['faults'][number]): NotExported {
  return { at, why: `${message}: no neighbour is exported` }
}

function readProfiles(bfdd: ConfigTree | null): SettingsContext['profiles'] {
  if (bfdd === null) return undefined
  const inside = bfdd.filter(({ line }) => line === 'bfd').flatMap(({ children }) => children)
  const profiles = inside.filter(({ line }) => line.startsWith('profile '))
  return new Map(
    profiles.map(({ line, children }) => [
      line.slice('profile '.length),
      children.map((child) => child.line),
    ]),
  )
}

/** The neighbours of a block that an intent can express; the others are added to `notExported`. */
function readExportedBlock(
  node: ConfigNode,
  context: ExportContext,
  notExported: NotExported[],
): readonly ExportedBlock[] {
  const block = readBlock(node)
  if (block === undefined) {
    if (node.line.startsWith('router bgp '))
      notExported.push({ at: node.line, why: 'it is a view, which an intent cannot express' })
    return []
  }
  const { datacenter } = context
  const blockContext: BlockContext = {
    ...context,
    block,
    defaults: defaultsOf(datacenter, block),
    elsewhere: inOtherFamilies(node),
    requiresPolicy: requiresPolicy(block, datacenter),
  }
  const neighbors = [...block.neighbors.values()].flatMap((neighbor) => {
    if (neighbor.statements.has('peer-group')) return []
    const read = readNeighbor(neighbor, blockContext)
    if (read.ok) return [read.value]
    notExported.push({
      at: neighborSubject(neighbor.address, block.vrf),
      why: read.faults.join('; '),
    })
    return []
  })
  notExported.push(...dynamicNeighbors(block))
  if (neighbors.length === 0) return []
  const shared = sharedBy(block, neighbors)
  if (shared.ok) {
    const { aggregates, left } = readAggregates(block)
    notExported.push(...left)
    const { vrf } = block
    return [{ header: blockHeader(block), vrf, shared: shared.value, aggregates, neighbors }]
  }
  const why = `${shared.faults.join('; ')}; ${count(neighbors)}`
  notExported.push({ at: blockHeader(block), why })
  return []
}

/** The sessions of a `bgp listen range` have no line of their own in the configuration. */
function dynamicNeighbors(block: Block): readonly NotExported[] {
  const ranges = block.foreign.filter((line) => line.startsWith('bgp listen range '))
  return ranges.map((line) => ({
    at: blockHeader(block),
    why: `it has \`${line}\`, and an intent cannot express neighbours that FRR takes in by themselves: give each of them an address`,
  }))
}

/** What an intent does not keep of a neighbour; it changes neither the session nor the routes. */
function lost(
  { statements, families, owned }: Neighbor,
  { description }: Settings,
): readonly string[] {
  const losesText = !owned && statements.has('description') && description === null
  const copies = [...families.values()].some((family) => family.has('soft-reconfiguration inbound'))
  return [
    ...(losesText ? ['its description, which an intent cannot express'] : []),
    ...(copies ? ['`soft-reconfiguration inbound`'] : []),
  ]
}

function count({ length }: readonly ExportedNeighbor[]): string {
  return `so ${length === 1 ? 'its neighbour is' : `its ${length} neighbours are`} left out`
}

function inOtherFamilies({ children }: ConfigNode): ReadonlyMap<string, string> {
  const known = new Set(UNICAST.map((family) => `address-family ${family}`))
  const others = children.filter(
    ({ line }) => line.startsWith('address-family ') && !known.has(line),
  )
  return new Map(
    others.flatMap((family) =>
      family.children.flatMap(({ line }): [string, string][] => {
        const name = /^neighbor (\S+) /.exec(line)?.[1]
        return name === undefined ? [] : [[name, family.line]]
      }),
    ),
  )
}

function readNeighbor(
  neighbor: Neighbor,
  blockContext: BlockContext,
): Result<ExportedNeighbor, string> {
  const { address, statements } = neighbor
  if (toIpText(address) === undefined) {
    return refused(
      'it is configured by an interface: give it an address, because an intent names neighbours by address',
    )
  }
  const group = [...statements.keys()].find((slot) => slot.startsWith('peer-group '))
  if (group !== undefined) {
    return refused(
      `it is in \`${group}\`: give it settings of its own and remove it from the group`,
    )
  }
  const { block, defaults, policies, profiles } = blockContext
  const { helperByDefault, localAs, vrf } = block
  const settings = readNeighborSettings(neighbor, { defaults, profiles, helperByDefault })
  const internal = settings.ok && settings.value.peerAs === localAs
  const filtered = blockContext.requiresPolicy && !internal
  const families = readFamilies(neighbor, {
    policies,
    block,
    unfiltered: filtered ? 'nothing' : 'everything',
  })
  const other = blockContext.elsewhere.get(address)
  if (!settings.ok || !families.ok || other !== undefined) {
    const also =
      other === undefined
        ? []
        : [`it is in \`${other}\`, which an intent does not have: remove it there`]
    return refused(...faultsOf(settings), ...faultsOf(families), ...also)
  }
  const without = lost(neighbor, settings.value)
  return ok({ vrf, ...settings.value, ...families.value, lost: without })
}

/** FRR requires one by default, except in its data centre profile (bgpd/bgp_vty.c). */
function requiresPolicy({ foreign }: Block, datacenter: boolean): boolean {
  if (foreign.includes('no bgp ebgp-requires-policy')) return false
  return !datacenter || foreign.includes('bgp ebgp-requires-policy')
}

function sharedBy(
  block: Block,
  neighbors: readonly ExportedNeighbor[],
): Result<ExportedBlock['shared'], string> {
  const id = block.statements.get('bgp router-id')?.line.slice('bgp router-id '.length)
  const routerId = toIpText(id ?? '')
  const paths = pathsOf(block, neighbors)
  const faults = [
    ...(routerId === undefined ? ['it has no `bgp router-id`, which an intent needs: set it'] : []),
    ...faultsOf(paths),
  ]
  if (routerId === undefined || !paths.ok) return refused(...faults)
  return ok({ localAs: block.localAs, routerId, maximumPaths: paths.value })
}

/** The number of paths without `maximum-paths`, and the largest of an intent. */
const ALL_PATHS = 64

/** The one number of paths that all sessions of the block use. */
function pathsOf(block: Block, neighbors: readonly ExportedNeighbor[]): Result<number, string> {
  const other = [...block.families.values()]
    .flatMap((statements) => [...statements.values()])
    .find(({ line }) => line.endsWith(' equal-cluster-length'))
  if (other !== undefined) {
    return refused(`it has \`${other.line}\`, which an intent cannot express`)
  }
  const values = new Set([
    ...pathsIn(
      block,
      'ipv4 unicast',
      neighbors.filter(({ ipv4Unicast }) => ipv4Unicast !== null),
    ),
    ...pathsIn(
      block,
      'ipv6 unicast',
      neighbors.filter(({ ipv6Unicast }) => ipv6Unicast !== null),
    ),
  ])
  const [first = 1, ...more] = values
  if (more.length === 0 && first <= ALL_PATHS) return ok(first)
  const all = [...values].join(' and ')
  const limit = `an intent has one number up to ${ALL_PATHS}`
  return refused(`its \`maximum-paths\` are ${all}, and ${limit}: set one number everywhere`)
}

function pathsIn(
  { families, localAs }: Block,
  family: UnicastFamily,
  active: readonly ExportedNeighbor[],
): readonly number[] {
  if (active.length === 0) return []
  return ['maximum-paths', 'maximum-paths ibgp'].flatMap((slot) => {
    const internal = slot.endsWith('ibgp')
    const number = families.get(family)?.get(slot)?.line.split(' ').at(-1)
    const concerned = active.some(({ peerAs }) => (peerAs === localAs) === internal)
    return number !== undefined || concerned ? [Number(number ?? ALL_PATHS)] : []
  })
}

/** What all VRFs of an intent have in common. */
function keyOf({ routerId, maximumPaths }: ExportedBlock['shared']): string {
  return `${routerId} ${maximumPaths}`
}

/** The settings that most neighbours share; of equal numbers the first block's. */
function mostCommon(blocks: readonly ExportedBlock[]): ExportedBgp['router'] {
  const counts = new Map<string, { shared: ExportedBlock['shared']; count: number }>()
  for (const { shared, neighbors } of blocks) {
    const before = counts.get(keyOf(shared))?.count ?? 0
    counts.set(keyOf(shared), { shared, count: before + neighbors.length })
  }
  const best = [...counts.values()].reduce<{ shared: ExportedBgp['router']; count: number }>(
    (a, b) => (b.count > a.count ? b : a),
    { shared: null, count: 0 },
  )
  return best.shared
}

function differs({ header, neighbors, shared }: ExportedBlock): NotExported {
  const { routerId, maximumPaths } = shared
  const why = `another router id (${routerId}) or number of paths (${maximumPaths}) than most neighbours have, and an intent has one of each; ${count(neighbors)}`
  return { at: header, why }
}
