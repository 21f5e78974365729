import { formatIp, network, parseIp } from '../../../core/base/ip.js'
import type { RouteEntry } from '../../../core/model/foreign-paths.js'
import { addressText } from '../messages/addresses.js'
import { attributes, octets, spanOf, uint, type Message, type Span } from '../netlink/reader.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { CLONED, FAMILY, MESSAGE, RTA, RTPROT_BGP, UNICAST } from '../netlink/uapi.js'
import { dumpNames } from './links.js'

/** Offsets in octets in `struct rtmsg`, which has 12. */
const AT = { FAMILY: 0, LENGTH: 1, TABLE: 4, PROTOCOL: 5, TYPE: 7, FLAGS: 8 } as const
const HEADER = 12
/** `struct rtnexthop`: its length in two octets, then flags and hops, then the index of the link. */
const NEXT_HOP_HEADER = 8

/**
 * Every unicast route with an outgoing link except those that BGP made, one for each next hop. BGP's can
 * be a million, so they are passed over while the table is read.
 */
export async function dumpRoutes(socket: NetlinkSocket): Promise<readonly RouteEntry[]> {
  const { indexes } = await dumpNames(socket)
  const names = new Map([...indexes].map(([name, index]) => [index, name]))
  const messages = await socket.dump(
    { type: MESSAGE.GETROUTE, flags: 0, body: (writer) => writer.words(FAMILY.UNSPEC, 0, 0) },
    isConfigured,
  )
  return messages.flatMap((message) => parseRoute(message, names))
}

/** A route that carries the protocol of BGP. */
export interface BgpRoute {
  readonly destination: string
  readonly table: number
}

/** Every route with the protocol number of BGP, also those that FRR did not add. */
export async function dumpBgpRoutes(socket: NetlinkSocket): Promise<readonly BgpRoute[]> {
  const messages = await socket.dump(
    { type: MESSAGE.GETROUTE, flags: 0, body: (writer) => writer.words(FAMILY.UNSPEC, 0, 0) },
    ({ body }) => body.length >= HEADER && body.readUInt8(AT.PROTOCOL) === RTPROT_BGP,
  )
  return messages.flatMap(({ body }) => {
    const found = attributes(spanOf(body, HEADER))
    const destination = destinationOf(body, found.get(RTA.DST))
    const table = uint(found.get(RTA.TABLE)) ?? body.readUInt8(AT.TABLE)
    return destination === undefined ? [] : [{ destination, table }]
  })
}

function isConfigured({ body }: Message): boolean {
  return (
    body.length >= HEADER &&
    body.readUInt8(AT.TYPE) === UNICAST &&
    body.readUInt8(AT.PROTOCOL) !== RTPROT_BGP &&
    (body.readUInt32LE(AT.FLAGS) & CLONED) === 0
  )
}

/** One entry for each next hop whose link is known; none for a family other than IPv4 and IPv6. */
function parseRoute({ body }: Message, names: ReadonlyMap<number, string>): readonly RouteEntry[] {
  const found = attributes(spanOf(body, HEADER))
  const destination = destinationOf(body, found.get(RTA.DST))
  if (destination === undefined) return []
  const table = uint(found.get(RTA.TABLE)) ?? body.readUInt8(AT.TABLE)
  const protocol = body.readUInt8(AT.PROTOCOL)
  const several = found.get(RTA.MULTIPATH)
  const hops = several === undefined ? [nextHop(uint(found.get(RTA.OIF)), found)] : hopsOf(several)
  return hops.flatMap(({ index, gateway }) => {
    const link = index === undefined ? undefined : names.get(index)
    return link === undefined ? [] : [{ destination, table, protocol, link, gateway }]
  })
}

/** The kernel leaves out the address of a default route. */
function destinationOf(body: Buffer, span: Span | undefined): string | undefined {
  const family = body.readUInt8(AT.FAMILY)
  if (family !== FAMILY.INET && family !== FAMILY.INET6) return undefined
  const none = family === FAMILY.INET ? '0.0.0.0' : '::'
  const bytes = octets(span)
  const ip = parseIp(bytes === undefined ? none : (addressText(bytes) ?? none))
  const length = body.readUInt8(AT.LENGTH)
  return ip && `${formatIp(network({ ip, length }))}/${length}`
}

interface NextHop {
  readonly index: number | undefined
  readonly gateway: string | null
}

/** A next hop of the other family is in RTA_VIA: two octets with the family, then the address. */
function nextHop(index: number | undefined, found: ReadonlyMap<number, Span>): NextHop {
  const gateway = octets(found.get(RTA.GATEWAY)) ?? octets(found.get(RTA.VIA))?.subarray(2)
  return { index, gateway: gateway === undefined ? null : (addressText(gateway) ?? null) }
}

/** RTA_MULTIPATH: `struct rtnexthop` one behind the other, each with its own attributes. */
function hopsOf({ bytes, start, end }: Span): readonly NextHop[] {
  const hops: NextHop[] = []
  let at = start
  while (at + NEXT_HOP_HEADER <= end) {
    const length = bytes.readUInt16LE(at)
    if (length < NEXT_HOP_HEADER || at + length > end) break
    const own = { bytes, start: at + NEXT_HOP_HEADER, end: at + length }
    hops.push(nextHop(bytes.readInt32LE(at + 4), attributes(own)))
    at += (length + 3) & ~3
  }
  return hops
}
