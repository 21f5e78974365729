import { join } from 'node:path'
import { formatIp, parseIp } from '../../../core/base/ip.js'
import type { HostInUse } from '../../../core/model/foreign-paths.js'
import { readBounded } from '../files/bounded-read.js'

const BYTES_MAX = 4 * 1024 * 1024

/** The second is that of systemd-resolved with the servers that it asks. */
const RESOLV_CONF = ['etc/resolv.conf', 'run/systemd/resolve/resolv.conf']
const TCP_TABLES = ['proc/net/tcp', 'proc/net/tcp6']

/** States in the TCP tables (include/net/tcp_states.h). */
const ESTABLISHED = '01'
const LISTEN = '0A'
/** BGP's sessions are judged by FRR's plan. */
const BGP_PORT = 179

/**
 * The DNS servers of this host, and the hosts that have a TCP connection to one of its services: those it
 * is managed from. A file that cannot be read counts as empty. `root` stands for `/`.
 */
export async function hostsInUse(root = '/'): Promise<readonly HostInUse[]> {
  const resolvers = await Promise.all(
    RESOLV_CONF.map(async (file) => nameServers(await textOf(root, file), `/${file}`)),
  )
  const tables = await Promise.all(TCP_TABLES.map((file) => textOf(root, file)))
  const found = [...resolvers.flat(), ...managementHosts(tables.join('\n'))]
  return [...new Map(found.map((host) => [host.address, host])).values()].filter(
    ({ address }) => !isLocal(address),
  )
}

async function textOf(root: string, file: string): Promise<string> {
  const reading = await readBounded(join(root, file), BYTES_MAX)
  return reading.kind === 'text' ? reading.text : ''
}

/** The `nameserver` lines of resolv.conf(5). A link-local server is left out: it is reached by its link alone. */
function nameServers(text: string, path: string): readonly HostInUse[] {
  return text.split('\n').flatMap((line): readonly HostInUse[] => {
    const ip = parseIp(/^nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    return ip === undefined ? [] : [{ address: formatIp(ip), purpose: `a DNS server in ${path}` }]
  })
}

/** The far ends of connections that are established to a port on which this host listens. */
function managementHosts(table: string): readonly HostInUse[] {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/))
  const listening = new Set(
    rows.filter(([, , , state]) => state === LISTEN).map(([, local]) => portOf(local)),
  )
  return rows.flatMap(([, local, remote, state]): readonly HostInUse[] => {
    const port = portOf(local)
    if (state !== ESTABLISHED || port === BGP_PORT || !listening.has(port)) return []
    const address = addressOf(remote)
    const purpose = `a host with a connection to TCP port ${port} of this router`
    return address === undefined ? [] : [{ address, purpose }]
  })
}

function portOf(endpoint = ''): number {
  return Number.parseInt(endpoint.split(':')[1] ?? '', 16)
}

/** `0A00000C:0016`: 32-bit words in hexadecimal, each in the order of a little-endian machine. */
function addressOf(endpoint = ''): string | undefined {
  const hex = endpoint.split(':')[0] ?? ''
  if (!/^([0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return undefined
  const bytes = (hex.match(/.{8}/g) ?? []).map((word) =>
    (word.match(/../g) ?? []).reverse().join(''),
  )
  const bits = BigInt(`0x${bytes.join('')}`)
  // IPv4 on an IPv6 socket (RFC 4291 section 2.5.5.2).
  if (hex.length === 32 && bits >> 32n === 0xffffn) {
    return formatIp({ family: 4, bits: bits & 0xffff_ffffn })
  }
  return formatIp({ family: hex.length === 8 ? 4 : 6, bits })
}

function isLocal(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || /^fe[89ab]/.test(address)
}
