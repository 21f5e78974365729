import { groupBy } from '../../base/group-by.js'
import { type Fault, fault } from '../../base/fault.js'
import { contains, formatIp, type Ip, parseIp } from '../../base/ip.js'
import { notAHost, unusable } from './addresses.js'
import { HOLD_TIME, NEIGHBOR_DEFAULTS } from '../../model/intent-defaults.js'
import { familiesOf } from '../survey/families.js'
import { leastLimit } from '../survey/gateways.js'
import type { IntentFamily } from '../../wire/intent.js'
import { type Peering, peerings, type Site, type IntentIndex } from '../survey/intent-index.js'

/** The router's own addresses by VRF, in canonical form. */
type OwnByVrf = ReadonlyMap<string | null, ReadonlySet<string>>

/** Every neighbour can be reached, is listed once, and its options fit together. */
export function checkNeighbors({ intent, sites }: IntentIndex): Fault[] {
  const all = peerings(sites)
  const own = ownAddresses(sites)
  return [
    ...(all.length > 0 ? checkRouter(intent.router) : []),
    ...checkTwice(all),
    ...all.flatMap((peering) => [
      ...checkPeerAs(peering),
      ...checkPlace(peering, own),
      ...checkSource(peering, own),
      ...checkTimers(peering),
      ...checkFamilies(peering),
    ]),
  ]
}

function checkRouter(router: IntentIndex['intent']['router']): Fault[] {
  const missing = (['localAs', 'routerId'] as const).filter((key) => router[key] === undefined)
  const zero = router.routerId !== undefined && parseIp(router.routerId)?.bits === 0n
  return [
    ...missing.map((key) => conflict(`router.${key}`, 'is required where there are neighbours')),
    ...(zero ? [fault('INTENT_VALUE', 'router.routerId', 'must not be zero (RFC 6286)')] : []),
  ]
}

function ownAddresses(sites: readonly Site[]): OwnByVrf {
  const byVrf = groupBy(sites, ({ vrf }) => vrf)
  return new Map(
    [...byVrf].map(([vrf, group]) => [
      vrf,
      new Set(group.flatMap(({ addresses }) => addresses.map(({ cidr }) => formatIp(cidr.ip)))),
    ]),
  )
}

function checkTwice(all: readonly Peering[]): Fault[] {
  const same = groupBy(all, ({ site, neighbor }) => {
    const ip = parseIp(neighbor.neighborAddress)
    return `${site.vrf ?? ''} ${ip === undefined ? neighbor.neighborAddress : formatIp(ip)}`
  })
  return [...same.values()].flatMap(([first, ...rest]) =>
    rest.map(({ at, neighbor }) =>
      conflict(
        `${at}.neighborAddress`,
        `${neighbor.neighborAddress} is already a neighbour at ${first?.at}`,
      ),
    ),
  )
}

/** Where a provider fixes it, it has been filled in before. */
function checkPeerAs({ at, neighbor }: Peering): Fault[] {
  if (neighbor.peerAs !== undefined) return []
  const message =
    "is required: the neighbour's AS number, which no profile of a provider fixes here"
  return [fault('INTENT_VALUE', `${at}.peerAs`, message)]
}

function checkPlace({ at, site, neighbor }: Peering, own: OwnByVrf): Fault[] {
  const place = `${at}.neighborAddress`
  const ip = parseIp(neighbor.neighborAddress)
  if (ip === undefined) return [fault('INTENT_VALUE', place, 'must be an address')]
  if (own.get(site.vrf)?.has(formatIp(ip))) {
    return [conflict(place, `${formatIp(ip)} is the router's own address`)]
  }
  const subnet = site.addresses.find(({ cidr }) => contains(cidr, ip))
  if (subnet === undefined && !mayBeFar(neighbor)) return [tooFar(place, site, ip)]
  const why = unusable(ip) ?? (subnet && notAHost(subnet.cidr, ip))
  return why === undefined ? [] : [conflict(place, `${formatIp(ip)} is ${why}`)]
}

function mayBeFar({ multihop = NEIGHBOR_DEFAULTS.multihop, ttlSecurity = 1 }: Peering['neighbor']) {
  return multihop > 1 || ttlSecurity > 1
}

function tooFar(place: string, site: Site, ip: Ip): Fault {
  const subnets = site.addresses.map(({ text }) => text).join(', ') || 'none'
  const message = `${formatIp(ip)} is in none of the attachment's subnets (${subnets})`
  return conflict(place, `${message}; a neighbour further away needs "multihop"`)
}

function checkSource({ at, site, neighbor }: Peering, own: OwnByVrf): Fault[] {
  const source = neighbor.updateSource === undefined ? undefined : parseIp(neighbor.updateSource)
  if (source === undefined) return []
  const place = `${at}.updateSource`
  if (!own.get(site.vrf)?.has(formatIp(source))) {
    return [conflict(place, `${formatIp(source)} is no address of the router in this VRF`)]
  }
  if (source.family === parseIp(neighbor.neighborAddress)?.family) return []
  return [conflict(place, "must be of the neighbour's address family")]
}

/** A hold time of 0 means no keepalives; otherwise they must be shorter than it (RFC 4271 section 4.4). */
function checkTimers({ at, neighbor }: Peering): Fault[] {
  const { holdTime = HOLD_TIME, keepaliveInterval } = neighbor
  if (keepaliveInterval === undefined) return []
  const place = `${at}.keepaliveInterval`
  if (holdTime === 0) {
    return keepaliveInterval === 0 ? [] : [conflict(place, 'must be 0 where holdTime is 0')]
  }
  if (keepaliveInterval > 0 && keepaliveInterval < holdTime) return []
  return [conflict(place, `must be below holdTime, 1-${holdTime - 1}; is ${keepaliveInterval}`)]
}

function checkFamilies({ at, site, neighbor }: Peering): Fault[] {
  const peer = parseIp(neighbor.neighborAddress)?.family
  return familiesOf(neighbor).flatMap(({ family, key, policy }) => {
    const reachable = site.addresses.some(({ cidr }) => cidr.ip.family === family)
    const max = policy.import?.maxPrefixes
    return [
      // Announced routes have the router's own address of their family as the next hop.
      ...(reachable || family === peer
        ? []
        : [conflict(`${at}.${key}`, `the attachment has no IPv${family} address`)]),
      ...(max?.action === 'warn' && max.restartMinutes !== undefined
        ? [conflict(`${at}.${key}.import.maxPrefixes.restartMinutes`, 'needs action "teardown"')]
        : []),
      ...checkOutLimit(policy.export ?? {}, `${at}.${key}.export.maxPrefixes.limit`),
    ]
  })
}

function checkOutLimit(to: NonNullable<IntentFamily['export']>, at: string): Fault[] {
  const least = leastLimit(to)
  if ((to.maxPrefixes?.limit ?? least) >= least) return []
  return [
    conflict(at, `must be ${least} or more: FRR announces the default route beside its limit`),
  ]
}

function conflict(at: string, message: string): Fault {
  return fault('INTENT_CONFLICT', at, message)
}
