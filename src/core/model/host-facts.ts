/** What a host's own files say about others that configure its network. Read, and nothing decided. */
export interface HostFacts {
  /** Active systemd units with their type: `systemd-networkd.service`. */
  readonly units: readonly string[]
  /** systemd's version; null where it cannot be seen. */
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

/** A file or directory that is there and could not be read. */
export interface UnreadFile {
  readonly path: string
  readonly reason: string
}

/** Everything another program or setting can do to what demarc makes. */
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
  | 'HOST_CONFIG_UNREADABLE'

/** One thing on this host that stands against demarc. */
export interface Conflict {
  readonly code: ConflictCode
  /** The file, link or setting. */
  readonly at: string
  /** What it does and the lines that end it. */
  readonly message: string
  /** It would take away what demarc makes: no change is begun while it is there. */
  readonly destroys: boolean
}
