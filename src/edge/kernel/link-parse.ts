import type { HaveLink, LinkSysctl } from '../../core/model/link.js'
import type { Ifname } from '../../core/model/names.js'
import { parseBond } from './bond-options.js'
import { attributes, eachAttribute, macText, text, uint, type Message } from './netlink/reader.js'
import {
  BRIDGE_STP_STATE,
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
} from './netlink/uapi.js'

/** Length of `struct ifinfomsg`. */
const HEADER = 16

/** One RTM_NEWLINK, flat; names behind indexes are known only once all links are. */
export interface RawLink {
  readonly index: number
  readonly name: string
  readonly ethernet: boolean
  readonly up: boolean
  readonly alias: string | null
  readonly mtu: number
  readonly carrier: boolean
  readonly mac: string
  /** 0: none. */
  readonly master: number
  /** IFLA_LINK, 0: none in this namespace. */
  readonly parent: number
  /** IFLA_INFO_KIND, empty for hardware. */
  readonly kind: string
  readonly data: Buffer
  readonly sysctl: LinkSysctl
}

const NOTHING = Buffer.alloc(0)
const NO_SYSCTL: LinkSysctl = { rpFilter: 0, forwarding4: false, forwarding6: false }

export function parseLink(message: Message): RawLink | undefined {
  const { body } = message
  if (body.length < HEADER) return undefined
  const found = attributes(body, HEADER)
  const name = text(found.get(IFLA.IFNAME))
  if (name === undefined) return undefined
  const info = attributes(found.get(IFLA.LINKINFO) ?? NOTHING)
  const spec = found.get(IFLA.AF_SPEC)
  return {
    index: body.readInt32LE(4),
    name,
    ethernet: body.readUInt16LE(2) === ETHERNET,
    up: (body.readUInt32LE(8) & IFF_UP) !== 0,
    alias: text(found.get(IFLA.IFALIAS)) ?? null,
    mtu: uint(found.get(IFLA.MTU)) ?? 0,
    carrier: uint(found.get(IFLA.CARRIER)) === 1,
    mac: macText(found.get(IFLA.ADDRESS)) ?? '',
    master: uint(found.get(IFLA.MASTER)) ?? 0,
    // An index in another namespace says nothing here.
    parent: found.has(IFLA.LINK_NETNSID) ? 0 : (uint(found.get(IFLA.LINK)) ?? 0),
    kind: text(info.get(INFO.KIND)) ?? '',
    data: info.get(INFO.DATA) ?? NOTHING,
    sysctl: spec === undefined ? NO_SYSCTL : parseSpec(spec),
  }
}

/** IFLA_AF_SPEC: what else would be three files below `/proc/sys/net` for each link. */
function parseSpec(spec: Buffer): LinkSysctl {
  let sysctl = NO_SYSCTL
  eachAttribute(spec, 0, (family, settings) => {
    if (family === FAMILY.INET) {
      const conf = attributes(settings).get(INET_CONF) ?? NOTHING
      const rpFilter = toRpFilter(word(conf, IPV4_DEVCONF.RP_FILTER - 1))
      sysctl = { ...sysctl, rpFilter, forwarding4: word(conf, IPV4_DEVCONF.FORWARDING - 1) !== 0 }
    } else if (family === FAMILY.INET6) {
      const conf = attributes(settings).get(INET6_CONF) ?? NOTHING
      sysctl = { ...sysctl, forwarding6: word(conf, IPV6_DEVCONF_FORWARDING) !== 0 }
    }
  })
  return sysctl
}

function word(words: Buffer, place: number): number {
  return words.length >= 4 * place + 4 ? words.readInt32LE(4 * place) : 0
}

/** The kernel takes any number; every one above 1 acts as loose. */
export function toRpFilter(value: number): LinkSysctl['rpFilter'] {
  if (value === 0 || value === 1) return value
  return 2
}

/** What kind of link it is to demarc; `nameOf` gives the name behind an ifindex. */
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
      return { kind: 'bridge', stp: (uint(attributes(link.data).get(BRIDGE_STP_STATE)) ?? 0) !== 0 }
    default:
      return link.ethernet ? { kind: 'port' } : other(link)
  }
}

function vlanDetail(link: RawLink, parent: string | undefined): HaveLink['detail'] {
  const data = attributes(link.data)
  const vlanId = uint(data.get(VLAN.ID))
  const protocol = data.get(VLAN.PROTOCOL)?.readUInt16BE(0)
  if (parent === undefined || vlanId === undefined || protocol !== DOT1Q) return other(link)
  return { kind: 'vlan', parent: parent as Ifname, vlanId }
}

function other(link: RawLink): HaveLink['detail'] {
  return { kind: 'other', type: link.kind === '' ? 'hardware' : link.kind }
}
