import type { LacpPdus } from '../../../core/model/state.js'
import { NOTHING } from '../messages/link-parse.js'
import { attributes, spanOf, uint, type Message } from '../netlink/reader.js'
import { KernelError, type NetlinkSocket } from '../netlink/socket.js'
import { BOND_3AD_STAT, MESSAGE, STATS_SLAVE, XSTATS } from '../netlink/uapi.js'

/** Octets of `struct if_stats_msg`: family and padding, ifindex, filter. */
const STATS_HEADER = 12

/** The counters of a member of an 802.3ad bond, in one request (RTM_GETSTATS); null: the kernel has none (before 5.1). */
export async function readPdus(socket: NetlinkSocket, index: number): Promise<LacpPdus | null> {
  try {
    const message = await socket.get({
      type: MESSAGE.GETSTATS,
      flags: 0,
      body: (writer) => writer.words(0, index, 1 << (STATS_SLAVE - 1)),
    })
    return parsePdus(message)
  } catch (error) {
    if (error instanceof KernelError) return null
    throw error
  }
}

/** Reads one RTM_NEWSTATS with the counters of a member; null: it has none. */
export function parsePdus({ body }: Pick<Message, 'body'>): LacpPdus | null {
  if (body.length < STATS_HEADER) return null
  const slave = attributes(spanOf(body, STATS_HEADER)).get(STATS_SLAVE)
  const bond = attributes(slave ?? NOTHING).get(XSTATS.BOND)
  const lacp = attributes(bond ?? NOTHING).get(XSTATS.BOND_3AD)
  if (lacp === undefined) return null
  const found = attributes(lacp)
  const at = (attribute: number): number => uint(found.get(attribute)) ?? 0
  return {
    received: at(BOND_3AD_STAT.LACPDU_RX),
    sent: at(BOND_3AD_STAT.LACPDU_TX),
    unknown: at(BOND_3AD_STAT.LACPDU_UNKNOWN_RX),
    illegal: at(BOND_3AD_STAT.LACPDU_ILLEGAL_RX),
    markersReceived: at(BOND_3AD_STAT.MARKER_RX),
    markersSent: at(BOND_3AD_STAT.MARKER_TX),
  }
}
