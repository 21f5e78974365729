import { z } from 'zod'
import {
  choice,
  community,
  flag,
  ipAddress,
  line,
  prefixRule,
  whole,
  word,
} from './intent-fields.js'
import { INTENT_LIMITS } from './intent-limits.js'

const UINT32 = 4_294_967_295

/** 0, 23456, 65535 and 4294967295 name no AS (RFC 7607, 6793, 7300). */
export const asNumber = (what: string) =>
  whole(1, UINT32 - 1, `${what}, 1-4294967294 but not 23456 or 65535`).refine(
    (value) => value !== 23_456 && value !== 65_535,
    `${what}, 1-4294967294 but not 23456 or 65535`,
  )

const prefixes = z.array(prefixRule).max(INTENT_LIMITS.prefixes).optional()
const communities = z.array(community).max(INTENT_LIMITS.communities).optional()

export const MaxPrefixesField = z.strictObject({
  limit: whole(1, UINT32, 'a number of prefixes, 1-4294967295'),
  warningPercent: whole(1, 100, 'a percentage of the limit, 1-100').optional(),
  action: choice(['warn', 'teardown'], 'what happens above the limit').optional(),
  restartMinutes: whole(1, 65_535, 'minutes until the session tries again, 1-65535').optional(),
})

const Import = z.strictObject({
  prefixes,
  maxPrefixes: MaxPrefixesField.optional(),
  localPreference: whole(0, UINT32, 'a local preference, 0-4294967295').optional(),
  communities,
})

const Export = z.strictObject({
  prefixes,
  prependAs: whole(0, 10, 'how many more times the local AS is said, 0-10').optional(),
  med: whole(0, UINT32, 'a multi-exit discriminator, 0-4294967295').optional(),
  communities,
})

/** Without import nothing is accepted, without export nothing is announced (RFC 8212). */
export const Family = z.strictObject({ import: Import.optional(), export: Export.optional() })

/** RFC 5880; limits are those FRR 8.4 takes. */
const Bfd = z.strictObject({
  desiredMinimumTxInterval: whole(10, 60_000, 'an interval in ms, 10-60000').optional(),
  requiredMinimumReceive: whole(10, 60_000, 'an interval in ms, 10-60000').optional(),
  detectionMultiplier: whole(2, 255, 'a multiplier, 2-255').optional(),
})

export const Neighbor = z.strictObject({
  neighborAddress: ipAddress("the neighbour's address"),
  peerAs: asNumber("the neighbour's AS number"),
  description: line('a description', 64).optional(),
  authPassword: z.strictObject({ secret: word('the name of a secret') }).optional(),
  holdTime: whole(0, 65_535, 'a hold time in seconds, 0 or 3-65535')
    .refine((value) => value !== 1 && value !== 2, 'a hold time in seconds, 0 or 3-65535')
    .optional(),
  keepaliveInterval: whole(0, 21_845, 'a keepalive interval in seconds, 0-21845').optional(),
  connectRetry: whole(1, 65_535, 'a connect retry time in seconds, 1-65535').optional(),
  bfd: Bfd.optional(),
  multihop: whole(1, 255, 'hops to the neighbour, 1-255').optional(),
  updateSource: ipAddress("one of the router's own addresses").optional(),
  gracefulRestart: choice(
    ['helper', 'restarter', 'disabled'],
    "the router's part in graceful restart (RFC 4724); helper where absent",
  ).optional(),
  shutdown: z.strictObject({ message: line('a shutdown message', 128).optional() }).optional(),
  drain: flag('whether traffic is asked away (RFC 8326); false where absent').optional(),
  ipv4Unicast: Family.optional(),
  ipv6Unicast: Family.optional(),
})
