import type { LinkHost } from '../../../core/model/foreign-paths.js'
import { isLinkLocal } from '../../../core/model/own-link.js'
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

/** Whether packets to an address leave by the link, in the VRF that the link is in. */
export async function leadsTo(
  socket: NetlinkSocket,
  { address, link }: LinkHost,
): Promise<boolean> {
  // A link-local address is only meaningful on its link.
  if (isLinkLocal(address)) return true
  const own = await linkOf(socket, link)
  const master =
    own === undefined || own.master === 0 ? undefined : await linkOf(socket, own.master)
  const body = await routeTo(socket, address, master?.kind === 'vrf' ? master.index : 0)
  return body !== null && outgoing(body) === own?.index
}

async function linkOf(socket: NetlinkSocket, which: string | number) {
  const message = await getLink(socket, which)
  return message === null ? undefined : parseLink(message)
}

/** Length of `struct rtmsg`, and the offset of its protocol. */
const HEADER = 12
const PROTOCOL_AT = 5

/** RTM_GETROUTE: the route that a packet of this host to the address would take; null: there is none. */
export async function lookUpRoute(
  socket: NetlinkSocket,
  destination: string,
): Promise<KernelRoute | null> {
  const body = await routeTo(socket, destination, 0)
  const index = body === null ? undefined : outgoing(body)
  const link = index === undefined ? undefined : await linkOf(socket, index)
  if (body === null || link === undefined) return null
  return { link: link.name, protocol: body.readUInt8(PROTOCOL_AT) }
}

function outgoing(body: Buffer): number | undefined {
  return uint(attributes(spanOf(body, HEADER)).get(RTA.OIF))
}

/** The kernel's message about the route, for a packet in the VRF with that index (0: the default VRF); null: there is none. */
async function routeTo(
  socket: NetlinkSocket,
  destination: string,
  vrf: number,
): Promise<Buffer | null> {
  const address = octetsOf(destination)
  const family = address.length === 16 ? FAMILY.INET6 : FAMILY.INET
  try {
    const { body } = await socket.get({
      type: MESSAGE.GETROUTE,
      flags: 0,
      body: (writer) => {
        // Family and the destination's length in bits are the first two octets.
        writer.words(family | ((address.length * 8) << 8), 0, 0).octets(RTA.DST, address)
        if (vrf !== 0) writer.u32(RTA.OIF, vrf)
      },
    })
    return body
  } catch (error) {
    if (error instanceof KernelError) return null
    throw error
  }
}
