import type { Ifname, InterfaceAddress, Line, Word } from './names.js'

/** IEEE 802.1AX settings of a Linux bond in mode 802.3ad (Documentation/networking/bonding.rst). */
export interface BondOptions {
  readonly lacpRate: 'slow' | 'fast'
  /** false: answer LACPDUs only (passive). */
  readonly lacpActive: boolean
  /** 0-8; carrier only with at least this many members. */
  readonly minLinks: number
  readonly hash: BondHash
  readonly adSelect: 'stable' | 'bandwidth' | 'count'
  /** Link poll in ms, 0-10000. */
  readonly miimon: number
  /** ms, a multiple of miimon. */
  readonly upDelay: number
  readonly downDelay: number
  /** 1-65535; lower wins. */
  readonly systemPriority: number
  /** Actor system id as `aa:bb:cc:dd:ee:ff`, or null for the bond's own MAC. */
  readonly systemId: string | null
  /** 0-1023. */
  readonly userPortKey: number
}

export type BondHash = 'layer2' | 'layer2+3' | 'layer3+4' | 'encap2+3' | 'encap3+4' | 'vlan+srcmac'

/** The kind of a link, with what only that kind has. */
export type LinkDetail =
  | { readonly kind: 'port' }
  | { readonly kind: 'bond'; readonly options: BondOptions }
  | VlanDetail
  | { readonly kind: 'vrf'; readonly table: number }
  | {
      readonly kind: 'bridge'
      readonly stp: boolean
      /** What differs from the kernel's defaults; absent: nothing. */
      readonly settings?: BridgeSettings
    }

/** A VLAN on a link, which may be a VLAN itself (IEEE 802.1ad). */
export interface VlanDetail {
  readonly kind: 'vlan'
  readonly parent: Ifname
  readonly vlanId: number
  /** The protocol identifier of its tag; absent: 0x8100 (IEEE 802.1Q). */
  readonly tpid?: '0x88a8'
}

/** What only one link of a router can be, for people: `VLAN 100 of p1`. Tags of other protocols are others. */
export function vlanSlot({ parent, vlanId, tpid }: VlanDetail, preposition = 'of'): string {
  return `${tpid === undefined ? '' : '802.1ad '}VLAN ${vlanId} ${preposition} ${parent}`
}

/** A setting of a bridge or of a port in one, as the kernel has it. An intent has none of them. */
export interface BridgeSettingTerms {
  /** IFLA_BR_* or IFLA_BRPORT_* (linux/if_link.h). */
  readonly attribute: number
  /** Octets of the attribute. */
  readonly width: 1 | 2
  /** What the kernel starts with, and what a bridge of demarc's keeps. */
  readonly default: number
}

/** A VLAN filter drops every frame of a VLAN that its ports do not name; the mask lets link-local frames pass. */
export const BRIDGE_SETTINGS = {
  vlanFiltering: { attribute: 7, width: 1, default: 0 },
  groupForwardMask: { attribute: 9, width: 2, default: 0 },
} as const satisfies Record<string, BridgeSettingTerms>

/** Settings with which a port of a bridge loses, suppresses or reflects frames (net/bridge/br_netlink.c). */
export const BRIDGE_PORT_SETTINGS = {
  /** BR_STATE_*: 0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking. Read only of a port that is up and has a link. */
  state: { attribute: 1, width: 1, default: 3 },
  hairpin: { attribute: 4, width: 1, default: 0 },
  learning: { attribute: 8, width: 1, default: 1 },
  unicastFlood: { attribute: 9, width: 1, default: 1 },
  proxyArp: { attribute: 10, width: 1, default: 0 },
  proxyArpWifi: { attribute: 12, width: 1, default: 0 },
  multicastFlood: { attribute: 27, width: 1, default: 1 },
  broadcastFlood: { attribute: 30, width: 1, default: 1 },
  groupForwardMask: { attribute: 31, width: 2, default: 0 },
  neighborSuppress: { attribute: 32, width: 1, default: 0 },
  isolated: { attribute: 33, width: 1, default: 0 },
  locked: { attribute: 39, width: 1, default: 0 },
} as const satisfies Record<string, BridgeSettingTerms>

export type BridgeSettings = Readonly<Partial<Record<keyof typeof BRIDGE_SETTINGS, number>>>
export type BridgePortSettings = Readonly<
  Partial<Record<keyof typeof BRIDGE_PORT_SETTINGS, number>>
>

/** Speed, duplex and auto-negotiation of a port (IEEE 802.3), as its driver shows them. */
export interface LinkModes {
  /** Mb/s; null where the driver does not know it, for example while the link is down. */
  readonly speed: number | null
  readonly duplex: 'full' | 'half' | 'unknown'
  /** null: the driver does not say. */
  readonly autoNegotiate: boolean | null
}

/** Link modes that are set by hand; what is absent is left as it is. */
export interface LinkModeSettings {
  readonly speed?: number
  readonly duplex?: 'full' | 'half'
  readonly autoNegotiate?: boolean
}

/** The newest attempt of this process to set the link modes of a port. */
export interface LinkModeAttempt {
  readonly settings: LinkModeSettings
  /** Why the driver does not have them; null: it accepted them. */
  readonly refusal: string | null
}

/** The link modes that a port has, and what was tried on it. */
export interface HaveLinkModes extends LinkModes {
  /** The driver can switch auto-negotiation on. */
  readonly canAutoNegotiate: boolean
  /** Absent: this process has set nothing, or the port has changed since then. */
  readonly attempt?: LinkModeAttempt
}

/**
 * Limits of the frames that a link in a bridge sends; what is absent is not limited. Rates are in frames a
 * second.
 */
export interface Protection {
  /** Source MAC addresses within {@link MAC_AGEING}; frames with others are dropped. */
  readonly macLimit?: number
  /** Frames of protocols between switches, such as spanning tree, are dropped. */
  readonly controlFrames?: 'DROP'
  readonly broadcast?: number
  readonly multicast?: number
  /** To MAC addresses from which no frame came over the link within {@link MAC_AGEING}. */
  readonly unknownUnicast?: number
}

/** Seconds after its last frame until an address is forgotten, as in the table of a bridge (IEEE 802.1Q, table 8-6). */
export const MAC_AGEING = 300

/** Limits that are in force on a link, or were left behind for one that is gone. */
export interface HaveProtection {
  readonly link: string
  /** null: somebody has changed them, and they are not what demarc sets. */
  readonly protection: Protection | null
}

/** The limits of all links. */
export interface HaveProtections {
  readonly found: readonly HaveProtection[]
  /** Why none can be set on this router, as a sentence with the remedy; null: they can. */
  readonly unavailable: string | null
}

/** What the limits of a link have counted. */
export interface ProtectionCounts {
  readonly link: string
  /** Source addresses that it has sent within {@link MAC_AGEING}; null: they are not counted. */
  readonly macs: number | null
  /** Frames that were dropped since the limits were set. */
  readonly dropped: Readonly<Partial<Record<keyof Protection, number>>>
}

/** A link as the intent wants it. Ports are never created or deleted, only set. */
export interface WantLink {
  readonly name: Ifname
  readonly detail: LinkDetail
  /** Ownership mark and label, `demarc …`; null on ports and bridge members, which stay foreign. */
  readonly alias: Line | null
  /** Octets; null: not configured. */
  readonly mtu: number | null
  readonly up: boolean
  /** The bond, bridge or VRF it belongs to. */
  readonly master: Ifname | null
  readonly addresses: readonly InterfaceAddress[]
  /** null: not configured. */
  readonly sysctl: LinkSysctl | null
  /** In a bridge of demarc's: what differs from the kernel's defaults; absent: nothing. */
  readonly bridgePort?: BridgePortSettings
  /** Of a port; absent: not configured. */
  readonly modes?: LinkModeSettings
  /** Of a link in a bridge; absent: nothing is limited. */
  readonly protection?: Protection
  /** Of a bond, `aa:bb:cc:dd:ee:ff`; absent: that of a port. */
  readonly mac?: string
}

/** `net.ipv4.conf.*` and `net.ipv6.conf.*` of one link (Documentation/networking/ip-sysctl.rst). */
export interface LinkSysctl {
  /** 0 off, 1 strict (RFC 3704), 2 loose. */
  readonly rpFilter: 0 | 1 | 2
  readonly forwarding4: boolean
  /**
   * null: the link has no IPv6, because it is disabled or because the kernel removes it from a link with an
   * MTU below 1280 (`addrconf_notify()`). On a wanted link: not configured.
   */
  readonly forwarding6: boolean | null
}

/** A link as the kernel has it. */
export interface HaveLink {
  readonly index: number
  readonly name: string
  /** `other` is a kind that demarc does not make; `type` is the kernel's IFLA_INFO_KIND. */
  readonly detail: LinkDetail | { readonly kind: 'other'; readonly type: string }
  readonly alias: string | null
  readonly mtu: number
  /** IFF_UP. */
  readonly up: boolean
  /** IFLA_CARRIER. */
  readonly carrier: boolean
  readonly master: string | null
  /** `aa:bb:cc:dd:ee:ff`. */
  readonly mac: string
  /** The MAC address that a port of a bond gets again when it leaves; absent: it is in no bond. */
  readonly permanentMac?: string
  readonly addresses: readonly HaveAddress[]
  readonly sysctl: LinkSysctl
  /** IFLA_ALT_IFNAME: further names, which no other link can have; absent: none. */
  readonly altNames?: readonly string[]
  /** In a bridge: what differs from the kernel's defaults; absent: nothing. */
  readonly bridgePort?: BridgePortSettings
  /** Of a port whose driver has them; absent: it has none, or they were not read. */
  readonly modes?: HaveLinkModes
  /** IFLA_LINK: what a link other than a VLAN is on, such as an ipvlan; absent: nothing of this namespace. */
  readonly lower?: string
}

export interface HaveAddress {
  readonly address: InterfaceAddress
  /** IFA_PROTO, which marks who added the address; 0: not marked. */
  readonly protocol: number
  /** Whether the protocol is demarc's mark; only such an address may be removed. */
  readonly owned: boolean
  /** The address has a lifetime, as from DHCP; no configuration holds it. */
  readonly leased?: true
}

/** The start of every alias that demarc sets; it is the mark of ownership. */
export const ALIAS_MARK = 'demarc '

/** The alias of a link that demarc makes. */
export function linkAlias(
  kind: 'attachment' | 'connection' | 'vrf' | 'bridge' | 'outer-tag',
  name: Ifname | Word,
): Line {
  return `${ALIAS_MARK}${kind} ${name}` as Line
}

/** Address protocol number (IFA_PROTO, kernel 5.18 and newer) that marks demarc's addresses. */
export const ADDRESS_PROTOCOL = 0xde

/** What a notification of the kernel says of one link. */
export interface LinkNews {
  readonly name: string
  /** IFF_UP. */
  readonly up: boolean
  /** IFF_LOWER_UP: the link is set up and has a carrier. */
  readonly carrier: boolean
}

/** What a provider's papers say of a connection or an attachment. It configures nothing and is only shown. */
export type Circuit = {
  /** The provider's own names of the thing, such as `dxcon` → `dxcon-1234`. */
  readonly ids?: CircuitId[]
  readonly loa?: LetterOfAuthorization
  /** Mb/s that are bought. */
  readonly bandwidth?: number
  /** Circuits of one group stand in for each other. */
  readonly redundancyGroup?: Word
  readonly notes?: Line
}

export type CircuitId = {
  readonly name: Word
  readonly value: Line
}

/** Where the cross-connect ends, as the letter of authorization (LOA-CFA) says. */
export type LetterOfAuthorization = {
  readonly cabinet?: Line
  readonly cage?: Line
  readonly panel?: Line
  readonly port?: Line
  readonly pair?: Line
  readonly side?: Line
  readonly connector?: Line
}
