import * as z from 'zod'
import {
  BFD_DEFAULTS,
  CONNECT_RETRY,
  HOLD_TIME,
  MAX_PREFIXES,
  NEIGHBOR_DEFAULTS,
  PREPEND_AS,
} from './intent-defaults.js'
import {
  absent,
  choice,
  community,
  flag,
  ipAddress,
  line,
  prefixRule,
  whole,
  wordOf,
} from './intent-fields.js'
import { INTENT_LIMITS } from './intent-limits.js'

const UINT32 = 4_294_967_295

/** 0, 23456, 65535 and 4294967295 are not AS numbers (RFC 7607, 6793, 7300). */
export const asNumber = (what: string) =>
  whole(1, UINT32 - 1, `${what}, 1-4294967294 but not 23456 or 65535`).refine(
    (value) => value !== 23_456 && value !== 65_535,
    `${what}, 1-4294967294 but not 23456 or 65535`,
  )

const prefixes = z.array(prefixRule).max(INTENT_LIMITS.prefixes).exactOptional()
const communities = z.array(community).max(INTENT_LIMITS.communities).exactOptional()

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

const Import = z.strictObject({
  prefixes,
  maxPrefixes: MaxPrefixesField.exactOptional(),
  localPreference: whole(0, UINT32, 'a local preference, 0-4294967295').exactOptional(),
  communities,
})

const Export = z.strictObject({
  prefixes,
  prependAs: absent(whole(0, 10, 'how many more times the local AS is said, 0-10'), PREPEND_AS),
  med: whole(0, UINT32, 'a multi-exit discriminator, 0-4294967295').exactOptional(),
  communities,
})

/** Without `import` no route is accepted, without `export` none is announced (RFC 8212). */
export const FamilyShape = z.strictObject({
  import: Import.exactOptional(),
  export: Export.exactOptional(),
})

/** RFC 5880, with the limits of FRR 8.4. */
const BfdField = z.strictObject({
  desiredMinimumTxInterval: absent(
    whole(10, 60_000, 'an interval in ms, 10-60000'),
    BFD_DEFAULTS.desiredMinimumTxInterval,
  ),
  requiredMinimumReceive: absent(
    whole(10, 60_000, 'an interval in ms, 10-60000'),
    BFD_DEFAULTS.requiredMinimumReceive,
  ),
  detectionMultiplier: absent(
    whole(2, 255, 'a multiplier, 2-255'),
    BFD_DEFAULTS.detectionMultiplier,
  ),
})

export const NeighborShape = z.strictObject({
  neighborAddress: ipAddress("the neighbour's address"),
  peerAs: asNumber("the neighbour's AS number"),
  description: line('a description', 64).exactOptional(),
  authPassword: z
    .strictObject(
      { secret: wordOf('the name of a secret') },
      { error: 'an object with the name of a secret, such as { "secret": "net-a-bgp" }' },
    )
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
  bfd: BfdField.exactOptional(),
  multihop: absent(whole(1, 255, 'hops to the neighbour, 1-255'), NEIGHBOR_DEFAULTS.multihop),
  updateSource: ipAddress("one of the router's own addresses").exactOptional(),
  gracefulRestart: absent(
    choice(['helper', 'restarter', 'disabled'], "the router's part in graceful restart (RFC 4724)"),
    NEIGHBOR_DEFAULTS.gracefulRestart,
  ),
  shutdown: z
    .strictObject({ message: line('a shutdown message', 128).exactOptional() })
    .exactOptional(),
  drain: absent(flag('whether traffic is asked away (RFC 8326)'), NEIGHBOR_DEFAULTS.drain),
  ipv4Unicast: FamilyShape.exactOptional(),
  ipv6Unicast: FamilyShape.exactOptional(),
})
