/**
 * Numbers of the kernel's user API that demarc speaks, from `include/uapi/linux` (6.1): netlink.h,
 * rtnetlink.h, if_link.h, if_addr.h, netconf.h, genetlink.h, ethtool_netlink.h, nf_tables.h, unix_diag.h. Their
 * values are stable.
 */

export const PROTOCOL = { ROUTE: 0, SOCK_DIAG: 4, NETFILTER: 12, GENERIC: 16 } as const

export const MESSAGE = {
  ERROR: 2,
  DONE: 3,
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  SETLINK: 19,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  GETROUTE: 26,
  NEWNEIGH: 28,
  GETNEIGH: 30,
  NEWRULE: 32,
  DELRULE: 33,
  GETRULE: 34,
  GETNETCONF: 82,
  GETSTATS: 94,
} as const

export const FLAG = {
  REQUEST: 0x1,
  ACK: 0x4,
  /** In a reply: the table changed while it was read. */
  DUMP_INTERRUPTED: 0x10,
  /** NLM_F_REPLACE. */
  REPLACE: 0x100,
  /** NLM_F_ROOT and NLM_F_MATCH. */
  DUMP: 0x300,
  /** NLM_F_CREATE alone: what exists already is used as it is. */
  CREATE_OR_KEEP: 0x400,
  /** NLM_F_EXCL and NLM_F_CREATE. */
  CREATE: 0x600,
} as const

export const FAMILY = { UNSPEC: 0, INET: 2, INET6: 10 } as const

export const IFF_UP = 1
/** ARPHRD_ETHER. */
export const ETHERNET = 1

export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  OPERSTATE: 16,
  LINKINFO: 18,
  IFALIAS: 20,
  STATS64: 23,
  AF_SPEC: 26,
  GROUP: 27,
  EXT_MASK: 29,
  CARRIER: 33,
  CARRIER_CHANGES: 35,
  LINK_NETNSID: 37,
  PROP_LIST: 52,
  ALT_IFNAME: 53,
} as const

/** RTEXT_FILTER_SKIP_STATS: no counters in the answer, which halves it. */
export const SKIP_STATS = 8

export const INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const
export const VLAN = { ID: 1, PROTOCOL: 5 } as const
/** ETH_P_8021Q, in network byte order as the attribute has it. */
export const DOT1Q = 0x0081
/** ETH_P_8021AD, likewise. */
export const DOT1AD = 0xa888
export const VRF_TABLE = 1
export const BRIDGE_STP_STATE = 5

export const BOND = {
  MODE: 1,
  MIIMON: 3,
  UPDELAY: 4,
  DOWNDELAY: 5,
  XMIT_HASH_POLICY: 14,
  MIN_LINKS: 18,
  AD_LACP_RATE: 21,
  AD_SELECT: 22,
  AD_INFO: 23,
  AD_ACTOR_SYS_PRIO: 24,
  AD_USER_PORT_KEY: 25,
  AD_ACTOR_SYSTEM: 26,
  AD_LACP_ACTIVE: 29,
} as const
/** BOND_MODE_8023AD. */
export const MODE_8023AD = 4

export const BOND_AD_INFO = { AGGREGATOR: 1, ACTOR_KEY: 3, PARTNER_KEY: 4, PARTNER_MAC: 5 } as const
export const BOND_SLAVE = {
  MII_STATUS: 2,
  LINK_FAILURE_COUNT: 3,
  PERM_HWADDR: 4,
  AD_AGGREGATOR_ID: 6,
  AD_ACTOR_STATE: 7,
  AD_PARTNER_STATE: 8,
} as const
/** IFLA_STATS_LINK_XSTATS_SLAVE: the counters that the driver of a link's master keeps about it. */
export const STATS_SLAVE = 3
/** LINK_XSTATS_TYPE_BOND, and BOND_XSTATS_3AD in it. */
export const XSTATS = { BOND: 2, BOND_3AD: 1 } as const
/** if_link.h, BOND_3AD_STAT. */
export const BOND_3AD_STAT = {
  LACPDU_RX: 0,
  LACPDU_TX: 1,
  LACPDU_UNKNOWN_RX: 2,
  LACPDU_ILLEGAL_RX: 3,
  MARKER_RX: 4,
  MARKER_TX: 5,
} as const

export const INET_CONF = 1
/** Attribute numbers inside IFLA_INET_CONF, counted from 1 (linux/ip.h). */
export const IPV4_DEVCONF = { FORWARDING: 1, RP_FILTER: 8 } as const
export const INET6_CONF = 2
/** Index in the array of IFLA_INET6_CONF, counted from 0 (linux/ipv6.h). */
export const IPV6_DEVCONF_FORWARDING = 0

export const IFA = { ADDRESS: 1, LOCAL: 2, CACHEINFO: 6, FLAGS: 8, PROTO: 11 } as const
/** IFA_F_NODAD: no duplicate address detection, so that the address is usable at once. The subnet of a provider has two addresses. */
export const NODAD = 0x02
/** IFA_F_PERMANENT: the address has no lifetime. */
export const PERMANENT = 0x80

/** Attributes of a route (rtnetlink.h). */
export const RTA = { DST: 1, OIF: 4, GATEWAY: 5, MULTIPATH: 9, TABLE: 15, VIA: 18 } as const
/** RTN_UNICAST: a route with an outgoing link. */
export const UNICAST = 1
/** RTM_F_CLONED: an entry of a cache, such as a path MTU. */
export const CLONED = 0x200
/** RTPROT_BGP. */
export const RTPROT_BGP = 186

/** neighbour.h. */
export const NDA = { DST: 1 } as const
export const NUD = {
  INCOMPLETE: 0x01,
  REACHABLE: 0x02,
  STALE: 0x04,
  DELAY: 0x08,
  PROBE: 0x10,
  FAILED: 0x20,
} as const
/** NTF_USE: the kernel resolves the address as if a packet were to be sent. */
export const NTF_USE = 0x01

/** fib_rules.h. */
export const FRA = {
  PRIORITY: 6,
  SUPPRESS_PREFIXLEN: 14,
  TABLE: 15,
  PAD: 18,
  L3MDEV: 19,
  PROTOCOL: 21,
} as const
/** FR_ACT_BLACKHOLE, FR_ACT_UNREACHABLE and FR_ACT_PROHIBIT: the packet is dropped. */
export const RULE_ACTION = { BLACKHOLE: 6, UNREACHABLE: 7, PROHIBIT: 8 } as const

export const NETCONF = { IFINDEX: 1, FORWARDING: 2, RP_FILTER: 3 } as const
/** NETCONFA_IFINDEX_DEFAULT. */
export const NETCONF_DEFAULT = -2

export const CONTROL = { FAMILY: 16, GET_FAMILY: 3, FAMILY_ID: 1, FAMILY_NAME: 2 } as const

export const ETHTOOL = {
  LINKMODES_GET: 4,
  LINKMODES_SET: 5,
  MODULE_EEPROM_GET: 31,
  HEADER: 1,
  HEADER_DEV: 2,
  HEADER_FLAGS: 3,
  /** Sets of bits as words instead of names. */
  COMPACT_BITSETS: 1,
} as const
export const LINKMODES = { AUTONEG: 2, OURS: 3, SPEED: 5, DUPLEX: 6 } as const
/** Attributes of a compact set of bits; of link modes the mask has those that the driver supports. */
export const BITSET = { MASK: 5 } as const
/** ETHTOOL_LINK_MODE_Autoneg_BIT. */
export const MODE_AUTONEG = 1 << 6
export const MODULE_EEPROM = {
  OFFSET: 2,
  LENGTH: 3,
  PAGE: 4,
  BANK: 5,
  I2C_ADDRESS: 6,
  DATA: 7,
} as const

/** nfnetlink.h and nf_tables.h. */
export const NFTABLES = {
  /** NFT_MSG_GETGEN of NFNL_SUBSYS_NFTABLES. */
  GET_GENERATION: (10 << 8) | 16,
  /** Octets of `struct nfgenmsg`. */
  HEADER: 4,
  GENERATION_ID: 1,
} as const

/** unix_diag.h and sock_diag.h. */
export const UNIX_DIAG = {
  BY_FAMILY: 20,
  /** AF_UNIX. */
  FAMILY: 1,
  SHOW_PEER: 0x4,
  SHOW_UID: 0x40,
  PEER: 2,
  UID: 7,
} as const
