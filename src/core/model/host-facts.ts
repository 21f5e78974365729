/** What the host shows about other programs that configure its network, as read. */
export interface HostFacts {
  /** Active systemd units with their type: `systemd-networkd.service`. */
  readonly units: readonly string[]
  /** systemd's version; null if it cannot be read. */
  readonly systemd: number | null
  /** By path, in no order. */
  readonly files: readonly HostFile[]
  readonly unread: readonly UnreadFile[]
  /** Below `/proc/sys/net`, by path: `ipv4/conf/all/rp_filter`. */
  readonly sysctls: ReadonlyMap<string, number>
}

export interface HostFile {
  readonly path: string
  readonly text: string
}

/** A file or directory that exists and could not be read. */
export interface UnreadFile {
  readonly path: string
  readonly reason: string
}

/** The kinds of conflict between demarc and another program or setting of the host. */
export type ConflictCode =
  | 'NETWORKD_MANAGES'
  | 'NETWORKD_REMOVES'
  | 'NETWORKMANAGER_MANAGES'
  | 'IFUPDOWN_STANZA'
  | 'CLOUD_INIT_NETWORK'
  | 'FRR_OTHER_WRITER'
  | 'FRR_FILE_DIFFERS'
  | 'RP_FILTER_STRICT'
  | 'FORWARDING_OFF'
  | 'ARP_IGNORED'
  | 'ARP_PROXY'
  | 'ARP_FLUX'
  | 'ROUTER_ADVERTISEMENTS'
  | 'IPV6_DISABLED'
  | 'MAC_DUPLICATE'
  | 'HOST_CONFIG_UNREADABLE'

/** One program or setting of this host that conflicts with demarc. */
export interface Conflict {
  readonly code: ConflictCode
  /** The file, link or setting. */
  readonly at: string
  /** What it does, and the lines that resolve the conflict. */
  readonly message: string
  /** Whether it would remove what demarc makes; then no change starts. */
  readonly destroys: boolean
}

/** An address of loopback and a port. */
export interface BmpPlace {
  readonly address: string
  readonly port: number
}
