/** Limits on everything that a peer can make grow; both ends enforce the same figures. */
export const LIMITS = {
  /** Octets of one message to an agent: an intent with 4,000 attachments and their neighbours fits. */
  frame: 16 * 1024 * 1024,
  /** Octets of one message to a hub. A larger health document is sent in several reports. */
  frameToHub: 1024 * 1024,
  /** Octets that may be sent before hello. */
  frameBeforeHello: 64 * 1024,
  /** Objects and lists inside each other; an intent in its message needs eleven. */
  depth: 32,
  /** Members of one object. */
  keysPerObject: 16_384,
  /** Members, items, objects and lists of one message to an agent. */
  values: 524_288,
  /** The same of one message to a hub. */
  valuesToHub: 32_768,
  /** Octets of the health document of one router as the hub stores it. */
  health: 4 * 1024 * 1024,
  /** Messages a second, averaged over `burst`, before reading is paused. */
  messagesPerSecond: 200,
  /** Messages taken at once after a quiet time. */
  burst: 1000,
  /** Octets a second, averaged over `octetBurst`, before reading is paused. */
  octetsPerSecond: 128 * 1024,
  /** Octets that each member or item of a message counts for at least: reading many takes longer. */
  octetsPerValue: 32,
  /** Octets that an agent takes at once after a quiet time. */
  octetBurst: 16 * 1024 * 1024,
  /** Octets that a hub takes at once of one router after a quiet time. */
  octetBurstToHub: 2 * 1024 * 1024,
  /** Connections that one router may have at a hub: the one in use, and the one that replaces it. */
  connectionsPerRouter: 2,
  /** The highest number of a report; a router that sends a million a second needs nine years for them. */
  sequence: 2 ** 48,
  /** Requests one side may have open at the other. */
  requestsInFlight: 64,
  /** Octets waiting to be sent before the connection counts as stuck. */
  sendBuffer: 32 * 1024 * 1024,
  /** Events in one report. */
  eventsPerReport: 500,
  /** Passwords that come with one push. */
  secretsPerPush: 4096,
  /** Probes of one push; each ping is a process. */
  probesPerPush: 16,
  /** Faults in one answer; the rest are counted. */
  faultsPerAnswer: 200,
  /** Effects and steps in one plan summary; the rest are counted. */
  planLines: 2000,
} as const

/** What the text of one message may hold. It is checked before anything is made of the text. */
export interface JsonBounds {
  readonly depth: number
  readonly keysPerObject: number
  readonly values: number
}

/** What one side takes of messages. */
export interface MessageBounds extends JsonBounds {
  /** Octets of one message. */
  readonly frame: number
  /** Octets taken at once after a quiet time. */
  readonly octetBurst: number
}

/** What each kind of receiver takes. A hub serves many routers, so that one message may cost it less time. */
export const BOUNDS = {
  toHub: {
    frame: LIMITS.frameToHub,
    depth: LIMITS.depth,
    keysPerObject: LIMITS.keysPerObject,
    values: LIMITS.valuesToHub,
    octetBurst: LIMITS.octetBurstToHub,
  },
  toAgent: {
    frame: LIMITS.frame,
    depth: LIMITS.depth,
    keysPerObject: LIMITS.keysPerObject,
    values: LIMITS.values,
    octetBurst: LIMITS.octetBurst,
  },
} as const satisfies Readonly<Record<string, MessageBounds>>

/** The receiver of a message: a hub, or an agent and its commands. */
export type Direction = keyof typeof BOUNDS

/** Characters of a text on the wire; what is longer is cut before it is sent. */
export const TEXT_LIMITS = {
  /** What something is about: a subject of a plan, a place in an export, a witness. */
  subject: 256,
  /** Why, in one sentence: of an effect, an event, an error. */
  sentence: 1024,
  /** One step of a plan in words. */
  step: 2048,
  /** Why a connection or an attachment has its state: there are thousands of them. */
  lifecycle: 512,
  /** A name or a version of a platform. */
  platform: 128,
} as const

/** At most `limit` characters; what was cut shows by its last one, `…`. */
export function cutText(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}

/** Limits of one intent; both ends enforce the same figures. */
export const INTENT_LIMITS = {
  /** Characters of the JSON text; half of `LIMITS.frame`. */
  text: 8 * 1024 * 1024,
  vrfs: 256,
  connections: 64,
  /** IEEE 802.1AX bundles of eight are what switches commonly take. */
  portsPerConnection: 8,
  /** Rules of a provider that one connection does not keep. */
  acceptedRules: 64,
  attachments: 8192,
  addressesPerAttachment: 16,
  membersPerBridge: 64,
  neighborsPerAttachment: 1024,
  /** Prefix rules of one list. */
  prefixes: 1000,
  communities: 32,
  asRanges: 64,
  idsPerCircuit: 8,
  hostsPerProbe: 16,
  /** Addresses that all attachments probe. */
  probeTargets: 1000,
  /** Echo requests a second to all of them. */
  probeRate: 600,
  /** Processes that send them; see `proberGroups`. */
  probers: 32,
  /** Characters of the JSON text of all circuits: they are carried in the health, see `LIMITS.health`. */
  circuits: 512 * 1024,
  aggregatesPerVrf: 256,
  staticRoutesPerVrf: 1000,
  /** Faults of one answer; the rest are counted in a last one. */
  faults: 1000,
} as const
