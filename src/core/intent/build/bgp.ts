import { groupBy } from '../../base/group-by.js'
import { parseIp } from '../../base/ip.js'
import type { Fault } from '../../base/fault.js'
import type { AddressFamily, BgpInstance, BgpNeighbor } from '../../model/bgp.js'
import {
  type Ifname,
  type IpText,
  type SecretDigest,
  toIpText,
  toPrefix,
} from '../../model/names.js'
import type { IntentNeighbor } from '../../wire/intent.js'
import {
  BFD_DEFAULTS,
  CONNECT_RETRY,
  HOLD_TIME,
  keepaliveOf,
  MAXIMUM_PATHS,
  NEIGHBOR_DEFAULTS,
  SUMMARY_ONLY,
} from '../../model/intent-defaults.js'
import { localAsIn, vrfParts } from '../survey/vrf-parts.js'
import { familiesOf } from '../survey/families.js'
import { type Share, sharesIn } from '../survey/gateways.js'
import { type Built, buildFamily } from './policy.js'
import { type Peering, peerings, type IntentIndex } from '../survey/intent-index.js'

type Secrets = ReadonlyMap<string, SecretDigest>

/** What the neighbours of one VRF are built with. */
interface BuildContext {
  readonly localAs: number | undefined
  readonly secrets: Secrets
  readonly shares: ReadonlyMap<string, Share>
}

/** One instance for each VRF with neighbours, the default VRF first; VRFs and neighbours are sorted. */
export function buildBgp(index: IntentIndex, secrets: Secrets): Built<BgpInstance[]> {
  const { intent, sites } = index
  const shares = sharesIn(index)
  const faults: Fault[] = []
  const instances: BgpInstance[] = []
  const { maximumPaths = MAXIMUM_PATHS } = intent.router
  const routerId = toIpText(intent.router.routerId ?? '')
  const byVrf = groupBy(peerings(sites), ({ site }) => site.vrf)
  const inOrder = [...byVrf].sort(([a], [b]) => (order(a) < order(b) ? -1 : 1))
  for (const [vrf, group] of inOrder) {
    const localAs = localAsIn(intent, vrf)
    const built = group.map((peering) => buildNeighbor(peering, { localAs, secrets, shares }))
    faults.push(...built.flatMap((neighbor) => neighbor.faults))
    if (localAs === undefined || routerId === undefined) continue
    const neighbors = built.flatMap(({ value }) => value ?? []).sort(byAddress)
    const aggregates = aggregatesIn(intent, vrf)
    instances.push({ vrf, localAs, routerId, maximumPaths, aggregates, neighbors })
  }
  return { value: instances, faults }
}

function aggregatesIn(
  intent: IntentIndex['intent'],
  vrf: Ifname | null,
): BgpInstance['aggregates'] {
  const written = vrfParts(intent).find((part) => part.vrf === vrf)?.aggregates ?? []
  return written
    .flatMap(({ prefix, summaryOnly = SUMMARY_ONLY }) => {
      const checked = toPrefix(prefix)
      return checked === undefined ? [] : [{ prefix: checked, summaryOnly }]
    })
    .sort((a, b) => (a.prefix < b.prefix ? -1 : 1))
}

function order(vrf: Ifname | null): string {
  return vrf ?? ''
}

function byAddress(a: BgpNeighbor, b: BgpNeighbor): number {
  return sortKey(a.address) < sortKey(b.address) ? -1 : 1
}

function sortKey(address: IpText): string {
  const ip = parseIp(address)
  return ip === undefined ? address : `${ip.family}${ip.bits.toString(16).padStart(32, '0')}`
}

function buildNeighbor(
  { at, site, neighbor }: Peering,
  { localAs, secrets, shares }: BuildContext,
): Built<BgpNeighbor | undefined> {
  const families = familiesOf(neighbor).map((spoken) => ({
    key: spoken.key,
    ...buildFamily(spoken, at, shares),
  }))
  const faults = families.flatMap((built) => built.faults)
  const address = toIpText(neighbor.neighborAddress)
  const { peerAs } = neighbor
  if (address === undefined || peerAs === undefined) return { value: undefined, faults }
  const family = (key: string): AddressFamily | null =>
    families.find((built) => built.key === key)?.value ?? null
  const value: BgpNeighbor = {
    description: null,
    ...NEIGHBOR_DEFAULTS,
    ...optional(neighbor),
    ...timers(neighbor),
    attachment: site.attachment.name,
    address,
    peerAs,
    localAs: neighbor.localAs ?? null,
    password: secrets.get(neighbor.authPassword?.secret ?? '') ?? null,
    multihop: hops(neighbor.multihop, peerAs === localAs),
    ttlSecurity: neighbor.ttlSecurity ?? null,
    updateSource: toIpText(neighbor.updateSource ?? '') ?? null,
    ipv4Unicast: family('ipv4Unicast'),
    ipv6Unicast: family('ipv6Unicast'),
  }
  return { value, faults }
}

/** Options that mean the same in both documents, where they are said. */
function optional({ bfd, shutdown, ...neighbor }: IntentNeighbor) {
  const { description, gracefulRestart, drain } = neighbor
  return {
    ...(description !== undefined && { description }),
    ...(gracefulRestart !== undefined && { gracefulRestart }),
    ...(drain !== undefined && { drain }),
    bfd: bfd === undefined ? null : { ...BFD_DEFAULTS, ...bfd },
    shutdown: shutdown === undefined ? null : { message: shutdown.message ?? null },
  }
}

function timers({ holdTime = HOLD_TIME, keepaliveInterval, connectRetry }: IntentNeighbor) {
  return {
    holdTime,
    keepaliveInterval: keepaliveInterval ?? keepaliveOf(holdTime),
    connectRetry: connectRetry ?? CONNECT_RETRY,
  }
}

/** An iBGP session has no hop limit; FRR accepts `ebgp-multihop` on one and does not keep it. */
function hops(multihop: number | undefined, internal: boolean): number {
  return internal ? 1 : (multihop ?? NEIGHBOR_DEFAULTS.multihop)
}
