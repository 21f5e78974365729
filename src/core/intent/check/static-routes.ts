import { type Fault, fault } from '../../base/fault.js'
import { contains, formatIp, type Ip, parseCidr, parseIp } from '../../base/ip.js'
import { DISTANCE } from '../../model/intent-defaults.js'
import type { IntentIndex, Site } from '../survey/intent-index.js'
import { type VrfPart, vrfParts } from '../survey/vrf-parts.js'
import { notAHost, unusable } from './addresses.js'

/** Every static route has a next hop that can be one, or none, and is listed once. */
export function checkStaticRoutes({ intent, sites }: IntentIndex): Fault[] {
  return vrfParts(intent).flatMap((part) => {
    const here = sites.filter(({ vrf }) => vrf === part.vrf)
    return part.staticRoutes.flatMap((route, i) => {
      const at = `${part.at}.staticRoutes[${i}]`
      return [...checkEnd(route, at, here), ...checkTwice(part, i, at), ...checkMixed(part, i, at)]
    })
  })
}

type Route = VrfPart['staticRoutes'][number]

function checkEnd(
  { prefix, nextHop, discard }: Route,
  at: string,
  sites: readonly Site[],
): Fault[] {
  if ((nextHop === undefined) === (discard === undefined)) {
    return [conflict(at, 'needs either "nextHop" or "discard": true')]
  }
  const ip = nextHop === undefined ? undefined : parseIp(nextHop)
  const cidr = parseCidr(prefix)
  if (ip === undefined || cidr === undefined) return []
  const place = `${at}.nextHop`
  if (ip.family !== cidr.ip.family) {
    return [conflict(place, `must be an IPv${cidr.ip.family} address, as ${prefix} is`)]
  }
  const why = badHop(ip, sites)
  return why === undefined ? [] : [conflict(place, `${formatIp(ip)} is ${why}`)]
}

function badHop(ip: Ip, sites: readonly Site[]): string | undefined {
  const addresses = sites.flatMap((site) => site.addresses)
  if (addresses.some(({ cidr }) => formatIp(cidr.ip) === formatIp(ip))) {
    return "the router's own address"
  }
  const subnet = addresses.find(({ cidr }) => contains(cidr, ip))
  return unusable(ip) ?? (subnet === undefined ? undefined : notAHost(subnet.cidr, ip))
}

function checkTwice({ at: part, staticRoutes }: VrfPart, index: number, at: string): Fault[] {
  const key = keyOf(staticRoutes[index])
  const before = staticRoutes.findIndex((other) => keyOf(other) === key)
  return before === index ? [] : [conflict(at, `is the same as ${part}.staticRoutes[${before}]`)]
}

/** FRR refuses a next hop beside a discarding route of the same distance. */
function checkMixed({ at: part, staticRoutes }: VrfPart, index: number, at: string): Fault[] {
  const route = staticRoutes[index]
  const before = staticRoutes
    .slice(0, index)
    .findIndex(
      (other) =>
        other.prefix === route?.prefix &&
        (other.distance ?? DISTANCE) === (route.distance ?? DISTANCE) &&
        (other.discard ?? false) !== (route.discard ?? false),
    )
  if (before < 0) return []
  const other = `${part}.staticRoutes[${before}]`
  return [
    conflict(at, `and ${other} discard and forward one prefix at one distance: give one another`),
  ]
}

function keyOf(route: Route | undefined): string {
  const hop = parseIp(route?.nextHop ?? '')
  return `${route?.prefix} ${hop === undefined ? '' : formatIp(hop)}`
}

function conflict(at: string, message: string): Fault {
  return fault('INTENT_CONFLICT', at, message)
}
