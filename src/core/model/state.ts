import type { Fault } from '../base/fault.js'
import type { Millis, Seconds } from '../base/time.js'
import type { GatewayBudget } from './bgp.js'
import type { Circuit, LinkModes, LinkModeSettings, Protection, ProtectionCounts } from './link.js'
import type { Line } from './names.js'
import type { PortLight } from './light.js'
import type { OpticReading } from './optic.js'
import type { BmpPlace, Conflict } from './host-facts.js'
import type { FrrDaemon } from './plan.js'
import type { ProbedTarget } from './probe.js'

/** All that the health rules read, from one turn of the loop. Names are the intent's. */
export interface RouterState {
  /** Wall clock, ISO 8601 UTC. */
  readonly at: string
  /** The agent's id; the host's own name is {@link HostState.hostname}. */
  readonly router: string
  /** null: the host has not said anything yet. */
  readonly host: HostState | null
  readonly frr: FrrState
  readonly seen: SeenSources
  /** Conflicts between demarc and other programs and settings of this host. */
  readonly conflicts: readonly Conflict[]
  /** Why targets cannot be probed; absent: they are, or there are none. */
  readonly proberFault?: string
  /** Where bgpd should report its sessions over BMP and does not; absent: it does, or is not asked to. */
  readonly bmpSilent?: BmpPlace
  /** What keeps the intent from being in force, as the last look at the configuration found it. */
  readonly unrepaired?: readonly Fault[]
  /** What the profiles of providers say against the intent in force, and which of their files cannot be used. */
  readonly providers?: ProviderRemarks
  /** What demarc's marks on the links name, such as `attachment net-a`; absent: the links were not read. */
  readonly marks?: ReadonlySet<string>
  readonly ports: readonly PortState[]
  readonly connections: readonly ConnectionState[]
  readonly attachments: readonly AttachmentState[]
  readonly neighbors: readonly NeighborState[]
}

export interface ProviderRemarks {
  readonly changed: readonly Fault[]
  readonly broken: readonly Fault[]
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

/** When a source was read. One that does not answer leaves what it said before. */
export interface Seen {
  /** Wall clock of the newest answer, ISO 8601 UTC; null: it has never answered. */
  readonly at: string | null
  /** Why this look did not read it anew; null: it did, or had no need to. */
  readonly fault: string | null
}

/** The sources besides FRR and the modules. */
export interface SeenSources {
  /** The kernel's interfaces and bundles: connections and attachments. */
  readonly links: Seen
  /** The ports, with their speed and counters. */
  readonly ports: Seen
  /** {@link HostState}. */
  readonly host: Seen
  /** The configuration of other programs on the host, for conflicts. */
  readonly settings: Seen
  /** lldpd. */
  readonly lldp: Seen
}

export interface FrrState {
  /** bgpd's; null: it does not answer. */
  readonly version: string | null
  /** zebra, bgpd and bfdd. */
  readonly daemons: readonly DaemonState[]
  /** What FRR does otherwise than the intent says, and why; the codes are those of findings. */
  readonly remarks: readonly FrrRemark[]
}

export interface DaemonState extends Seen {
  readonly daemon: FrrDaemon
  /** The intent needs it. A daemon that it does not need is not asked. */
  readonly needed: boolean
}

export interface FrrRemark {
  readonly code:
    | 'BGP_INTENT_OVERRIDDEN'
    | 'BGP_FOREIGN_SETTING'
    | 'BGP_POLICY_DRIFT'
    | 'LISTEN_RANGE_NEIGHBOR'
    | 'ROUTES_NOT_INSTALLED'
    | 'ROUTES_NOT_FROM_BGP'
  /** A whole sentence. */
  readonly message: string
}

/** What the kernel shows of a port. */
export interface PortLink extends LinkModes {
  readonly name: string
  readonly present: boolean
  readonly adminUp: boolean
  readonly carrier: boolean
  readonly mac: string | null
  /** Changes of the carrier since boot (sysfs carrier_changes, IFLA_CARRIER_CHANGES). */
  readonly carrierTransitions: number
  readonly counters: LinkCounters
  /** Why the driver did not take the link modes that demarc tried to set; absent: it took them, or none were set. */
  readonly modesRefused?: string
}

export interface PortState extends PortLink {
  /** The PMD that the intent expects; null: none. */
  readonly expectedOptic: string | null
  /** The link modes that the intent sets. */
  readonly expectedModes: LinkModeSettings
  /** `counters` with the instant at which they were read; absent: they are old. */
  readonly counted?: CounterSample
  readonly optic: OpticReading
  /** When the module was read, wall clock, ISO 8601 UTC; null: there is none. */
  readonly opticAt: string | null
  /** The far end that the intent expects; absent: any. */
  readonly expectedLldp?: ExpectedLldp
  /** The far devices that LLDP shows (IEEE 802.1AB), at most 4; absent: lldpd does not run or does not answer. */
  readonly lldpNeighbors?: readonly LldpNeighbor[]
  /** What is remembered of its light; absent: nothing. */
  readonly light?: PortLight
}

/** A member that is absent is not compared. */
export type ExpectedLldp = {
  readonly systemName?: Line
  readonly portId?: Line
}

/** What a far device says of itself. The texts are what it sent, at most 255 characters each. */
export interface LldpNeighbor {
  readonly chassisId: string
  /** null: it sends none. */
  readonly systemName: string | null
  readonly portId: string
  readonly portDescription: string | null
}

/** What the kernel has counted of a link since its driver was loaded (struct rtnl_link_stats64). */
export interface LinkCounters {
  readonly inOctets: number
  readonly outOctets: number
  readonly inPkts: number
  readonly outPkts: number
  readonly inErrors: number
  readonly outErrors: number
  readonly inDiscards: number
  readonly outDiscards: number
}

/** How fast the counters of a link rise. */
export interface LinkRates {
  /** Each counter a second. */
  readonly perSecond: LinkCounters
  /** Percent of the capacity; null: that is not known. */
  readonly utilization: { readonly in: number; readonly out: number } | null
}

/** Counters with the monotonic instant at which they were read. */
export interface CounterSample {
  readonly at: Millis
  readonly counters: LinkCounters
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
  /** What the intent says of the provider's papers; absent: nothing. */
  readonly circuit?: Circuit
}

export interface LacpState {
  readonly minLinks: number
  /** `00:00:00:00:00:00` before the first LACPDU of a partner. */
  readonly partnerId: string
  /** Operational key of the aggregator that carries traffic. */
  readonly actorKey: number
  readonly partnerKey: number
  readonly members: readonly LacpMemberState[]
}

/** The bits of an LACP state octet, in its order (IEEE 802.1AX-2014 figure 6-8). */
export const LACP_BITS = [
  'ACTIVITY',
  'TIMEOUT',
  'AGGREGATION',
  'SYNCHRONIZATION',
  'COLLECTING',
  'DISTRIBUTING',
  'DEFAULTED',
  'EXPIRED',
] as const
export type LacpBit = (typeof LACP_BITS)[number]

/** One member of a bundle, with this router as the actor (IEEE 802.1AX); names as in openconfig-lacp. */
export interface LacpMemberState {
  readonly port: string
  readonly linkUp: boolean
  /** In the aggregator that carries traffic. */
  readonly inAggregate: boolean
  readonly actor: LacpEnd
  /** `00:00:00:00:00:00` before the first LACPDU of a partner. */
  readonly partnerId: string
  /** As its newest LACPDU says; without a partner it means nothing. */
  readonly partner: LacpEnd
  /** Whether an end is out of sync for a minute; null: the kernel does not say. */
  readonly churn: { readonly actor: LacpChurn; readonly partner: LacpChurn } | null
  /** null: the kernel does not count them. */
  readonly pdus: LacpPdus | null
  /** How often the member lost its link since it is one; null: the kernel does not say. */
  readonly linkFailures: number | null
}

/** What an LACPDU says of one end. */
export interface LacpEnd {
  /** 0-65535; null: the kernel does not say. */
  readonly key: number | null
  readonly portNumber: number | null
  /** The bits that are set. */
  readonly state: readonly LacpBit[]
}

/** States of the churn machines of IEEE 802.1AX-2014 section 6.4.17. */
export const LACP_CHURN = ['NONE', 'MONITORING', 'CHURNED'] as const
export type LacpChurn = (typeof LACP_CHURN)[number]

/** LACPDUs and Marker PDUs of one member since it is one. */
export interface LacpPdus {
  readonly received: number
  readonly sent: number
  /** Of a subtype that the kernel does not know. */
  readonly unknown: number
  /** Of a wrong length or version. */
  readonly illegal: number
  readonly markersReceived: number
  readonly markersSent: number
}

export interface AttachmentState {
  readonly name: string
  readonly connection: string
  readonly interface: string
  /** null: untagged. */
  readonly vlanId: number | null
  /** The id of the inner tag; absent: there is none. */
  readonly innerVlanId?: number
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
  /** The limits that the intent sets, and what they have counted; absent: none are set, or they were not read. */
  readonly protection?: { readonly limits: Protection; readonly counts: ProtectionCounts }
  /** Counters of its interface; absent: they were not read. */
  readonly counted?: CounterSample
  /** What the intent wants probed, with the seconds between two requests; absent: nothing. */
  readonly probe?: { readonly interval: Seconds; readonly targets: readonly ProbedTarget[] }
  /** What the intent says of the provider's papers; absent: nothing. */
  readonly circuit?: Circuit
}

export interface NeighborState {
  readonly attachment: string
  readonly address: string
  readonly vrf: string | null
  /** As FRR has it; null: FRR does not say it in a form that demarc knows. */
  readonly peerAs: number | null
  /** RFC 4271 states as FRR prints them, or `missing`. */
  readonly sessionState:
    'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established' | 'missing'
  /** The intent shuts the session down. */
  readonly wantShutdown: boolean
  /** FRR holds the session administratively down, for the intent or for somebody else. */
  readonly adminDown: boolean
  /** Which line of FRR holds a session down that the intent wants up; null: none does, or it is not known. */
  readonly heldBy: string | null
  /** FRR holds the session because the peer announced too many prefixes; null: it does not. */
  readonly overLimit: PrefixHold | null
  readonly drained: boolean
  /** Seconds since 1970, computed by bgpd at each read; null when the session is not up. */
  readonly lastEstablished: number | null
  /** null: unknown. */
  readonly establishedTransitions: number | null
  /** FRR's text for the last reset. */
  readonly lastError: string | null
  /** What ended the session, or the last attempt to have one; null: nothing did, or FRR does not say it. */
  readonly reset: SessionReset | null
  readonly handshakes: Handshakes
  /** The AS by which the neighbour knows this router. */
  readonly localAs: number
  /** The intent has a password for the session. */
  readonly hasPassword: boolean
  /** The intent lets BGP wait until BFD is up. */
  readonly waitsForBfd: boolean
  /** Hold time that the intent offers; 0: no keepalives. */
  readonly wantHoldTime: Seconds
  /** What the OPENs of both ends came to; null: the session is not up, or FRR does not say. */
  readonly negotiated: Negotiated | null
  /** What the kernel knows of a session that is not up; null: it was not asked. */
  readonly path: SessionPath | null
  readonly bfd: BfdState | null
  readonly families: readonly FamilyState[]
  /** Accepted routes with the community GRACEFUL_SHUTDOWN (RFC 8326); absent: there are none, or too many to look. */
  readonly drainingRoutes?: number
  readonly messages: ReceivedMessages
  /** What the intent lets in and out; families without a policy are not there. */
  readonly policies: readonly FamilyPolicy[]
}

/** The last event that ended a session, or an attempt to have one, as FRR shows it. */
export interface SessionReset {
  /** null: no NOTIFICATION was exchanged. */
  readonly notification: Notification | null
  /** In FRR's words. */
  readonly reason: string
  /** What the peer's operator wrote when he shut the session down (RFC 9003); null: nothing. */
  readonly message: string | null
}

/** A NOTIFICATION message of BGP (RFC 4271 section 4.5). */
export interface Notification {
  /** The peer sent it to this router, or this router to the peer. */
  readonly direction: 'received' | 'sent'
  /** 0-255. */
  readonly code: number
  readonly subcode: number
}

/** What both ends agreed on for a session that is up (RFC 4271, RFC 5492). */
export interface Negotiated {
  /** The smaller of both offers, ms; 0: no keepalives. null: FRR does not say. */
  readonly holdTime: Millis | null
  /** Families that this router offered and the peer did not (RFC 4760). */
  readonly lackingFamilies: readonly FamilyState['family'][]
  /** Other capabilities that this router offered and the peer did not, in words. */
  readonly lackingCapabilities: readonly string[]
}

/** Why a session ended, as bgpd reports it over BMP (RFC 7854 section 4.9). */
export interface PeerDown {
  /** 1 and 3: a NOTIFICATION was sent, received; 2: an event of the state machine; 4: closed; 5: no longer monitored. */
  readonly reason: number
  /** null: there was none, or it is cut off. */
  readonly notification: Notification | null
  /** What the peer's operator wrote (RFC 9003); null: nothing. */
  readonly message: string | null
}

/** Messages since bgpd knows the neighbour; null: FRR does not say. */
export interface Handshakes {
  readonly opensSent: number | null
  readonly notificationsReceived: number | null
  readonly notificationsSent: number | null
}

export interface SessionPath {
  /** The kernel asked for the neighbour's link-layer address, and nobody answered (ARP, neighbor discovery). */
  readonly isUnresolved: boolean
  /** bgpd has sent a SYN to the neighbour's port 179 and has no answer yet. */
  readonly isConnecting: boolean
  readonly md5: Md5Counters
}

/** TCP segments that the kernel has dropped since boot because of TCP MD5 (RFC 2385), from all peers together. */
export interface Md5Counters {
  /** Without a signature, where this router has a password (TCPMD5NotFound). */
  readonly unsigned: number
  /** With a signature, where this router has no password (TCPMD5Unexpected). */
  readonly unexpected: number
  /** Signed with another password (TCPMD5Failure). */
  readonly wrong: number
}

/** What bgpd has counted of a neighbour since it knows it, over all sessions and families; null: FRR does not say. */
export interface ReceivedMessages {
  /** UPDATE messages (RFC 4271). */
  readonly updates: number | null
  /** Routes that the import policy refused, each time that they came. FRR 8.4 does not count them. */
  readonly refused: number | null
  /** Routes with an own AS in their path, as `refused`. */
  readonly loops: number | null
}

/** The routes of one family that the intent lets in and out, as prefix rules in FRR's spelling. */
export interface FamilyPolicy {
  readonly family: FamilyState['family']
  /** Empty: no route is wanted. */
  readonly accepts: readonly string[]
  /** What an accepted route must have besides its prefix, as words after "routes with"; absent: nothing. */
  readonly conditions?: readonly string[]
  readonly announces: readonly string[]
  /** Prefixes of the export without a range that the BGP table lacks; null: not looked for. */
  readonly absent: readonly string[] | null
  /** The outbound limit is a share of what all sessions to one gateway announce; absent: it is the session's own. */
  readonly shareOf?: GatewayBudget
}

export interface BfdState {
  readonly sessionState: 'up' | 'down' | 'admin-down' | 'unknown'
}

/** FRR's state `Idle (PfxCt)`. */
export interface PrefixHold {
  /** Seconds until FRR tries again; null: never, the session must be cleared. */
  readonly restartIn: number | null
}

export interface FamilyState {
  readonly family: 'ipv4-unicast' | 'ipv6-unicast'
  /** null: unknown. */
  readonly received: number | null
  /** null: unknown. */
  readonly sent: number | null
  /** null: none. */
  readonly limit: number | null
  /** The most routes that FRR announces; absent: any number. */
  readonly outLimit?: number
}

/** A neighbour as bgpd and bfdd show it, the intent's or not. */
export type ShownNeighbor = Omit<
  NeighborState,
  | 'attachment'
  | 'drained'
  | 'wantShutdown'
  | 'heldBy'
  | 'policies'
  | 'localAs'
  | 'hasPassword'
  | 'waitsForBfd'
  | 'wantHoldTime'
  | 'drainingRoutes'
  | 'path'
> & {
  /** The peer group that it is in; null: none. */
  readonly peerGroup: string | null
  /** The listen range by which FRR accepted the peer although no neighbour is configured; null: none did. */
  readonly listenRange: string | null
}
