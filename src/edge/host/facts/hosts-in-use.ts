import { formatIp, parseIp } from '../../../core/base/ip.js'
import type { HostInUse } from '../../../core/model/foreign-paths.js'
import { BGP_PORT, TCP_STATE, tcpSockets, textOf, type TcpRow } from './tcp-tables.js'

/** The second is that of systemd-resolved with the servers that it asks. */
const RESOLV_CONF = ['etc/resolv.conf', 'run/systemd/resolve/resolv.conf']

/**
 * The DNS servers of this host, and the hosts that have a TCP connection to one of its services: those it
 * is managed from. A file that cannot be read counts as empty. `root` stands for `/`.
 */
export async function hostsInUse(root = '/'): Promise<readonly HostInUse[]> {
  const resolvers = await Promise.all(
    RESOLV_CONF.map(async (file) => nameServers(await textOf(root, file), `/${file}`)),
  )
  const found = [...resolvers.flat(), ...managementHosts(await tcpSockets(root))]
  return [...new Map(found.map((host) => [host.address, host])).values()].filter(
    ({ address }) => !isLocal(address),
  )
}

/** The `nameserver` lines of resolv.conf(5). A link-local server is left out: it is reached by its link alone. */
function nameServers(text: string, path: string): readonly HostInUse[] {
  return text.split('\n').flatMap((line): readonly HostInUse[] => {
    const ip = parseIp(/^nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    return ip === undefined ? [] : [{ address: formatIp(ip), purpose: `a DNS server in ${path}` }]
  })
}

/** The far ends of connections that are established to a port on which this host listens. */
function managementHosts(sockets: readonly TcpRow[]): readonly HostInUse[] {
  const listening = new Set(
    sockets.filter(({ state }) => state === TCP_STATE.LISTEN).map(({ localPort }) => localPort),
  )
  return sockets.flatMap(({ state, localPort: port, remoteAddress: address }) => {
    // BGP's sessions are judged by FRR's plan.
    if (state !== TCP_STATE.ESTABLISHED || port === BGP_PORT || !listening.has(port)) return []
    const purpose = `a host with a connection to TCP port ${port} of this router`
    return address === undefined ? [] : [{ address, purpose }]
  })
}

function isLocal(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || /^fe[89ab]/.test(address)
}
