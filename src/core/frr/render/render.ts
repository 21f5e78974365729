import type {
  AddressFamily,
  BfdSession,
  BfdTimers,
  BgpInstance,
  BgpNeighbor,
  MaxPrefixes,
} from '../../model/bgp.js'
import {
  UNICAST,
  ORIGINATE_MAP,
  description,
  policyName,
  profileName,
  type UnicastFamily,
} from '../names.js'
import type { Block } from '../read/block.js'
import { finished, type Neighbor } from '../read/neighbor.js'
import { routeMap } from '../read/policy.js'
import {
  aggregateStatement,
  isOrigin,
  namedStatement,
  originStatement,
  type Statements,
} from '../read/statement.js'
import { profileSettings, type FrrConfig } from '../read/frr-config.js'
import { uncounted } from '../out-limit.js'
import { wantedPolicies } from './policy.js'

/** The configuration of FRR that holds the wanted BGP and nothing else. */
export function renderFrrConfig(instances: readonly BgpInstance[]): FrrConfig {
  const policies = instances.flatMap(policiesOf)
  const blocks = instances.map(renderBlock)
  return {
    lists: new Map(
      policies.flatMap(({ name, lists }) =>
        lists.map(({ kind, list }) => [`${kind} ${name}`, list] as const),
      ),
    ),
    maps: new Map([
      ...policies.map(({ name, map }) => [name, map] as const),
      ...(blocks.some(originates) ? [[ORIGINATE_MAP, PASS_ALL] as const] : []),
    ]),
    blocks: new Map(blocks.map((block) => [block.vrf ?? '', block])),
    profiles: profiles(instances),
  }
}

/** The map on demarc's `network` and `aggregate-address` lines permits all routes; its name is the mark. */
const PASS_ALL = routeMap('permit 10')

function originates({ families }: Block): boolean {
  return [...families.values()].some((statements) => [...statements.keys()].some(isOrigin))
}

function policiesOf({ neighbors, localAs }: BgpInstance) {
  return neighbors.flatMap((neighbor) =>
    UNICAST.flatMap((family) => {
      const wanted = familyOf(neighbor, family)
      return wanted === null ? [] : wantedPolicies(neighbor, family, wanted, localAs)
    }),
  )
}

function familyOf(neighbor: BgpNeighbor, family: UnicastFamily): AddressFamily | null {
  return family === 'ipv4 unicast' ? neighbor.ipv4Unicast : neighbor.ipv6Unicast
}

function profiles(instances: readonly BgpInstance[]): FrrConfig['profiles'] {
  const timers = instances
    .flatMap(({ neighbors }) => neighbors)
    .flatMap(({ bfd }) => (bfd === null ? [] : [bfd]))
  return new Map(timers.map((bfd) => [profileName(bfd), profile(bfd)]))
}

function profile(timers: BfdTimers): Statements {
  return profileSettings([
    `detect-multiplier ${timers.detectionMultiplier}`,
    `transmit-interval ${timers.desiredMinimumTxInterval}`,
    `receive-interval ${timers.requiredMinimumReceive}`,
  ])
}

/** FRR's defaults for the neighbours of a block. */
const DEFAULTS = {
  defaultFamilies: ['ipv4 unicast'],
  helperByDefault: true,
  shutByDefault: false,
} as const

function renderBlock(instance: BgpInstance): Block {
  const { vrf, localAs, routerId, neighbors } = instance
  const id = namedStatement(`bgp router-id ${routerId}`, 'bgp router-id')
  const families = UNICAST.map((family) => [family, familyStatements(instance, family)] as const)
  return {
    vrf,
    localAs,
    statements: new Map([[id.slot, id]]),
    families: new Map(families.filter(([, statements]) => statements.size > 0)),
    neighbors: new Map(
      neighbors.map((neighbor) => [neighbor.address, wantedNeighbor(neighbor, localAs)]),
    ),
    ...DEFAULTS,
    foreign: [],
    needed: null,
  }
}

function wantedNeighbor(neighbor: BgpNeighbor, localAs: number): Neighbor {
  const families = UNICAST.map((family) => [family, familyLines(neighbor, family)] as const)
  const { address } = neighbor
  const lines = neighborLines(neighbor, localAs)
  return finished({ address, lines, families: new Map(families) }, DEFAULTS)
}

function neighborLines(neighbor: BgpNeighbor, localAs: number): string[] {
  const multihop = neighbor.multihop > 1 && neighbor.peerAs !== localAs
  const { shutdown, bfd } = neighbor
  return [
    `remote-as ${neighbor.peerAs}`,
    `description ${description(neighbor)}`,
    ...(neighbor.localAs === null ? [] : [localAsLine(neighbor.localAs)]),
    ...(shutdown === null ? [] : [shutdownLine(shutdown.message)]),
    ...(bfd === null ? [] : bfdLines(bfd)),
    ...(neighbor.password === null ? [] : [`password ${neighbor.password}`]),
    ...(multihop ? [`ebgp-multihop ${neighbor.multihop}`] : []),
    ...(neighbor.ttlSecurity === null ? [] : [`ttl-security hops ${neighbor.ttlSecurity}`]),
    ...(neighbor.updateSource === null ? [] : [`update-source ${neighbor.updateSource}`]),
    `timers ${neighbor.keepaliveInterval} ${neighbor.holdTime}`,
    `timers connect ${neighbor.connectRetry}`,
    ...GRACEFUL_RESTART[neighbor.gracefulRestart],
  ]
}

function bfdLines(bfd: BfdSession): readonly string[] {
  return ['bfd', `bfd profile ${profileName(bfd)}`, ...(bfd.strict ? ['bfd strict'] : [])]
}

/** The peer sees this AS alone: not the router's own in OPEN, nor in front of it in the path of a route. */
function localAsLine(localAs: number): string {
  return `local-as ${localAs} no-prepend replace-as`
}

/** Helper is FRR's default; `wantedPart` adds its line where the block has another one. */
const GRACEFUL_RESTART = {
  helper: [],
  restarter: ['graceful-restart'],
  disabled: ['graceful-restart-disable'],
} as const

function shutdownLine(message: string | null): string {
  return message === null ? 'shutdown' : `shutdown message ${message}`
}

function familyStatements(instance: BgpInstance, family: UnicastFamily): Statements {
  const used = instance.neighbors.some((neighbor) => familyOf(neighbor, family) !== null)
  const paths = instance.maximumPaths
  const aggregates = instance.aggregates.filter(({ prefix }) => isOf(family, prefix))
  const statements = [
    ...aggregates.map(({ prefix, summaryOnly }) => aggregateStatement(prefix, summaryOnly)),
    ...origins(instance, family).map(originStatement),
    ...(used ? [namedStatement(`maximum-paths ${paths}`, 'maximum-paths')] : []),
    ...(used ? [namedStatement(`maximum-paths ibgp ${paths}`, 'maximum-paths ibgp')] : []),
  ]
  return new Map(statements.map((statement) => [statement.slot, statement]))
}

function familyLines(neighbor: BgpNeighbor, family: UnicastFamily): readonly string[] {
  const wanted = familyOf(neighbor, family)
  if (wanted === null) return ['no activate']
  const { maxPrefixes } = wanted.import
  const { defaultOriginate, maxPrefixes: outbound } = wanted.export
  return [
    'activate',
    ...(wanted.nextHopSelf ? ['next-hop-self'] : []),
    ...(wanted.allowAsIn === null ? [] : [`allowas-in ${wanted.allowAsIn}`]),
    ...(wanted.asOverride ? ['as-override'] : []),
    ...(defaultOriginate ? ['default-originate'] : []),
    ...(outbound === null ? [] : [`maximum-prefix-out ${outbound - uncounted(defaultOriginate)}`]),
    ...(maxPrefixes === null ? [] : [maximumPrefixLine(maxPrefixes)]),
    `route-map ${policyName(neighbor, family, 'in')} in`,
    `route-map ${policyName(neighbor, family, 'out')} out`,
  ]
}

function maximumPrefixLine(max: MaxPrefixes): string {
  const start = `maximum-prefix ${max.limit} ${max.warningPercent}`
  if (max.action === 'warn') return `${start} warning-only`
  return max.restartMinutes === null ? start : `${start} restart ${max.restartMinutes}`
}

function isOf(family: UnicastFamily, prefix: string): boolean {
  return prefix.includes(':') === (family === 'ipv6 unicast')
}

/**
 * The prefixes that this router originates: those exported without a range, aggregates apart. FRR announces a
 * `network` line only while the router's own table has the prefix (import check).
 */
function origins(instance: BgpInstance, family: UnicastFamily): string[] {
  const exact = instance.neighbors.flatMap((neighbor) =>
    (familyOf(neighbor, family)?.export.prefixes ?? [])
      .filter((rule) => rule.ge === null && rule.le === null)
      .map((rule) => rule.prefix),
  )
  const aggregated = new Set<string>(instance.aggregates.map(({ prefix }) => prefix))
  return [...new Set(exact)].filter((prefix) => !aggregated.has(prefix)).sort()
}
