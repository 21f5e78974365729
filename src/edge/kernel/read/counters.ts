import type { LinkCounters } from '../../../core/model/state.js'
import { attributes, spanOf, uint, type Message, type Span } from '../netlink/reader.js'
import type { NetlinkSocket, Request } from '../netlink/socket.js'
import { MESSAGE } from '../netlink/uapi.js'

export const NO_COUNTERS: LinkCounters = {
  inOctets: 0,
  outOctets: 0,
  inPkts: 0,
  outPkts: 0,
  inErrors: 0,
  outErrors: 0,
  inDiscards: 0,
  outDiscards: 0,
}

/** Offsets in octets in `struct rtnl_link_stats64`. */
const STATS64 = {
  inPkts: 0,
  outPkts: 8,
  inOctets: 16,
  outOctets: 24,
  inErrors: 32,
  outErrors: 40,
  inDiscards: 48,
  outDiscards: 56,
} as const satisfies LinkCounters

const STATS64_END = 64

/** Reads `struct rtnl_link_stats64`; undefined: there is none. */
export function parseCounters(stats: Span | undefined): LinkCounters | undefined {
  if (stats === undefined || stats.end - stats.start < STATS64_END) return undefined
  const at = (key: keyof LinkCounters) => {
    const start = stats.start + STATS64[key]
    return uint({ bytes: stats.bytes, start, end: start + 8 }) ?? 0
  }
  return {
    inOctets: at('inOctets'),
    outOctets: at('outOctets'),
    inPkts: at('inPkts'),
    outPkts: at('outPkts'),
    inErrors: at('inErrors'),
    outErrors: at('outErrors'),
    inDiscards: at('inDiscards'),
    outDiscards: at('outDiscards'),
  }
}

/** Length of `struct if_stats_msg`, and where it has the index of the link. */
const STATS_HEADER = 12
const STATS_INDEX = 4
/** IFLA_STATS_LINK_64, as attribute and as bit of the filter. */
const LINK_64 = 1

const DUMP: Request = {
  type: MESSAGE.GETSTATS,
  flags: 0,
  body: (writer) => writer.words(0, 0, LINK_64),
}

/** The counters of all links by their indexes, in one dump without anything else. */
export async function dumpCounters(
  socket: NetlinkSocket,
): Promise<ReadonlyMap<number, LinkCounters>> {
  const messages = await socket.dump(DUMP)
  return new Map(messages.flatMap(countersIn))
}

function countersIn({ body }: Message): (readonly [number, LinkCounters])[] {
  if (body.length < STATS_HEADER) return []
  const counters = parseCounters(attributes(spanOf(body, STATS_HEADER)).get(LINK_64))
  return counters === undefined ? [] : [[body.readUInt32LE(STATS_INDEX), counters]]
}
