import * as z from 'zod'
import {
  BFD_DEFAULTS,
  CONNECT_RETRY,
  DISTANCE,
  EXPORT_DEFAULTS,
  FAMILY_DEFAULTS,
  HOLD_TIME,
  MAX_PREFIXES,
  NEIGHBOR_DEFAULTS,
  SUMMARY_ONLY,
} from '../model/intent-defaults.js'
import {
  absent,
  asRange,
  choice,
  community,
  flag,
  ipAddress,
  line,
  prefix,
  prefixRule,
  whole,
  wordOf,
} from './intent-fields.js'
import { INTENT_LIMITS } from './limits.js'

const UINT32 = 4_294_967_295

/** 0, 23456, 65535 and 4294967295 are not AS numbers (RFC 7607, 6793, 7300). */
export const asNumber = (what: string) =>
  whole(1, UINT32 - 1, `${what}, 1-4294967294 but not 23456 or 65535`).refine(
    (value) => value !== 23_456 && value !== 65_535,
    `${what}, 1-4294967294 but not 23456 or 65535`,
  )

const prefixes = (meaning: string) =>
  z.array(prefixRule).max(INTENT_LIMITS.prefixes).describe(meaning).exactOptional()
const communities = (meaning: string) =>
  z.array(community).max(INTENT_LIMITS.communities).describe(meaning).exactOptional()

const Aggregate = z.strictObject({
  prefix: prefix('an aggregate'),
  summaryOnly: absent(flag('whether the prefixes inside it are not announced'), SUMMARY_ONLY),
})

const StaticRouteField = z.strictObject({
  prefix: prefix('the destination of a static route'),
  nextHop: ipAddress('the next hop; a route has it or `discard`').exactOptional(),
  discard: z
    .literal(true, { error: 'true' })
    .describe('true: packets to the prefix are dropped, unless a more specific route has them')
    .exactOptional(),
  distance: absent(
    whole(1, 254, 'the administrative distance, 1-254; the lowest is used'),
    DISTANCE,
  ),
})

/** What one VRF has besides its neighbours. */
export const originFields = {
  aggregates: z
    .array(Aggregate.describe('one aggregate'))
    .max(INTENT_LIMITS.aggregatesPerVrf)
    .describe(
      'prefixes that are announced for the more specific ones inside them (RFC 4271 section 9.2.2.2)',
    )
    .exactOptional(),
  staticRoutes: z
    .array(StaticRouteField.describe('one static route'))
    .max(INTENT_LIMITS.staticRoutesPerVrf)
    .describe('static routes of the VRF, to a next hop or discarding')
    .exactOptional(),
}

const MaxPrefixesField = z.strictObject({
  limit: whole(1, UINT32, 'a number of prefixes, 1-4294967295'),
  warningPercent: absent(
    whole(1, 100, 'a percentage of the limit, 1-100'),
    MAX_PREFIXES.warningPercent,
  ),
  action: absent(choice(['warn', 'teardown'], 'what happens above the limit'), MAX_PREFIXES.action),
  restartMinutes: whole(
    1,
    65_535,
    'minutes until the session tries again, 1-65535',
  ).exactOptional(),
})

const asRanges = (meaning: string) =>
  z.array(asRange).min(1).max(INTENT_LIMITS.asRanges).describe(meaning).exactOptional()

/** The path is as the router has it: on the way out without its own AS. */
const AsPaths = z
  .strictObject({
    without: asRanges('AS numbers that are nowhere in the path'),
    startingWith: asRanges('AS numbers of which one is the first of the path'),
    originatedBy: asRanges('AS numbers of which one is the last of the path'),
    maxLength: whole(1, 50, 'AS numbers in the path at most, 1-50').exactOptional(),
  })
  .refine((value) => Object.keys(value).length > 0, 'must say something about a path')
  .meta({ minProperties: 1 })

const Import = z.strictObject({
  prefixes: prefixes('rules for the prefixes that are accepted; none is accepted where absent'),
  asPaths: AsPaths.describe(
    'what the AS path of an accepted route must keep, besides its prefix',
  ).exactOptional(),
  matchCommunities: communities(
    'communities of which an accepted route has one: one of two parts and one of three, where both are listed',
  ),
  maxPrefixes: MaxPrefixesField.describe(
    'the most prefixes that the neighbour may announce (FRR maximum-prefix)',
  ).exactOptional(),
  localPreference: whole(0, UINT32, 'a local preference, 0-4294967295').exactOptional(),
  communities: communities('communities added to accepted routes (RFC 1997, RFC 8092)'),
})

const Export = z.strictObject({
  prefixes: prefixes('rules for the prefixes that are announced; none is announced where absent'),
  asPaths: AsPaths.describe(
    'what the AS path of an announced route must keep, besides its prefix; a route of the router itself has an empty path',
  ).exactOptional(),
  prependAs: absent(
    whole(0, 10, 'how often the local AS is prepended to the path, 0-10'),
    EXPORT_DEFAULTS.prependAs,
  ),
  med: whole(0, UINT32, 'a multi-exit discriminator, 0-4294967295').exactOptional(),
  communities: communities('communities added to announced routes (RFC 1997, RFC 8092)'),
  defaultOriginate: absent(
    flag('whether a default route is announced, whether the router has one or not'),
    EXPORT_DEFAULTS.defaultOriginate,
  ),
  maxPrefixes: z
    .strictObject({ limit: whole(1, UINT32, 'a number of prefixes, 1-4294967295') })
    .describe(
      'the most prefixes that are announced (FRR maximum-prefix-out); the rest stays inside, and the session stays up',
    )
    .exactOptional(),
})

/** Without `import` no route is accepted, without `export` none is announced (RFC 8212). */
export const FamilyShape = z.strictObject({
  import: Import.describe(
    'what is accepted from the neighbour; nothing where absent (RFC 8212)',
  ).exactOptional(),
  export: Export.describe(
    'what is announced to the neighbour; nothing where absent (RFC 8212)',
  ).exactOptional(),
  nextHopSelf: absent(
    flag("whether announced routes have the router's own address as their next hop"),
    FAMILY_DEFAULTS.nextHopSelf,
  ),
  allowAsIn: whole(
    1,
    10,
    "how often the router's own AS may be in the path of an accepted route, 1-10; not once where absent",
  ).exactOptional(),
  asOverride: absent(
    flag("whether the neighbour's own AS in the path of an announced route is replaced"),
    FAMILY_DEFAULTS.asOverride,
  ),
})

/** RFC 5880, with the limits of FRR 8.4. */
const BfdField = z.strictObject({
  desiredMinimumTxInterval: absent(
    whole(10, 60_000, 'the interval in ms at which the router wants to send, 10-60000'),
    BFD_DEFAULTS.desiredMinimumTxInterval,
  ),
  requiredMinimumReceive: absent(
    whole(10, 60_000, 'the least interval in ms at which the router can receive, 10-60000'),
    BFD_DEFAULTS.requiredMinimumReceive,
  ),
  detectionMultiplier: absent(
    whole(2, 255, 'the packets in a row whose loss ends the session, 2-255'),
    BFD_DEFAULTS.detectionMultiplier,
  ),
  strict: absent(
    flag('whether BGP waits until BFD is up, which needs FRR 10.4 or newer'),
    BFD_DEFAULTS.strict,
  ),
})

export const NeighborShape = z.strictObject({
  neighborAddress: ipAddress("the neighbour's address"),
  peerAs: asNumber(
    "the neighbour's AS number; required unless the profile of the provider fixes it",
  ).exactOptional(),
  localAs: asNumber(
    'the AS number that the router shows this neighbour in place of its own',
  ).exactOptional(),
  description: line('a description', 64).exactOptional(),
  authPassword: z
    .strictObject(
      { secret: wordOf('the name of a secret') },
      { error: 'an object with the name of a secret, such as { "secret": "net-a-bgp" }' },
    )
    .describe('the TCP MD5 password (RFC 2385), by the name of the secret that holds it')
    .exactOptional(),
  holdTime: absent(
    whole(0, 65_535, 'a hold time in seconds, 0 or 3-65535').refine(
      (value) => value !== 1 && value !== 2,
      'a hold time in seconds, 0 or 3-65535',
    ),
    HOLD_TIME,
  ),
  keepaliveInterval: whole(
    0,
    21_845,
    'a keepalive interval in seconds, below the hold time; a third of it where absent',
  ).exactOptional(),
  connectRetry: absent(whole(1, 65_535, 'a connect retry time in seconds, 1-65535'), CONNECT_RETRY),
  bfd: BfdField.describe('a BFD session beside the BGP session; none where absent').exactOptional(),
  multihop: absent(whole(1, 255, 'hops to the neighbour, 1-255'), NEIGHBOR_DEFAULTS.multihop),
  ttlSecurity: whole(
    1,
    254,
    'hops to the neighbour, 1-254: packets that came over more are dropped (GTSM, RFC 5082)',
  ).exactOptional(),
  updateSource: ipAddress("one of the router's own addresses").exactOptional(),
  gracefulRestart: absent(
    choice(['helper', 'restarter', 'disabled'], "the router's part in graceful restart (RFC 4724)"),
    NEIGHBOR_DEFAULTS.gracefulRestart,
  ),
  shutdown: z
    .strictObject({ message: line('a shutdown message', 128).exactOptional() })
    .describe('present: the session is shut down; the message goes to the neighbour (RFC 9003)')
    .exactOptional(),
  drain: absent(
    flag('whether the neighbour is asked to move traffic away (RFC 8326)'),
    NEIGHBOR_DEFAULTS.drain,
  ),
  ipv4Unicast: FamilyShape.describe(
    'IPv4 unicast routes; the family is off where absent',
  ).exactOptional(),
  ipv6Unicast: FamilyShape.describe(
    'IPv6 unicast routes; the family is off where absent',
  ).exactOptional(),
})
