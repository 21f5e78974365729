/**
 * The rungs from the bottom up, each with its name for people and what it proves when it is ok. `docs/doctor.md` lists
 * them.
 */
export const RUNGS = {
  module: { title: 'module', proves: 'the module is there and answers' },
  'light-in': { title: 'light in', proves: "the far end's light arrives within the limits" },
  'light-out': {
    title: 'light out',
    proves: "this end's light leaves, and the far end receives it",
  },
  link: { title: 'link', proves: 'both ends agree on speed and negotiation' },
  lacp: { title: 'LACP', proves: 'both ends have these ports in one bundle' },
  vlan: { title: 'VLAN', proves: 'the far end has this VLAN on this link' },
  address: { title: 'address', proves: 'this router has its addresses, and nobody else has them' },
  'neighbor-mac': { title: "neighbor's MAC", proves: 'the neighbor answers at layer 2' },
  tcp: { title: 'TCP 179', proves: 'TCP reaches the BGP of the neighbor' },
  open: { title: 'OPEN', proves: 'both ends accept AS number, hold time and families' },
  established: { title: 'established', proves: 'the session is up, and nothing holds it' },
  'routes-in': { title: 'routes in', proves: 'packets to the cloud have a route' },
  'routes-out': { title: 'routes out', proves: 'the cloud has a route back' },
  traffic: { title: 'traffic', proves: 'packets go there and come back' },
  'full-size': { title: 'full size', proves: 'packets of the full MTU pass both ways' },
} as const

export type RungName = keyof typeof RUNGS
export const RUNG_NAMES = Object.keys(RUNGS) as [RungName, ...RungName[]]

/** `warning`: it works, and not as it should. `skipped`: a rung below it fails, or it does not apply. */
export const RUNG_STATES = ['ok', 'warning', 'failed', 'unknown', 'skipped'] as const
export type RungState = (typeof RUNG_STATES)[number]

/** Who has to mend it. PATH: what lies between both ends, the fibre or equipment; UNKNOWN: it cannot be measured from here. */
export const LADDER_SIDES = ['ROUTER', 'FIBRE', 'PATH', 'PEER', 'UNKNOWN'] as const
export type LadderSide = (typeof LADDER_SIDES)[number]

/** Sides as a sentence has them after "the fault is". */
export const SIDE_WORDS: Readonly<Record<LadderSide, string>> = {
  ROUTER: 'on this side',
  FIBRE: 'on the fibre',
  PATH: 'on the path between both ends',
  PEER: 'on the far side',
  UNKNOWN: 'on a side that cannot be measured from here',
}

export interface Rung {
  readonly rung: RungName
  /** `port enp1s0f0`, `connection dl-par`, `attachment net-a`, `neighbor 10.0.0.1` or `host 10.64.0.1`. */
  readonly place: string
  readonly state: RungState
  /** What was measured; of a rung that is not ok, a sentence with what to do. */
  readonly text: string
  /** Of a rung that failed, or works badly; null otherwise. */
  readonly side: LadderSide | null
  /** When it was measured, ISO 8601 UTC; null: it was not. */
  readonly at: string | null
}

/** `degraded`: it works, and something is wrong. `unknown`: nothing shows that it works or fails. */
export const LADDER_RESULTS = ['works', 'degraded', 'fails', 'unknown'] as const
export type LadderResult = (typeof LADDER_RESULTS)[number]

export interface Ladder {
  readonly attachment: string
  readonly result: LadderResult
  /** One sentence: the side, the rung, the figures, what to do. */
  readonly verdict: string
  /** The rung that the verdict names; null: none is wrong. */
  readonly cause: Rung | null
  /** From the bottom up; those of one neighbour stay together. */
  readonly rungs: readonly Rung[]
}

/** What was measured live. What is absent or null was not measured. */
export interface Measurements {
  /** Octets that came and went on the attachment's interface while the neighbours were asked. */
  readonly frames: FrameCount | null
  /** Own addresses that another host has as well, with its MAC address. */
  readonly duplicates: readonly Duplicate[]
  /** By address of the neighbour. */
  readonly neighbors: ReadonlyMap<string, HostMeasurements>
  /** By address of a host beyond the neighbours that the operator named. */
  readonly hosts: ReadonlyMap<string, Pick<HostMeasurements, 'echo' | 'fullSize'>>
}

export interface FrameCount {
  readonly inOctets: number
  readonly outOctets: number
  /** Milliseconds. */
  readonly within: number
  readonly at: string
}

export interface Duplicate {
  readonly address: string
  readonly mac: string
}

export interface HostMeasurements {
  /** The kernel asked for the link-layer address anew. */
  readonly mac: Timed<'answers' | 'silent'> | null
  /** A connection from the attachment's own address to port 179. */
  readonly tcp: Timed<'open' | 'refused' | 'silent' | 'unreachable'> | null
  /** Accepted routes of it with the community GRACEFUL_SHUTDOWN (RFC 8326). */
  readonly draining: Timed<number> | null
  readonly echo: Echo | null
  readonly fullSize: FullSize | null
}

export interface Timed<Value> {
  readonly value: Value
  /** ISO 8601 UTC. */
  readonly at: string
}

/** ICMP echo requests from the attachment's own address. */
export interface Echo {
  readonly sent: number
  readonly received: number
  /** Milliseconds, the mean; null: none came back. */
  readonly roundTrip: number | null
  readonly at: string
}

/** Echo requests that may not be fragmented. Sizes are octets of the IP packet. */
export interface FullSize {
  /** The MTU of the attachment. */
  readonly size: number
  readonly passes: boolean
  /** The largest size that was tried and came back; null: none did, or all did. */
  readonly largest: number | null
  readonly at: string
}

export const NOTHING_MEASURED: Measurements = {
  frames: null,
  duplicates: [],
  neighbors: new Map(),
  hosts: new Map(),
}
