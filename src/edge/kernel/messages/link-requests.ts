import { never } from '../../../core/base/never.js'
import type { LinkDetail } from '../../../core/model/link.js'
import type { LinkSettings, NewLink } from '../../../core/model/plan.js'
import { writeBond, writeNewBond } from './bond-options.js'
import type { Request } from '../netlink/socket.js'
import {
  BRIDGE_STP_STATE,
  DOT1Q,
  FAMILY,
  FLAG,
  IFF_UP,
  IFLA,
  INET_CONF,
  INFO,
  IPV4_DEVCONF,
  MESSAGE,
  VLAN,
  VRF_TABLE,
} from '../netlink/uapi.js'
import type { MessageWriter } from '../netlink/writer.js'

/** The indexes a new link is made of. */
export interface NewIndexes {
  /** Chosen by us, so that what builds on the link need not wait for an answer. */
  readonly own: number
  /** Of a VLAN's parent; unused for other kinds. */
  readonly parent: number
  /** 0: none. */
  readonly master: number
}

/** `struct ifinfomsg`: family and type, index, flags, mask; `up` undefined leaves the flags alone. */
function writeHeader(writer: MessageWriter, index: number, up?: boolean): MessageWriter {
  return writer.words(0, index, up === true ? IFF_UP : 0, up === undefined ? 0 : IFF_UP)
}

/** RTM_NEWLINK with everything the kernel takes at creation, under an ifindex of our choice. */
export function createLink(link: NewLink, indexes: NewIndexes): Request {
  return {
    type: MESSAGE.NEWLINK,
    flags: FLAG.CREATE,
    body: (writer) => {
      writeHeader(writer, indexes.own, link.up).text(IFLA.IFNAME, link.name)
      if (link.mtu !== null) writer.u32(IFLA.MTU, link.mtu)
      if (indexes.master !== 0) writer.u32(IFLA.MASTER, indexes.master)
      if (link.detail.kind === 'vlan') writer.u32(IFLA.LINK, indexes.parent)
      const { detail } = link
      writer.nest(IFLA.LINKINFO, (info) => {
        info.text(INFO.KIND, detail.kind).nest(INFO.DATA, (data) => writeDetail(data, detail))
      })
    },
  }
}

function writeDetail(writer: MessageWriter, detail: LinkDetail): void {
  switch (detail.kind) {
    case 'vlan':
      writer.u16(VLAN.ID, detail.vlanId)
      writer.u16(VLAN.PROTOCOL, DOT1Q)
      return
    case 'bond':
      return writeNewBond(writer, detail.options)
    case 'vrf':
      writer.u32(VRF_TABLE, detail.table)
      return
    case 'bridge':
      writer.u32(BRIDGE_STP_STATE, Number(detail.stp))
      return
    case 'port':
      return
    default:
      never(detail)
  }
}

/** What RTM_NEWLINK ignores when it creates: the alias, and settings of an address family. */
export function labelLink(
  link: number,
  alias: string | null,
  rpFilter: number | undefined,
): Request | null {
  if (alias === null && rpFilter === undefined) return null
  return {
    type: MESSAGE.SETLINK,
    flags: 0,
    body: (writer) => {
      writeHeader(writer, link)
      if (alias !== null) writer.octets(IFLA.IFALIAS, Buffer.from(alias, 'latin1'))
      if (rpFilter !== undefined) writeRpFilter(writer, rpFilter)
    },
  }
}

/** IPv4 settings travel in the link message; for `forwarding` see `sysctl.ts`. */
function writeRpFilter(writer: MessageWriter, rpFilter: number): void {
  writer.nest(IFLA.AF_SPEC, (spec) => {
    spec.nest(FAMILY.INET, (inet) => {
      inet.nest(INET_CONF, (conf) => conf.u32(IPV4_DEVCONF.RP_FILTER, rpFilter))
    })
  })
}

/** RTM_DELLINK of the link with this index. */
export function deleteLink(link: number): Request {
  return {
    type: MESSAGE.DELLINK,
    flags: 0,
    body: (writer) => writeHeader(writer, link),
  }
}

/** A group is a number that any link may carry, made for deeds on many at once. */
export function moveToGroup(link: number, group: number): Request {
  return {
    type: MESSAGE.SETLINK,
    flags: 0,
    body: (writer) => writeHeader(writer, link).u32(IFLA.GROUP, group),
  }
}

/** Deletes every link of the group, or none where one of them cannot be deleted. */
export function deleteGroup(group: number): Request {
  return {
    type: MESSAGE.DELLINK,
    flags: 0,
    body: (writer) => writeHeader(writer, 0).u32(IFLA.GROUP, group),
  }
}

/**
 * Up to three messages; `master` is the index behind `to.master`. A bond takes a member, and some
 * options, only while they are down, and whether one message changes flags or master first differs
 * between kernels (`do_setlink()`): so down goes before, and up after.
 */
export function setLink(link: number, to: LinkSettings, master: number): readonly Request[] {
  const { up, ...rest } = to
  const apart = hasOptions(to) || to.master !== undefined
  if (!apart || up === undefined) return [changeLink(link, to, master)]
  const flags = changeLink(link, { up }, 0)
  const change = changeLink(link, rest, master)
  return up ? [change, flags] : [flags, change]
}

function changeLink(link: number, to: LinkSettings, master: number): Request {
  return {
    type: hasOptions(to) ? MESSAGE.NEWLINK : MESSAGE.SETLINK,
    flags: 0,
    body: (writer) => {
      writeHeader(writer, link, to.up)
      writeSettings(writer, to, master)
    },
  }
}

function hasOptions(to: LinkSettings): boolean {
  return to.bond !== undefined || to.stp !== undefined
}

function writeSettings(writer: MessageWriter, to: LinkSettings, master: number): void {
  const { bond, stp } = to
  if (to.mtu !== undefined && to.mtu !== null) writer.u32(IFLA.MTU, to.mtu)
  // An empty alias removes it.
  if (to.alias !== undefined) writer.octets(IFLA.IFALIAS, Buffer.from(to.alias ?? '', 'utf8'))
  if (to.master !== undefined) writer.u32(IFLA.MASTER, master)
  if (bond !== undefined) writeOptions(writer, 'bond', (data) => writeBond(data, bond))
  if (stp !== undefined) {
    writeOptions(writer, 'bridge', (data) => data.u32(BRIDGE_STP_STATE, Number(stp)))
  }
}

function writeOptions(
  writer: MessageWriter,
  kind: string,
  fill: (data: MessageWriter) => void,
): void {
  writer.nest(IFLA.LINKINFO, (info) => info.text(INFO.KIND, kind).nest(INFO.DATA, fill))
}
