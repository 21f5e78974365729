/** Limits of one intent; both ends enforce the same figures. */
export const INTENT_LIMITS = {
  /** Characters of the JSON text; half a frame (see `limits.ts`). */
  text: 8 * 1024 * 1024,
  vrfs: 256,
  connections: 64,
  /** IEEE 802.1AX bundles of eight are what switches commonly take. */
  portsPerConnection: 8,
  attachments: 8192,
  addressesPerAttachment: 16,
  membersPerBridge: 64,
  neighborsPerAttachment: 1024,
  /** Prefix rules of one list. */
  prefixes: 1000,
  communities: 32,
  /** Faults of one answer; the rest are counted in a last one. */
  faults: 1000,
} as const
