import type { PortLink } from '../../../core/model/state.js'
import type { LinkModes } from '../../../core/model/link.js'
import type { Ethtool } from '../ethtool/ethtool.js'
import type { PortModes } from '../ethtool/link-modes.js'
import { NO_COUNTERS, parseCounters } from './counters.js'
import { LINK_HEADER, parseLink } from '../messages/link-parse.js'
import { attributes, spanOf, uint, type Message } from '../netlink/reader.js'
import { KernelError, type NetlinkSocket } from '../netlink/socket.js'
import { IFLA, MESSAGE } from '../netlink/uapi.js'

const NO_MODES: LinkModes = { speed: null, duplex: 'unknown', autoNegotiate: null }

/** The kernel's message about the link with this name or index, counters included; null: there is none. */
export async function getLink(
  socket: NetlinkSocket,
  which: string | number,
): Promise<Message | null> {
  try {
    return await socket.get({
      type: MESSAGE.GETLINK,
      flags: 0,
      body: (writer) => {
        if (typeof which === 'number') writer.words(0, which, 0, 0)
        else writer.words(0, 0, 0, 0).text(IFLA.IFNAME, which)
      },
    })
  } catch (error) {
    if (error instanceof KernelError) return null
    throw error
  }
}

/** What the state of a port is read from. */
interface PortSources {
  readonly socket: NetlinkSocket
  readonly tool: Ethtool
  readonly modes: Pick<PortModes, 'refusal'>
}

/** State, speed and counters of one port, in two requests. */
export async function readPort(
  { socket, tool, modes }: PortSources,
  name: string,
): Promise<PortLink> {
  const message = await getLink(socket, name)
  const link = message === null ? undefined : parseLink(message)
  if (message === null || link === undefined) return absentPort(name)
  const found = attributes(spanOf(message.body, LINK_HEADER))
  const refused = modes.refusal(name)
  return {
    name,
    present: true,
    adminUp: link.up,
    carrier: link.carrier,
    ...(await modesOf(tool, name)),
    mac: link.mac,
    carrierTransitions: uint(found.get(IFLA.CARRIER_CHANGES)) ?? 0,
    counters: parseCounters(found.get(IFLA.STATS64)) ?? NO_COUNTERS,
    ...(refused !== null && { modesRefused: refused }),
  }
}

function absentPort(name: string): PortLink {
  return {
    name,
    present: false,
    adminUp: false,
    carrier: false,
    ...NO_MODES,
    mac: null,
    carrierTransitions: 0,
    counters: NO_COUNTERS,
  }
}

/** A driver without link modes answers EOPNOTSUPP, which is not a fault. */
async function modesOf(tool: Ethtool, name: string): Promise<LinkModes> {
  try {
    const { speed, duplex, autoNegotiate } = await tool.linkModes(name)
    return { speed, duplex, autoNegotiate }
  } catch (error) {
    if (error instanceof KernelError) return NO_MODES
    throw error
  }
}
