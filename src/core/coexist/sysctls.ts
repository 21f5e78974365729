import { parseCidr, type Cidr } from '../base/ip.js'
import type { HaveLink } from '../model/link.js'
import type { Conflict, ConflictCode, HostFacts } from '../model/host-facts.js'
import { vrfOf } from '../model/vrf.js'
import { addressed, listed, type Managed, type ManagedLink } from './managed.js'

/** Settings that disturb demarc's links or sessions (Documentation/networking/ip-sysctl.rst). */
export function judgeSysctls(facts: HostFacts, ours: Managed): readonly Conflict[] {
  return [
    ...strict(facts, ours),
    ...forwarding(facts, ours),
    ...arpSilent(facts, ours),
    ...arpProxy(facts, ours),
    ...arpFlux(facts, ours),
    ...advertisements(facts, ours),
    ...disabled(facts, ours),
  ]
}

const FILE = '/etc/sysctl.d/99-local.conf'
const LOAD = 'then run sysctl --system'

/** A setting of one link; the default for new links where it does not exist yet. */
function linkSetting(facts: HostFacts, family: 4 | 6, link: string, key: string): number {
  const at = (name: string) => facts.sysctls.get(`ipv${family}/conf/${name}/${key}`)
  return at(link) ?? at('default') ?? 0
}

function everyLink(facts: HostFacts, key: string): number {
  return facts.sysctls.get(`ipv4/conf/all/${key}`) ?? 0
}

function conflict(code: ConflictCode, at: string, message: string): Conflict {
  return { code, at, message, destroys: false }
}

function named(links: readonly { readonly name: string }[]): string {
  return listed(links.map(({ name }) => name))
}

/**
 * The kernel uses the larger of `all` and the link's own rp_filter. demarc sets its own links to loose (2).
 * On every other link strict (1) drops packets once BGP gives a better route to their source.
 */
function strict(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const own = new Set<string>(ours.links.map(({ name }) => name))
  const links = ours.have.filter(
    (link) =>
      !own.has(link.name) &&
      Math.max(everyLink(facts, 'rp_filter'), link.sysctl.rpFilter) === 1 &&
      cidrsOf(link).some(({ ip }) => ip.family === 4 && !isLoopback(ip.bits)),
  )
  if (ours.neighbors.length === 0 || links.length === 0) return []
  return [
    conflict(
      'RP_FILTER_STRICT',
      'net.ipv4.conf.all.rp_filter',
      `${named(links)} drops packets whose source is reached through an attachment, also those of the hub once BGP has a route to it (rp_filter is strict): write "net.ipv4.conf.all.rp_filter = 2" into ${FILE}, ${LOAD}.`,
    ),
  ]
}

/** 127.0.0.0/8. */
function isLoopback(bits: bigint): boolean {
  return bits >> 24n === 127n
}

function forwarding(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const settings = [
    { family: 4, path: 'ipv4/ip_forward', key: 'net.ipv4.ip_forward' },
    { family: 6, path: 'ipv6/conf/all/forwarding', key: 'net.ipv6.conf.all.forwarding' },
  ] as const
  const off = settings.filter(
    ({ family, path }) => facts.sysctls.get(path) === 0 && addressed(ours, family).length > 0,
  )
  if (off.length === 0) return []
  const lines = off.map(({ key }) => `"${key} = 1"`).join(', ')
  return [
    conflict(
      'FORWARDING_OFF',
      off[0]?.key ?? '',
      `This router does not forward (${off.map(({ key }) => `${key} = 0`).join(', ')}): write ${lines} into ${FILE}, ${LOAD}; /etc/sysctl.d/60-demarc.conf sets it, so a file after that one must set it to 0.`,
    ),
  ]
}

/** arp_ignore 8: the link answers no ARP request. */
function arpSilent(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const links = addressed(ours, 4).filter(({ name }) => arpIgnore(facts, name) === 8)
  if (links.length === 0) return []
  return [
    conflict(
      'ARP_IGNORED',
      'net.ipv4.conf.*.arp_ignore',
      `${named(links)} answers no ARP request, so the far end cannot reach its address (arp_ignore = 8): write "net.ipv4.conf.all.arp_ignore = 1" and the same for the link into ${FILE}, ${LOAD}.`,
    ),
  ]
}

function arpIgnore(facts: HostFacts, link: string): number {
  return Math.max(everyLink(facts, 'arp_ignore'), linkSetting(facts, 4, link, 'arp_ignore'))
}

function arpProxy(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const links = addressed(ours, 4).filter(
    ({ name }) => everyLink(facts, 'proxy_arp') + linkSetting(facts, 4, name, 'proxy_arp') > 0,
  )
  if (links.length === 0) return []
  return [
    conflict(
      'ARP_PROXY',
      'net.ipv4.conf.*.proxy_arp',
      `${named(links)} answers ARP requests for addresses of other machines in the provider's network (proxy_arp = 1): write "net.ipv4.conf.all.proxy_arp = 0" and the same for the link into ${FILE}, ${LOAD}.`,
    ),
  ]
}

/** Another link in an attachment's subnet, each answering ARP for the other's address. */
function arpFlux(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const inHave = new Map(ours.have.map((link) => [link.name, link]))
  const own = new Set<string>(ours.links.map(({ name }) => name))
  const others = ours.have
    .filter(({ name }) => !own.has(name))
    .flatMap((link) => cidrsOf(link).map((cidr) => ({ link, cidr })))
    .filter(({ cidr }) => cidr.ip.family === 4)
  const pairs = addressed(ours, 4).flatMap((mine) =>
    ownCidrs(mine).flatMap((cidr) =>
      others
        .filter((other) => overlap(cidr, other.cidr))
        .filter(({ link }) => sameTable(inHave, inHave.get(mine.name), link))
        .filter(({ link }) => isLoose(facts, mine.name) || isLoose(facts, link.name))
        .map(({ link }) => ({ mine, link })),
    ),
  )
  const [first] = pairs
  if (first === undefined) return []
  return [
    conflict(
      'ARP_FLUX',
      first.link.name,
      `${first.link.name} is in the subnet of ${first.mine.name}, and each answers ARP for the other's address: move it to another subnet, or write "net.ipv4.conf.all.arp_ignore = 1", "net.ipv4.conf.all.arp_announce = 2" into ${FILE}, ${LOAD}.`,
    ),
  ]
}

function isLoose(facts: HostFacts, link: string): boolean {
  const announce = linkSetting(facts, 4, link, 'arp_announce')
  return arpIgnore(facts, link) === 0 || Math.max(everyLink(facts, 'arp_announce'), announce) < 2
}

type Links = ReadonlyMap<string, HaveLink>

/** Whether both links are in the same VRF, or in none; a link that does not exist yet is compared with all. */
function sameTable(links: Links, mine: HaveLink | undefined, other: HaveLink): boolean {
  return mine === undefined || vrfOf(links, mine) === vrfOf(links, other)
}

function cidrsOf(link: HaveLink): readonly Cidr[] {
  return link.addresses.flatMap(({ address }) => parseCidr(address) ?? [])
}

function ownCidrs({ addresses }: ManagedLink): readonly Cidr[] {
  return addresses
    .flatMap((address) => parseCidr(address) ?? [])
    .filter(({ ip }) => ip.family === 4)
}

/** Whether the larger of two IPv4 subnets contains the other. */
function overlap(a: Cidr, b: Cidr): boolean {
  const host = BigInt(32 - Math.min(a.length, b.length))
  return a.ip.bits >> host === b.ip.bits >> host
}

/** accept_ra 2 accepts router advertisements on a router as well, with a default route and addresses. */
function advertisements(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const links = ours.links.filter(
    ({ name, addresses }) => addresses.length > 0 && linkSetting(facts, 6, name, 'accept_ra') === 2,
  )
  if (links.length === 0) return []
  return [
    conflict(
      'ROUTER_ADVERTISEMENTS',
      'net.ipv6.conf.*.accept_ra',
      `${named(links)} accepts a default route and addresses from any sender of router advertisements in the provider's network (accept_ra = 2): write "net.ipv6.conf.default.accept_ra = 0" and the same for the link into ${FILE}, ${LOAD}.`,
    ),
  ]
}

function disabled(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const links = addressed(ours, 6).filter(
    ({ name }) => linkSetting(facts, 6, name, 'disable_ipv6') === 1,
  )
  if (links.length === 0) return []
  return [
    conflict(
      'IPV6_DISABLED',
      'net.ipv6.conf.*.disable_ipv6',
      `The kernel refuses the IPv6 addresses of ${named(links)} (disable_ipv6 = 1): write "net.ipv6.conf.all.disable_ipv6 = 0" into ${FILE}, ${LOAD}.`,
    ),
  ]
}
