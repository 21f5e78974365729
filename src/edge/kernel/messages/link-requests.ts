import { never } from '../../../core/base/never.js'
import type { LinkDetail } from '../../../core/model/link.js'
import type { LinkSettings, NewLink } from '../../../core/model/plan.js'
import { writeBond, writeNewBond } from './bond-options.js'
import { writeBridge, writeBridgePort } from './bridge-settings.js'
import type { Request } from '../netlink/socket.js'
import {
  BRIDGE_STP_STATE,
  DOT1AD,
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

/** The index of a new link and of the links it refers to. */
export interface NewIndexes {
  /** Chosen by demarc, so that later requests can name the link before the kernel has answered. */
  readonly own: number
  /** Of a VLAN's parent; ignored for other kinds. */
  readonly parent: number
  /** 0: none. */
  readonly master: number
}

/** `struct ifinfomsg`: family and type, index, flags, mask of flags. Without `up` no flag is changed. */
function writeHeader(writer: MessageWriter, index: number, up?: boolean): MessageWriter {
  return writer.words(0, index, up === true ? IFF_UP : 0, up === undefined ? 0 : IFF_UP)
}

/** RTM_NEWLINK with all settings that the kernel accepts at creation. */
export function createLink(link: NewLink, indexes: NewIndexes): Request {
  return {
    type: MESSAGE.NEWLINK,
    flags: FLAG.CREATE,
    body: (writer) => {
      writeHeader(writer, indexes.own, link.up).text(IFLA.IFNAME, link.name)
      if (link.mtu !== null) writer.u32(IFLA.MTU, link.mtu)
      if (link.mac !== undefined) writer.octets(IFLA.ADDRESS, macOctets(link.mac))
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
      writer.u16(VLAN.PROTOCOL, detail.tpid === undefined ? DOT1Q : DOT1AD)
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

/** What RTM_NEWLINK ignores when it creates a link: its alias, and settings of an address family. null: neither is set. */
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

/** rp_filter is part of the link message. `forwarding` is not written this way; see `sysctl.ts`. */
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

/** Sets the link's group, a number with which one message can name many links. */
export function moveToGroup(link: number, group: number): Request {
  return {
    type: MESSAGE.SETLINK,
    flags: 0,
    body: (writer) => writeHeader(writer, link).u32(IFLA.GROUP, group),
  }
}

/** Deletes every link of the group; none of them where one cannot be deleted. */
export function deleteGroup(group: number): Request {
  return {
    type: MESSAGE.DELLINK,
    flags: 0,
    body: (writer) => writeHeader(writer, 0).u32(IFLA.GROUP, group),
  }
}

/**
 * One or two messages; `master` is the index of `to.master`. A bond accepts a member only while the
 * member is down, and some options only while the bond is down. Kernels differ in whether they change
 * flags or master first within one message (`do_setlink()`). So a link is set down in a message before
 * the others, and up in one after them.
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
  const { bond, stp, bridge, bridgePort } = to
  return [bond, stp, bridge, bridgePort].some((option) => option !== undefined)
}

function writeSettings(writer: MessageWriter, to: LinkSettings, master: number): void {
  const { bond } = to
  if (to.mtu !== undefined && to.mtu !== null) writer.u32(IFLA.MTU, to.mtu)
  // An empty alias removes it.
  if (to.alias !== undefined) writer.octets(IFLA.IFALIAS, Buffer.from(to.alias ?? '', 'utf8'))
  if (to.master !== undefined) writer.u32(IFLA.MASTER, master)
  if (to.mac !== undefined) writer.octets(IFLA.ADDRESS, macOctets(to.mac))
  if (bond !== undefined) writeOptions(writer, 'bond', (data) => writeBond(data, bond))
  writeBridgeOptions(writer, to)
}

function writeBridgeOptions(
  writer: MessageWriter,
  { stp, bridge, bridgePort }: LinkSettings,
): void {
  if (stp !== undefined) {
    writeOptions(writer, 'bridge', (data) => data.u32(BRIDGE_STP_STATE, Number(stp)))
  }
  if (bridge !== undefined) writeOptions(writer, 'bridge', (data) => writeBridge(data, bridge))
  if (bridgePort === undefined) return
  writer.nest(IFLA.LINKINFO, (info) => {
    info
      .text(INFO.SLAVE_KIND, 'bridge')
      .nest(INFO.SLAVE_DATA, (data) => writeBridgePort(data, bridgePort))
  })
}

function writeOptions(
  writer: MessageWriter,
  kind: string,
  fill: (data: MessageWriter) => void,
): void {
  writer.nest(IFLA.LINKINFO, (info) => info.text(INFO.KIND, kind).nest(INFO.DATA, fill))
}

/** The six octets of `aa:bb:cc:dd:ee:ff`. */
function macOctets(mac: string): Uint8Array {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}
