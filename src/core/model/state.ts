import type { Fault } from '../base/fault.js'
import type { OpticReading } from './optic.js'
import type { Conflict } from './host-facts.js'

/** All that the health rules read, from one turn of the loop. Names are the intent's. */
export interface RouterState {
  /** Wall clock, ISO 8601 UTC. */
  readonly at: string
  /** The agent's id; the host's own name is {@link HostState.hostname}. */
  readonly router: string
  readonly host: HostState
  readonly frr: FrrState
  /** Conflicts between demarc and other programs and settings of this host. */
  readonly conflicts: readonly Conflict[]
  /** What keeps the intent from being in force, as the last look at the configuration found it. */
  readonly unrepaired?: readonly Fault[]
  readonly ports: readonly PortState[]
  readonly connections: readonly ConnectionState[]
  readonly attachments: readonly AttachmentState[]
  readonly neighbors: readonly NeighborState[]
}

export interface HostState {
  readonly hostname: string
  readonly os: string
  readonly kernel: string
  readonly cpus: number
  /** Octets. */
  readonly memoryTotal: number
  readonly memoryAvailable: number
  readonly load1: number
  /** Seconds. */
  readonly uptime: number
}

export type FrrState =
  | { readonly reachable: true; readonly version: string }
  | { readonly reachable: false; readonly reason: string }

/** What the kernel shows of a port. */
export interface PortLink {
  readonly name: string
  readonly present: boolean
  readonly adminUp: boolean
  readonly carrier: boolean
  /** Mb/s; null when unknown. */
  readonly speed: number | null
  readonly duplex: 'full' | 'half' | 'unknown'
  readonly autoNegotiate: boolean | null
  readonly mac: string | null
  /** Changes of the carrier since boot (sysfs carrier_changes, IFLA_CARRIER_CHANGES). */
  readonly carrierTransitions: number
  readonly counters: PortCounters
}

export interface PortState extends PortLink {
  /** The PMD that the intent expects; null: none. */
  readonly expectedOptic: string | null
  /** null: the intent expects none. */
  readonly expectedAutoNegotiate: boolean | null
  readonly optic: OpticReading
}

export interface PortCounters {
  readonly inOctets: number
  readonly outOctets: number
  readonly inErrors: number
  readonly outErrors: number
}

export interface ConnectionState {
  readonly name: string
  /** The interface that carries it: the port or the bond. */
  readonly interface: string
  /** The ports the intent gives it, whether or not they are members now. */
  readonly ports: readonly string[]
  readonly present: boolean
  readonly carrier: boolean
  /** null on a single-port connection. */
  readonly lacp: LacpState | null
}

export interface LacpState {
  readonly minLinks: number
  /** `00:00:00:00:00:00` before the first LACPDU of a partner. */
  readonly partnerId: string
  readonly partnerKey: number
  readonly members: readonly LacpMemberState[]
}

/** IEEE 802.1AX actor and partner state of one member; names as in openconfig-lacp. */
export interface LacpMemberState {
  readonly port: string
  readonly linkUp: boolean
  /** In the aggregator that carries traffic. */
  readonly inAggregate: boolean
  readonly synchronization: boolean
  readonly collecting: boolean
  readonly distributing: boolean
  readonly partnerExpired: boolean
  readonly partnerId: string
}

export interface AttachmentState {
  readonly name: string
  readonly connection: string
  readonly interface: string
  /** null: untagged. */
  readonly vlanId: number | null
  readonly present: boolean
  readonly up: boolean
  readonly carrier: boolean
  /** Octets; null when the interface is missing. */
  readonly mtu: number | null
  /** The MTU that the intent sets; null: none. */
  readonly expectedMtu: number | null
  readonly addresses: readonly string[]
  readonly missingAddresses: readonly string[]
  readonly bridge: string | null
}

export interface NeighborState {
  readonly attachment: string
  readonly address: string
  readonly vrf: string | null
  readonly peerAs: number
  /** RFC 4271 states as FRR prints them, or `missing`. */
  readonly sessionState:
    'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established' | 'missing'
  /** The session is administratively shut down by the intent. */
  readonly adminDown: boolean
  readonly drained: boolean
  /** Seconds since 1970, computed by bgpd at each read; null when the session is not up. */
  readonly lastEstablished: number | null
  readonly establishedTransitions: number
  /** FRR's text for the last reset. */
  readonly lastError: string | null
  readonly bfd: BfdState | null
  readonly families: readonly FamilyState[]
}

export interface BfdState {
  readonly sessionState: 'up' | 'down' | 'admin-down' | 'unknown'
}

export interface FamilyState {
  readonly family: 'ipv4-unicast' | 'ipv6-unicast'
  readonly received: number
  readonly sent: number
  readonly limit: number | null
}
