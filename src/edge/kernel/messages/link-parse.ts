import type { HaveLink, LinkSysctl } from '../../../core/model/link.js'
import type { Ifname } from '../../../core/model/names.js'
import { parseBond } from './bond-options.js'
import { parseBridge } from './bridge-settings.js'
import {
  attributes,
  eachAttribute,
  macText,
  spanOf,
  textOf,
  uint,
  word,
  type Message,
  type Span,
} from '../netlink/reader.js'
import {
  BRIDGE_STP_STATE,
  DOT1AD,
  DOT1Q,
  ETHERNET,
  FAMILY,
  IFF_UP,
  IFLA,
  INET_CONF,
  INET6_CONF,
  INFO,
  IPV4_DEVCONF,
  IPV6_DEVCONF_FORWARDING,
  VLAN,
  VRF_TABLE,
} from '../netlink/uapi.js'

/** Length of `struct ifinfomsg`. */
export const LINK_HEADER = 16

/** One RTM_NEWLINK. Other links are indexes here, because their names are known only after the whole dump. */
export interface RawLink {
  readonly index: number
  readonly name: string
  readonly ethernet: boolean
  readonly up: boolean
  readonly alias: string | null
  readonly mtu: number
  readonly carrier: boolean
  /** IFLA_OPERSTATE is up or not known (RFC 2863); it follows the carrier within a second. */
  readonly operational: boolean
  readonly mac: string
  /** Index; 0: none. */
  readonly master: number
  /** IFLA_LINK, an index; 0: none, or one in another namespace. */
  readonly parent: number
  /** IFLA_INFO_KIND, empty for hardware. */
  readonly kind: string
  /** IFLA_INFO_DATA. */
  readonly data: Span
  /** IFLA_INFO_SLAVE_KIND: the kind of its master, empty without one. */
  readonly slaveKind: string
  /** IFLA_INFO_SLAVE_DATA: what its master's driver stores about it. */
  readonly slave: Span
  readonly sysctl: LinkSysctl
  /** IFLA_PROP_LIST. */
  readonly altNames: readonly string[]
}

/** IF_OPER_UNKNOWN and IF_OPER_UP. */
const OPERATIONAL: readonly number[] = [0, 6]

const NO_NAMES: readonly string[] = []

/** Stands for an attribute that is missing. */
export const NOTHING: Span = { bytes: Buffer.alloc(0), start: 0, end: 0 }

/**
 * Reads one RTM_NEWLINK (struct ifinfomsg, linux/rtnetlink.h). undefined: it is cut short or has no
 * name.
 */
export function parseLink({ body }: Message): RawLink | undefined {
  if (body.length < LINK_HEADER) return undefined
  const found = attributes(spanOf(body, LINK_HEADER))
  const name = textOf(found.get(IFLA.IFNAME))
  if (name === undefined) return undefined
  const number = (type: number) => uint(found.get(type)) ?? 0
  return {
    index: body.readInt32LE(4),
    name,
    ethernet: body.readUInt16LE(2) === ETHERNET,
    up: (body.readUInt32LE(8) & IFF_UP) !== 0,
    alias: textOf(found.get(IFLA.IFALIAS)) ?? null,
    mtu: number(IFLA.MTU),
    carrier: number(IFLA.CARRIER) === 1,
    operational: OPERATIONAL.includes(number(IFLA.OPERSTATE)),
    mac: macText(found.get(IFLA.ADDRESS)) ?? '',
    master: number(IFLA.MASTER),
    // With IFLA_LINK_NETNSID the index is one of another namespace.
    parent: found.has(IFLA.LINK_NETNSID) ? 0 : number(IFLA.LINK),
    ...parseInfo(found.get(IFLA.LINKINFO) ?? NOTHING),
    sysctl: parseSpec(found.get(IFLA.AF_SPEC) ?? NOTHING),
    altNames: parseAltNames(found.get(IFLA.PROP_LIST)),
  }
}

function parseInfo(info: Span): Pick<RawLink, 'kind' | 'data' | 'slaveKind' | 'slave'> {
  const found = attributes(info)
  return {
    kind: textOf(found.get(INFO.KIND)) ?? '',
    data: found.get(INFO.DATA) ?? NOTHING,
    slaveKind: textOf(found.get(INFO.SLAVE_KIND)) ?? '',
    slave: found.get(INFO.SLAVE_DATA) ?? NOTHING,
  }
}

/** IFLA_AF_SPEC: settings that would otherwise be three files below `/proc/sys/net` for each link. */
function parseSpec(spec: Span): LinkSysctl {
  const families = attributes(spec)
  const inet = attributes(families.get(FAMILY.INET) ?? NOTHING).get(INET_CONF)
  const inet6 = attributes(families.get(FAMILY.INET6) ?? NOTHING).get(INET6_CONF)
  return {
    rpFilter: toRpFilter(word(inet, IPV4_DEVCONF.RP_FILTER - 1) ?? 0),
    forwarding4: (word(inet, IPV4_DEVCONF.FORWARDING - 1) ?? 0) !== 0,
    forwarding6: inet6 === undefined ? null : word(inet6, IPV6_DEVCONF_FORWARDING) !== 0,
  }
}

/** Each name is an attribute of the same type. */
function parseAltNames(list: Span | undefined): readonly string[] {
  if (list === undefined) return NO_NAMES
  const names: string[] = []
  const { bytes } = list
  eachAttribute(list, (type, start, end) => {
    const name = type === IFLA.ALT_IFNAME ? textOf({ bytes, start, end }) : undefined
    if (name !== undefined) names.push(name)
  })
  return names
}

/** The kernel accepts any number and treats each above 1 as loose (2). */
export function toRpFilter(value: number): LinkSysctl['rpFilter'] {
  if (value === 0 || value === 1) return value
  return 2
}

/** Only name, index and group of a link, which is faster to read. */
export function parseName({ body }: Message): { name: string; index: number; group: number } {
  let name = ''
  let group = 0
  eachAttribute(spanOf(body, LINK_HEADER), (type, start, end) => {
    if (type === IFLA.IFNAME) name = textOf({ bytes: body, start, end }) ?? ''
    if (type === IFLA.GROUP) group = uint({ bytes: body, start, end }) ?? 0
  })
  return { name, index: body.readInt32LE(4), group }
}

/** The kind of the link and its options. `nameOf` gives the name of the link with an ifindex. */
export function detailOf(
  link: RawLink,
  nameOf: (index: number) => string | undefined,
): HaveLink['detail'] {
  switch (link.kind) {
    case 'bond': {
      const options = parseBond(link.data)
      return options === undefined ? other(link) : { kind: 'bond', options }
    }
    case 'vlan':
      return vlanDetail(link, nameOf(link.parent))
    case 'vrf':
      return { kind: 'vrf', table: uint(attributes(link.data).get(VRF_TABLE)) ?? 0 }
    case 'bridge':
      return bridgeDetail(link)
    default:
      return link.ethernet ? { kind: 'port' } : other(link)
  }
}

function bridgeDetail({ data }: RawLink): HaveLink['detail'] {
  const settings = parseBridge(data)
  const stp = uint(attributes(data).get(BRIDGE_STP_STATE)) !== 0
  return { kind: 'bridge', stp, ...(settings !== undefined && { settings }) }
}

function vlanDetail(link: RawLink, parent: string | undefined): HaveLink['detail'] {
  const data = attributes(link.data)
  const vlanId = uint(data.get(VLAN.ID))
  const protocol = uint(data.get(VLAN.PROTOCOL))
  const isKnown = protocol === DOT1Q || protocol === DOT1AD
  if (parent === undefined || vlanId === undefined || !isKnown) return other(link)
  const plain = { kind: 'vlan', parent: parent as Ifname, vlanId } as const
  return protocol === DOT1AD ? { ...plain, tpid: '0x88a8' } : plain
}

function other(link: RawLink): HaveLink['detail'] {
  return { kind: 'other', type: link.kind === '' ? 'hardware' : link.kind }
}
