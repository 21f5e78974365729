/** What a key means that an intent leaves out. The schemas have these as `default`; `toWant` fills them in. */

/** Octets; the payload of an Ethernet frame (IEEE 802.3). */
export const MTU = 1500

/** bonding.rst recommends polling at 100 ms; the rest are the kernel's own defaults, hash apart. */
export const BOND_DEFAULTS = {
  minLinks: 1,
  hash: 'layer3+4',
  adSelect: 'stable',
  miimon: 100,
  upDelay: 0,
  downDelay: 0,
  systemPriority: 65_535,
  userPortKey: 0,
} as const

/** Seconds; openconfig-bgp-common `hold-time` and `connect-retry`. Keepalive is a third (RFC 4271). */
export const HOLD_TIME = 90
export const CONNECT_RETRY = 30

/** A third of the hold time, RFC 4271 section 10. */
export function keepaliveOf(holdTime: number): number {
  return Math.floor(holdTime / 3)
}

/** The providers document 300 ms times three (AWS, Azure, Yandex). */
export const BFD_DEFAULTS = {
  desiredMinimumTxInterval: 300,
  requiredMinimumReceive: 300,
  detectionMultiplier: 3,
  strict: false,
} as const

/** FRR's own defaults for `maximum-prefix`. */
export const MAX_PREFIXES = { warningPercent: 75, action: 'teardown' } as const

/** One hop, and only a helper in the graceful restart of a peer (RFC 4724). */
export const NEIGHBOR_DEFAULTS = { multihop: 1, gracefulRestart: 'helper', drain: false } as const
export const MAXIMUM_PATHS = 1
export const FAMILY_DEFAULTS = { nextHopSelf: false, asOverride: false } as const
export const EXPORT_DEFAULTS = { prependAs: 0, defaultOriginate: false } as const
export const SUMMARY_ONLY = false

/** The distance of a static route in FRR, below that of every routing protocol. */
export const DISTANCE = 1
export const STP = false

/** Seconds between two echo requests; what is probed. */
export const PROBE_DEFAULTS = { interval: 1, neighbors: true, fullSize: true } as const

/** The speeds that an intent can set on a port, in Mb/s: those of the links that providers offer. */
export const SPEEDS = [1000, 10_000, 25_000, 40_000, 100_000] as const
