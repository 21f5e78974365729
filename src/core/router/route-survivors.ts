import { formatIp, network, parseCidr, type Cidr } from '../base/ip.js'
import { readFrrConfig } from '../frr/read/frr-config.js'
import type { BgpInstance } from '../model/bgp.js'
import type { WantLink } from '../model/link.js'
import type { HaveFrr, Want } from '../model/plan.js'
import { importMatcher, originsOf, type FamilyName, type RouteMatcher } from '../routes/policy.js'
import type { RoutePath, RouteView, TableRoute } from '../routes/table.js'

/** A route of the table with its prefix as a number. */
export interface ParsedRoute extends TableRoute {
  readonly cidr: Cidr
}

/** What demarc itself has in FRR now: what of it the want lacks, the change removes. */
export interface OwnBefore {
  readonly neighbors: ReadonlySet<string>
  /** Prefixes of demarc's `network` lines. */
  readonly origins: ReadonlySet<string>
}

export function ownBefore(frr: HaveFrr, vrf: string | null, family: FamilyName): OwnBefore {
  const block = readFrrConfig(frr).blocks.get(vrf ?? '')
  const name = family === 'ipv4-unicast' ? 'ipv4 unicast' : 'ipv6 unicast'
  const slots = [...(block?.families.get(name)?.keys() ?? [])]
  const owned = [...(block?.neighbors.values() ?? [])].filter((neighbor) => neighbor.owned)
  return {
    neighbors: new Set(owned.map(({ address }) => address)),
    origins: new Set(
      slots.filter((slot) => slot.startsWith('network ')).map((slot) => slot.slice(8)),
    ),
  }
}

/**
 * Prefixes that leave the router's own table with the change: those of static routes and of addresses that the intent
 * in force has and the wanted one lacks. A `network` line announces nothing without them.
 */
export function lostPrefixes(
  inForce: Want | null,
  want: Want,
  vrf: string | null,
): ReadonlySet<string> {
  if (inForce === null) return new Set()
  const stays = behind(want, vrf)
  return new Set([...behind(inForce, vrf)].filter((prefix) => !stays.has(prefix)))
}

function behind({ links, routes }: Want, vrf: string | null): ReadonlySet<string> {
  const statics = routes.filter((route) => route.vrf === vrf).map(({ prefix }) => prefix)
  return new Set([...statics, ...connectedPrefixes(links, vrf)])
}

/** Prefixes that the router's own table has, or gets with its new addresses: those it can originate. */
export function localPrefixes(
  links: readonly WantLink[],
  { present }: RouteView,
  vrf: string | null,
): ReadonlySet<string> {
  return new Set([...(present.get(vrf ?? '') ?? []), ...connectedPrefixes(links, vrf)])
}

function connectedPrefixes(links: readonly WantLink[], vrf: string | null): readonly string[] {
  const vrfs = new Set(links.filter(({ detail }) => detail.kind === 'vrf').map(({ name }) => name))
  const vrfOf = ({ master }: WantLink) => (master !== null && vrfs.has(master) ? master : null)
  return links
    .filter((link) => vrfOf(link) === vrf)
    .flatMap(({ addresses }) => addresses.flatMap(subnetText))
}

function subnetText(address: string): readonly string[] {
  const cidr = parseCidr(address)
  return cidr === undefined ? [] : [`${formatIp(network(cidr))}/${cidr.length}`]
}

/** A prefix with the path that FRR would choose. */
export interface ChosenRoute {
  readonly cidr: Cidr
  readonly best: RoutePath
}

const OWN_PATH: RoutePath = {
  ...{ from: null, best: true, internal: false },
  ...{ communities: [], asPath: '' },
}

/** The table after the change: paths that stay accepted, and prefixes that the router can originate. */
export function survivors(
  routes: readonly ParsedRoute[],
  scope: {
    readonly instance: BgpInstance
    readonly family: FamilyName
    readonly own: OwnBefore
    readonly local: ReadonlySet<string>
    readonly lost: ReadonlySet<string>
  },
): readonly ChosenRoute[] {
  const { instance, family, own, local, lost } = scope
  const origins = originsOf(instance, family)
  const accepts = new Map<string, RouteMatcher>(
    instance.neighbors
      .filter(({ shutdown }) => shutdown === null)
      .map((neighbor) => [neighbor.address, importMatcher(neighbor, family)]),
  )
  const stays = (path: RoutePath, { prefix, cidr }: ParsedRoute) => {
    const { from } = path
    if (from === null) {
      return !own.origins.has(prefix) || (origins.has(prefix) && !lost.has(prefix))
    }
    const matcher = accepts.get(from)
    return matcher === undefined ? !own.neighbors.has(from) : matcher(cidr, path)
  }
  const kept = routes.flatMap((route) => {
    const paths = route.paths.filter((path) => stays(path, route))
    const best = paths.find((path) => path.best) ?? paths[0]
    return best === undefined ? [] : [{ prefix: route.prefix, cidr: route.cidr, best }]
  })
  const there = new Set(kept.map(({ prefix }) => prefix))
  const added = [...origins].flatMap((prefix) => {
    const cidr = parseCidr(prefix)
    if (cidr === undefined || there.has(prefix) || !local.has(prefix) || lost.has(prefix)) return []
    return [{ cidr, best: OWN_PATH }]
  })
  return [...kept, ...added]
}
