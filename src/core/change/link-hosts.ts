import { contains, parseCidr, parseIp } from '../base/ip.js'
import type { LinkHost, NeighborEntry, RouteEntry } from '../model/foreign-paths.js'
import type { HaveLink } from '../model/link.js'
import { isLinkLocal, isOurs } from '../model/own-link.js'
import type { Want } from '../model/plan.js'

/** What decides which hosts judge a change. */
export interface HostSurroundings {
  readonly entries: readonly NeighborEntry[]
  readonly routes: readonly RouteEntry[]
  readonly links: readonly HaveLink[]
  readonly want: Pick<Want, 'links'>
  /** Address of the hub, which is a witness of its own and may be reached by another path; null: not known. */
  readonly hub: string | null
}

/** Hosts that judge one change. Each costs a query and up to a second where it does not answer. */
export const HOSTS_MAX = 64

const BY_STATE: readonly NeighborEntry['state'][] = ['reachable', 'probing', 'stale']

/**
 * The hosts on foreign links that judge a change, at most {@link HOSTS_MAX}: next hops of routes first, then
 * those that were seen last. Hosts of demarc's own subnets are left out, which sessions judge, and so is the hub.
 */
export function linkHosts(around: HostSurroundings): readonly LinkHost[] {
  const links = new Map(around.links.map((link) => [link.name, link]))
  const wanted = new Set<string>(around.want.links.map(({ name }) => name))
  const hops = new Set(around.routes.map(({ gateway, link }) => hostSubject(gateway ?? '', link)))
  const isHop = (host: LinkHost) => hops.has(hostSubject(host.address, host.link))
  return around.entries
    .filter(
      (entry) =>
        entry.address !== around.hub && isForeignHost(entry, links.get(entry.link), wanted),
    )
    .toSorted(
      (a, b) =>
        Number(isHop(b)) - Number(isHop(a)) ||
        BY_STATE.indexOf(a.state) - BY_STATE.indexOf(b.state),
    )
    .slice(0, HOSTS_MAX)
    .map(({ address, link }) => ({ address, link }))
}

function isForeignHost(
  { address }: LinkHost,
  link: HaveLink | undefined,
  wanted: ReadonlySet<string>,
): boolean {
  const ip = parseIp(address)
  if (ip === undefined || link === undefined || isOurs(link)) return false
  // A port of the intent may join a bond, which changes its link-local address.
  if (wanted.has(link.name) && isLinkLocal(address)) return false
  return !link.addresses.some((held) => {
    const cidr = held.owned ? parseCidr(held.address) : undefined
    return cidr !== undefined && contains(cidr, ip)
  })
}

/** The name of a host as a witness. */
export function hostSubject(address: string, link: string): string {
  return `host ${address} on ${link}`
}

const HOST_SUBJECT = /^host (\S+) on (\S+)$/

export function isHostSubject(subject: string): boolean {
  return HOST_SUBJECT.test(subject)
}

/** The hosts among the subjects of witnesses. */
export function hostsIn(subjects: readonly string[]): readonly LinkHost[] {
  return subjects.flatMap((subject) => {
    const [, address, link] = HOST_SUBJECT.exec(subject) ?? []
    return address === undefined || link === undefined ? [] : [{ address, link }]
  })
}
