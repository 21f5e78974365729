import { octetsOf } from '../messages/addresses.js'
import { parseLink } from '../messages/link-parse.js'
import { attributes, spanOf, uint } from '../netlink/reader.js'
import { KernelError, type NetlinkSocket } from '../netlink/socket.js'
import { FAMILY, MESSAGE, RTA } from '../netlink/uapi.js'
import { getLink } from './port-state.js'

/** The route that packets to an address take. */
export interface KernelRoute {
  /** Name of the outgoing interface. */
  readonly link: string
  /** Number of the protocol that installed the route (RTPROT_* of rtnetlink.h); 186 is BGP. */
  readonly protocol: number
}

/** Length of `struct rtmsg`, and the offset of its protocol. */
const HEADER = 12
const PROTOCOL_AT = 5

/** RTM_GETROUTE: the route that a packet of this host to the address would take; null: there is none. */
export async function lookUpRoute(
  socket: NetlinkSocket,
  destination: string,
): Promise<KernelRoute | null> {
  const address = octetsOf(destination)
  const family = address.length === 16 ? FAMILY.INET6 : FAMILY.INET
  try {
    const { body } = await socket.get({
      type: MESSAGE.GETROUTE,
      flags: 0,
      // Family and the destination's length in bits are the first two octets.
      body: (writer) =>
        writer.words(family | ((address.length * 8) << 8), 0, 0).octets(RTA.DST, address),
    })
    const index = uint(attributes(spanOf(body, HEADER)).get(RTA.OIF))
    const found = index === undefined ? null : await getLink(socket, index)
    const link = found === null ? undefined : parseLink(found)
    return link === undefined ? null : { link: link.name, protocol: body.readUInt8(PROTOCOL_AT) }
  } catch (error) {
    if (error instanceof KernelError) return null
    throw error
  }
}
