/** Where packets go that demarc must not take: what the kernel and the host show before a change. */
export interface ForeignPaths {
  /** Every route with an outgoing link, as the kernel has it; those that FRR has from BGP need not be among them. */
  readonly routes: readonly RouteEntry[]
  /** Hosts that this router is managed by, or needs; all of them are reached in the default VRF. */
  readonly hosts: readonly HostInUse[]
}

/** One unicast route of the kernel, with one of its next hops. */
export interface RouteEntry {
  /** `10.0.0.0/8`, `::/0`. */
  readonly destination: string
  /** Number of the table: 254 is the main one, a VRF has its own. */
  readonly table: number
  /** Number of the program that made the route (RTPROT_* of linux/rtnetlink.h). */
  readonly protocol: number
  /** Name of the outgoing link. */
  readonly link: string
  /** null: the destination is on the link itself. */
  readonly gateway: string | null
}

/** A host by address, with its purpose for a sentence: `the hub`, `the DNS server of /etc/resolv.conf`. */
export interface HostInUse {
  readonly address: string
  readonly purpose: string
}

/** A host on a link, by its address. */
export interface LinkHost {
  readonly address: string
  readonly link: string
}

/** An entry of the kernel's neighbor tables (ARP, RFC 826; neighbor discovery, RFC 4861) with a link-layer address. */
export interface NeighborEntry extends LinkHost {
  /** How sure the kernel is: `stale` was reachable and has not been asked since. */
  readonly state: 'reachable' | 'probing' | 'stale'
}
