import type { Md5Counters } from '../../../core/model/state.js'
import { BGP_PORT, TCP_STATE, tcpSockets, textOf } from './tcp-tables.js'

/** What the kernel's TCP shows of BGP sessions that are being set up. */
export interface BgpConnections {
  /** Addresses to whose port 179 a SYN was sent that has not been answered. */
  readonly connecting: ReadonlySet<string>
  readonly md5: Md5Counters
}

/** Reads the TCP tables and /proc/net/netstat; what cannot be read counts as empty. `root` stands for `/`. */
export async function bgpConnections(root = '/'): Promise<BgpConnections> {
  const [sockets, netstat] = await Promise.all([tcpSockets(root), textOf(root, 'proc/net/netstat')])
  const connecting = sockets.flatMap(({ state, remotePort, remoteAddress }) =>
    state === TCP_STATE.SYN_SENT && remotePort === BGP_PORT ? (remoteAddress ?? []) : [],
  )
  const counter = counters(netstat)
  return {
    connecting: new Set(connecting),
    md5: {
      unsigned: counter('TCPMD5NotFound'),
      unexpected: counter('TCPMD5Unexpected'),
      wrong: counter('TCPMD5Failure'),
    },
  }
}

/** A line of names and a line of figures, both of which begin with `TcpExt:`. */
function counters(netstat: string): (name: string) => number {
  const [names = [], figures = []] = netstat
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '))
  return (name) => {
    const at = names.indexOf(name)
    const figure = at < 0 ? 0 : Number(figures[at])
    return Number.isSafeInteger(figure) ? figure : 0
  }
}
