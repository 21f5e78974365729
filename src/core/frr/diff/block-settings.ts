import type { BgpInstance } from '../../model/bgp.js'
import type { Family } from '../names.js'

/** What a setting of a whole `router bgp` block does to what the intent says. */
export interface BlockSetting {
  /** The line as FRR prints it. */
  readonly line: RegExp
  /** `critical`: sessions or routes of the intent are held back, or more is announced than the intent says. */
  readonly severity: 'warning' | 'critical'
  /** The rest of a sentence that begins with the line. */
  readonly does: string
  /** Whether it concerns this instance; without it every instance is concerned. */
  readonly concerns?: (found: RegExpExecArray, instance: BgpInstance, family?: Family) => boolean
}

/** The prefixes that demarc originates for the intent, in one address family or in all. */
function originated({ neighbors }: BgpInstance, family?: Family): readonly string[] {
  return neighbors.flatMap(({ ipv4Unicast, ipv6Unicast }) =>
    [
      family === 'ipv6 unicast' ? null : ipv4Unicast,
      family === 'ipv4 unicast' ? null : ipv6Unicast,
    ].flatMap((settings) =>
      (settings?.export.prefixes ?? [])
        .filter(({ ge, le }) => ge === null && le === null)
        .map(({ prefix }) => prefix),
    ),
  )
}

function hasExternal({ neighbors, localAs }: BgpInstance): boolean {
  return neighbors.some(({ peerAs }) => peerAs !== localAs)
}

/** FRR's default, in seconds (bgpd.h RMAP_DEFAULT_UPDATE_TIMER). */
const ROUTE_MAP_DELAY = 5

/** Settings of a block outside its address families. */
export const BLOCK_SETTINGS: readonly BlockSetting[] = [
  {
    line: /^bgp shutdown( |$)/,
    severity: 'critical',
    does: 'holds every session of the block down, those of the intent too',
  },
  {
    line: /^bgp minimum-holdtime (\d+)$/,
    severity: 'critical',
    does: 'refuses the sessions whose hold time in the intent is shorter, and they never come up',
    concerns: ([, least = ''], { neighbors }) =>
      neighbors.some(({ holdTime }) => holdTime > 0 && holdTime < Number(least)),
  },
  {
    line: /^bgp minimum-holdtime \d+$/,
    severity: 'warning',
    does: 'refuses a session whose peer proposes a shorter hold time',
    concerns: ([line], { neighbors }) =>
      neighbors.every(({ holdTime }) => holdTime === 0 || holdTime >= Number(line.split(' ')[2])),
  },
  {
    line: /^bgp confederation identifier (\S+)$/,
    severity: 'critical',
    does: 'makes FRR open its sessions with this AS instead of the local AS of the intent',
    concerns: ([, as], instance) => as !== String(instance.localAs) && hasExternal(instance),
  },
  {
    line: /^no bgp network import-check$/,
    severity: 'critical',
    does: 'announces the exported prefixes even while the router has no route to them',
    concerns: (_found, instance) => originated(instance).length > 0,
  },
  {
    line: /^bgp graceful-shutdown$/,
    severity: 'critical',
    does: 'marks every route with GRACEFUL_SHUTDOWN (RFC 8326), so that the peers avoid this router',
  },
  {
    line: /^bgp default local-preference \d+$/,
    severity: 'warning',
    does: 'sets the preference of every route for which the intent states none',
    concerns: (_found, { neighbors }) =>
      neighbors.some(({ ipv4Unicast, ipv6Unicast }) =>
        [ipv4Unicast, ipv6Unicast].some((family) => family?.import.localPreference === null),
      ),
  },
  {
    line: /^bgp suppress-fib-pending( \d+)?$/,
    severity: 'warning',
    does: 'announces a route only once the kernel has it',
  },
  {
    line: /^(no bgp ebgp-requires-policy)$/,
    severity: 'warning',
    does: 'lets a neighbour without a policy announce and receive every route',
    concerns: (_found, instance) => hasExternal(instance),
  },
  {
    line: /^bgp max-med (administrative|on-startup)/,
    severity: 'warning',
    does: 'announces the highest MED instead of the one that the intent states',
  },
  {
    line: /^no bgp fast-external-failover$/,
    severity: 'warning',
    does: 'keeps a session whose link is down until its hold time ends',
    concerns: (_found, instance) => hasExternal(instance),
  },
  {
    line: /^bgp long-lived-graceful-restart stale-time /,
    severity: 'warning',
    does: 'keeps the routes of a lost session in use for that many seconds',
  },
  {
    line: /^bgp reject-as-sets$/,
    severity: 'warning',
    does: 'refuses received routes that have an AS_SET, although the import permits them',
  },
  {
    line: /^bgp enforce-first-as$/,
    severity: 'warning',
    does: 'refuses received routes that do not begin with the AS of the peer',
    concerns: (_found, instance) => hasExternal(instance),
  },
  {
    line: /^(update-delay|advertisement-delay) /,
    severity: 'warning',
    does: 'delays all routes after a start of bgpd',
  },
  {
    line: /^bgp route-map delay-timer (\d+)$/,
    severity: 'warning',
    does: 'puts a changed policy in force only after that many seconds',
    concerns: ([, seconds]) => Number(seconds) > ROUTE_MAP_DELAY,
  },
  {
    line: /^bgp confederation peers (.+)$/,
    severity: 'critical',
    does: 'treats the AS of a peer of the intent as a part of the confederation',
    concerns: ([, members = ''], { neighbors }) =>
      neighbors.some(({ peerAs }) => members.split(' ').includes(String(peerAs))),
  },
]

/** Settings of an intent's address family in a block. */
export const FAMILY_SETTINGS: readonly BlockSetting[] = [
  {
    line: /^network (\S+) .*\bbackdoor\b/,
    severity: 'critical',
    does: 'keeps a prefix that the intent exports from being announced',
    concerns: ([, prefix = ''], instance, family) => originated(instance, family).includes(prefix),
  },
  {
    line: /^network (\S+) .*\broute-map /,
    severity: 'warning',
    does: 'lets its map decide whether a prefix that the intent exports is announced',
    concerns: ([, prefix = ''], instance, family) => originated(instance, family).includes(prefix),
  },
  {
    line: /^table-map /,
    severity: 'warning',
    does: 'filters or changes the routes on their way to the kernel, accepted ones of the intent too',
  },
  {
    line: /^aggregate-address \S+.* summary-only( |$)/,
    severity: 'warning',
    does: 'holds back the more specific routes inside it, exported ones of the intent too',
  },
  {
    line: /^aggregate-address .*suppress-map /,
    severity: 'warning',
    does: 'holds back the more specific routes inside it that its map selects',
  },
  {
    line: /^bgp dampening( |$)/,
    severity: 'warning',
    does: 'withholds routes that come and go, although the import permits them',
  },
  {
    line: /^distance (bgp )?.*\b255\b/,
    severity: 'critical',
    does: 'keeps routes out of the kernel: FRR never installs a route of distance 255',
  },
  {
    line: /^distance (?!.*\b255\b)/,
    severity: 'warning',
    does: 'changes which of the routes to a prefix FRR prefers over those of other protocols',
  },
  {
    line: /^import vrf (?!route-map )\S+$/,
    severity: 'warning',
    does: 'brings the routes of another VRF into this one, and the exports that permit them announce them',
  },
  {
    line: /^import vpn$/,
    severity: 'warning',
    does: 'brings routes of other VRFs into this one, and the exports that permit them announce them',
  },
  {
    line: /^export vpn$/,
    severity: 'warning',
    does: 'gives the routes that the neighbours of this VRF announced to other VRFs',
  },
]

/** Settings of the other address families that concern the routes of an intent. */
export const OTHER_FAMILY_SETTINGS: readonly BlockSetting[] = [
  {
    line: /^advertise (ipv4|ipv6) unicast( |$)/,
    severity: 'warning',
    does: 'gives the routes that the neighbours of this VRF announced to the EVPN neighbours',
  },
]

/** Settings of the whole bgpd, outside all blocks. */
export const DAEMON_SETTINGS: readonly BlockSetting[] = [
  {
    line: /^bgp graceful-shutdown$/,
    severity: 'critical',
    does: 'marks every route with GRACEFUL_SHUTDOWN (RFC 8326), so that the peers avoid this router',
  },
  {
    line: /^bgp (update-delay|advertisement-delay) /,
    severity: 'warning',
    does: 'delays all routes after a start of bgpd',
  },
  {
    line: /^bgp route-map delay-timer (\d+)$/,
    severity: 'warning',
    does: 'puts a changed policy in force only after that many seconds',
    concerns: ([, seconds]) => Number(seconds) > ROUTE_MAP_DELAY,
  },
  {
    line: /^bgp no-rib$/,
    severity: 'critical',
    does: 'keeps every route of BGP out of the kernel',
  },
  {
    line: /^bgp suppress-fib-pending( \d+)?$/,
    severity: 'warning',
    does: 'announces a route only once the kernel has it',
  },
]
