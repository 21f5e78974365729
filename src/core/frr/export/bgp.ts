import { faultsOf, ok, refused, type Result } from '../../base/result.js'
import type { FoundBgp, FoundNeighbor, LeftOut } from '../../model/found.js'
import { toIpText } from '../../model/names.js'
import type { ConfigNode, ConfigTree, HaveFrr } from '../../model/plan.js'
import { neighborSubject } from '../../model/subject.js'
import { FAMILIES, type Family } from '../names.js'
import { blockHeader, readBlock, type Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'
import { readFamilies } from './families.js'
import { readPolicies, type Policies } from './policy.js'
import { defaultsOf, readNeighborSettings, type Settings, type SettingsAround } from './settings.js'

/** A block whose neighbours an intent can say, and what they share. */
interface FoundBlock {
  readonly header: string
  readonly shared: NonNullable<FoundBgp['router']>
  readonly neighbors: readonly FoundNeighbor[]
}

/** What is looked up once for all blocks. */
interface Around {
  /** FRR runs with `frr defaults datacenter`. */
  readonly datacenter: boolean
  readonly policies: Policies
  readonly profiles: SettingsAround['profiles']
}

/** And once for all neighbours of a block. */
interface Within extends Around {
  readonly block: Block
  readonly defaults: SettingsAround['defaults']
  /** Neighbours by the families that demarc does not read, such as `l2vpn evpn`. */
  readonly elsewhere: ReadonlyMap<string, string>
  /** Whether eBGP carries nothing without a policy (RFC 8212). */
  readonly asksForPolicy: boolean
}

/**
 * Reads FRR's neighbours as an intent says them: the other way round than `render`. A neighbour comes
 * along only when taking it over changes neither its session nor its routes.
 */
export function readBgp({ bgpd, bfdd, faults }: HaveFrr): FoundBgp {
  if (bgpd === null) return { router: null, neighbors: [], left: faults.map(unread) }
  const datacenter = bgpd.some(({ line }) => line === 'frr defaults datacenter')
  const around = { datacenter, policies: readPolicies(bgpd), profiles: readProfiles(bfdd) }
  const left: LeftOut[] = []
  const blocks = bgpd.flatMap((node) => readOne(node, around, left))
  const router = mostCommon(blocks)
  const same = ({ shared }: FoundBlock) => router !== null && keyOf(shared) === keyOf(router)
  left.push(...blocks.filter((block) => !same(block)).map(differs))
  return { router, neighbors: blocks.filter(same).flatMap((block) => block.neighbors), left }
}

function unread({ at, message }: HaveFrr['faults'][number]): LeftOut {
  return { at, why: `${message}: no neighbour is exported` }
}

function readProfiles(bfdd: ConfigTree | null): SettingsAround['profiles'] {
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

/** The readable neighbours of a block; what is not is added to `left`. */
function readOne(node: ConfigNode, around: Around, left: LeftOut[]): readonly FoundBlock[] {
  const block = readBlock(node)
  if (block === undefined) {
    if (node.line.startsWith('router bgp ')) left.push({ at: node.line, why: 'it is a view' })
    return []
  }
  const { datacenter } = around
  const within: Within = {
    ...around,
    block,
    defaults: defaultsOf(datacenter, block),
    elsewhere: inOtherFamilies(node),
    asksForPolicy: asksForPolicy(block, datacenter),
  }
  const neighbors = [...block.neighbors.values()].flatMap((neighbor) => {
    if (neighbor.statements.has('peer-group')) return []
    const read = readNeighbor(neighbor, within)
    if (read.ok) return [read.value]
    left.push({ at: neighborSubject(neighbor.address, block.vrf), why: read.faults.join('; ') })
    return []
  })
  if (neighbors.length === 0) return []
  const shared = sharedBy(block, neighbors)
  if (shared.ok) return [{ header: blockHeader(block), shared: shared.value, neighbors }]
  const why = `${shared.faults.join('; ')}; ${count(neighbors)}`
  left.push({ at: blockHeader(block), why })
  return []
}

/** Nothing of this changes a session or its routes. */
function lost(
  { statements, families, owned }: Neighbor,
  { description }: Settings,
): readonly string[] {
  const text = !owned && statements.has('description') && description === null
  const copies = [...families.values()].some((said) => said.has('soft-reconfiguration inbound'))
  return [
    ...(text ? ['its description, which is no line of an intent'] : []),
    ...(copies ? ['`soft-reconfiguration inbound`'] : []),
  ]
}

function count({ length }: readonly FoundNeighbor[]): string {
  return `so ${length === 1 ? 'its neighbour is' : `its ${length} neighbours are`} left out`
}

function inOtherFamilies({ children }: ConfigNode): ReadonlyMap<string, string> {
  const known = new Set(FAMILIES.map((family) => `address-family ${family}`))
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

function readNeighbor(neighbor: Neighbor, within: Within): Result<FoundNeighbor, string> {
  const { address, statements } = neighbor
  if (toIpText(address) === undefined) {
    return refused('it is told by an interface: an intent names neighbours by address')
  }
  const group = [...statements.keys()].find((slot) => slot.startsWith('peer-group '))
  if (group !== undefined) {
    return refused(`it is in \`${group}\`: give it settings of its own and take it out`)
  }
  const { block, defaults, policies, profiles } = within
  const { helperByDefault, localAs, vrf } = block
  const settings = readNeighborSettings(neighbor, { defaults, profiles, helperByDefault })
  const internal = settings.ok && settings.value.peerAs === localAs
  const filtered = within.asksForPolicy && !internal
  const families = readFamilies(neighbor, {
    policies,
    block,
    silentMeans: filtered ? 'nothing' : 'everything',
  })
  const other = within.elsewhere.get(address)
  if (!settings.ok || !families.ok || other !== undefined) {
    const also = other === undefined ? [] : [`it is in \`${other}\`, which an intent does not have`]
    return refused(...faultsOf(settings), ...faultsOf(families), ...also)
  }
  const without = lost(neighbor, settings.value)
  return ok({ vrf, ...settings.value, ...families.value, lost: without })
}

/** On by default but in FRR's data centre profile (bgpd/bgp_vty.c). */
function asksForPolicy({ foreign }: Block, datacenter: boolean): boolean {
  if (foreign.includes('no bgp ebgp-requires-policy')) return false
  return !datacenter || foreign.includes('bgp ebgp-requires-policy')
}

function sharedBy(
  block: Block,
  neighbors: readonly FoundNeighbor[],
): Result<FoundBlock['shared'], string> {
  const id = block.statements.get('bgp router-id')?.line.slice('bgp router-id '.length)
  const routerId = toIpText(id ?? '')
  const paths = pathsOf(block, neighbors)
  const faults = [
    ...(routerId === undefined ? ['it has no `bgp router-id`, which an intent must say'] : []),
    ...faultsOf(paths),
  ]
  if (routerId === undefined || !paths.ok) return refused(...faults)
  return ok({ localAs: block.localAs, routerId, maximumPaths: paths.value })
}

/** FRR then uses all it can; an intent has no more to say. */
const ALL_PATHS = 64

/** The one number of paths that is said, or true where nothing is, for the sessions there are. */
function pathsOf(block: Block, neighbors: readonly FoundNeighbor[]): Result<number, string> {
  const odd = block.foreign.find((line) => / unicast: maximum-paths /.test(line))
  if (odd !== undefined) return refused(`it says \`${odd}\`, which an intent cannot`)
  const values = new Set([
    ...pathsIn(
      block,
      'ipv4 unicast',
      neighbors.filter((one) => one.ipv4Unicast !== null),
    ),
    ...pathsIn(
      block,
      'ipv6 unicast',
      neighbors.filter((one) => one.ipv6Unicast !== null),
    ),
  ])
  const [first = 1, ...more] = values
  if (more.length === 0 && first <= ALL_PATHS) return ok(first)
  const said = [...values].join(' and ')
  const limit = `an intent has one number up to ${ALL_PATHS}`
  return refused(`its \`maximum-paths\` are ${said}, and ${limit}: say the same everywhere`)
}

function pathsIn(
  { families, localAs }: Block,
  family: Family,
  active: readonly FoundNeighbor[],
): readonly number[] {
  if (active.length === 0) return []
  return ['maximum-paths', 'maximum-paths ibgp'].flatMap((slot) => {
    const internal = slot.endsWith('ibgp')
    const number = families.get(family)?.get(slot)?.line.split(' ').at(-1)
    const concerned = active.some(({ peerAs }) => (peerAs === localAs) === internal)
    return number !== undefined || concerned ? [Number(number ?? ALL_PATHS)] : []
  })
}

function keyOf({ localAs, routerId, maximumPaths }: FoundBlock['shared']): string {
  return `${localAs} ${routerId} ${maximumPaths}`
}

/** What most neighbours share; the first block's where as many share another. */
function mostCommon(blocks: readonly FoundBlock[]): FoundBgp['router'] {
  const counts = new Map<string, { shared: FoundBlock['shared']; count: number }>()
  for (const { shared, neighbors } of blocks) {
    const before = counts.get(keyOf(shared))?.count ?? 0
    counts.set(keyOf(shared), { shared, count: before + neighbors.length })
  }
  const best = [...counts.values()].reduce<{ shared: FoundBgp['router']; count: number }>(
    (a, b) => (b.count > a.count ? b : a),
    { shared: null, count: 0 },
  )
  return best.shared
}

function differs({ header, neighbors, shared }: FoundBlock): LeftOut {
  const { routerId, maximumPaths } = shared
  const why = `another AS, router id (${routerId}) or number of paths (${maximumPaths}) than most neighbours have, and an intent has one of each; ${count(neighbors)}`
  return { at: header, why }
}
