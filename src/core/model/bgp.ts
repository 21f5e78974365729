import type { Ifname, IpText, Line, Prefix, SecretDigest, Word } from './names.js'

/** One `router bgp` block. */
export interface BgpInstance {
  /** null: the default VRF. */
  readonly vrf: Ifname | null
  readonly localAs: number
  readonly routerId: IpText
  /** 1-64 eBGP and iBGP equal-cost paths. */
  readonly maximumPaths: number
  /** Announced for the prefixes inside them, as far as the exports permit it; each prefix once. */
  readonly aggregates: readonly Aggregate[]
  readonly neighbors: readonly BgpNeighbor[]
}

/** A prefix that is in BGP while the router has a BGP route inside it. */
export interface Aggregate {
  readonly prefix: Prefix
  /** The prefixes inside it are not announced. */
  readonly summaryOnly: boolean
}

export interface BgpNeighbor {
  /** The attachment it belongs to; with the address it names lists and maps. */
  readonly attachment: Word
  readonly address: IpText
  readonly peerAs: number
  /** The AS that the router shows this neighbour in place of its own; null: its own. */
  readonly localAs: number | null
  readonly description: Line | null
  readonly password: SecretDigest | null
  /** Seconds, 0 or 3-65535. */
  readonly holdTime: number
  /** Seconds, 0-21845, below the hold time. */
  readonly keepaliveInterval: number
  /** Seconds, 1-65535. */
  readonly connectRetry: number
  readonly bfd: BfdSession | null
  /** Hops, 1-255; 1 is a directly connected neighbour. */
  readonly multihop: number
  /** GTSM (RFC 5082): packets that came over more hops are dropped, 1-254; null: off. Excludes `multihop`. */
  readonly ttlSecurity: number | null
  readonly updateSource: IpText | null
  readonly gracefulRestart: 'helper' | 'restarter' | 'disabled'
  /** RFC 9003 message; null: not shut down. */
  readonly shutdown: { readonly message: Line | null } | null
  /** RFC 8326: announce with GRACEFUL_SHUTDOWN and accept with the lowest preference. */
  readonly drain: boolean
  readonly ipv4Unicast: AddressFamily | null
  readonly ipv6Unicast: AddressFamily | null
}

export interface BfdTimers {
  /** ms, 10-60000. */
  readonly desiredMinimumTxInterval: number
  readonly requiredMinimumReceive: number
  /** 2-255. */
  readonly detectionMultiplier: number
}

export interface BfdSession extends BfdTimers {
  /** BGP waits until BFD is up. */
  readonly strict: boolean
}

export interface AddressFamily {
  /** Announced routes have the router's own address as the next hop, also those of another neighbour. */
  readonly nextHopSelf: boolean
  /** How often the local AS may be in the path of an accepted route, 1-10; null: not once (RFC 4271). */
  readonly allowAsIn: number | null
  /** The neighbour's AS in the path of an announced route is replaced by the local AS. */
  readonly asOverride: boolean
  readonly import: ImportPolicy
  readonly export: ExportPolicy
}

/** Empty `prefixes` carry nothing: deny by default (RFC 8212). */
export interface ImportPolicy {
  readonly prefixes: readonly PrefixRule[]
  /** Routes must also pass this; null: any path does. */
  readonly asPaths: AsPathPolicy | null
  /** Routes must have one of these, one of each size that is named; empty: they need none. */
  readonly matchCommunities: readonly Community[]
  readonly localPreference: number | null
  readonly communities: readonly Community[]
  readonly maxPrefixes: MaxPrefixes | null
}

export interface ExportPolicy {
  readonly prefixes: readonly PrefixRule[]
  readonly asPaths: AsPathPolicy | null
  /** 0-10 more copies of the AS that the neighbour sees. */
  readonly prependAs: number
  readonly med: number | null
  /** Announces a default route, whether the router has one or not. */
  readonly defaultOriginate: boolean
  /** The most prefixes that are announced; more stay inside, and the session stays up. null: no limit. */
  readonly maxPrefixes: number | null
  /** `maxPrefixes` is a share of what the sessions to one gateway of the provider may announce together; null: it is not. */
  readonly shareOf: GatewayBudget | null
  readonly communities: readonly Community[]
}

/** Which AS paths pass; a path must keep all of it. Ranges are in order and apart. */
export interface AsPathPolicy {
  /** None of these is in the path. */
  readonly without: readonly AsRange[]
  /** The first AS, that of the neighbour, is one of these; empty: any. */
  readonly startingWith: readonly AsRange[]
  /** The last AS, where the route comes from, is one of these; empty: any. */
  readonly originatedBy: readonly AsRange[]
  /** AS numbers in the path at most, 1-50, each time that one occurs; null: any. */
  readonly maxLength: number | null
}

/** AS numbers, both ends included. */
export interface AsRange {
  readonly low: number
  readonly high: number
}

/** The most prefixes that all sessions to a gateway of the provider announce together. */
export interface GatewayBudget {
  readonly gateway: Word
  readonly limit: number
}

export interface PrefixRule {
  readonly prefix: Prefix
  /** Prefix lengths that match, as in `10.0.0.0/8 ge 16 le 24`; null: exactly the prefix's own. */
  readonly ge: number | null
  readonly le: number | null
}

/** `ASN:VALUE` (RFC 1997), `A:B:C` (RFC 8092) or a well-known name such as `no-export`. */
export type Community = string & { readonly [community]: true }
declare const community: unique symbol

/** The well-known communities FRR 8.4 and newer print by name (IANA registry, RFC 1997, 3765, 7999, 8326). */
const WELL_KNOWN = /^(no-export|no-advertise|local-AS|no-peer|graceful-shutdown|blackhole)$/

/**
 * Checks the three spellings and takes only the one FRR prints: numbers with a reserved first half
 * of 65535, and `0:0` (`internet`), come back from a running configuration as names.
 */
export function toCommunity(text: string): Community | undefined {
  const parts = text.split(':')
  const limit = parts.length === 2 ? 0xffff : 0xffffffff
  const numeric =
    (parts.length === 2 || parts.length === 3) &&
    parts.every((part) => /^(0|[1-9]\d{0,9})$/.test(part) && Number(part) <= limit)
  const named = parts.length === 2 && (parts[0] === '65535' || text === '0:0')
  return (numeric && !named) || WELL_KNOWN.test(text) ? (text as Community) : undefined
}

export interface MaxPrefixes {
  readonly limit: number
  /** 1-100. */
  readonly warningPercent: number
  readonly action: 'warn' | 'teardown'
  /** Minutes until a torn-down session tries again, 1-65535; null: never. */
  readonly restartMinutes: number | null
}
