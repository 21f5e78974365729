import { join } from 'node:path'
import { formatIp } from '../../../core/base/ip.js'
import { readBounded } from '../files/bounded-read.js'

const BYTES_MAX = 4 * 1024 * 1024

const TCP_TABLES = ['proc/net/tcp', 'proc/net/tcp6']

/** TCP's port of BGP (RFC 4271). */
export const BGP_PORT = 179

/** States in the TCP tables (include/net/tcp_states.h). */
export const TCP_STATE = { ESTABLISHED: '01', SYN_SENT: '02', LISTEN: '0A' } as const

/** One socket of the TCP tables, or its heading. */
export interface TcpRow {
  readonly state: string
  readonly localPort: number
  readonly remotePort: number
  /** undefined: the row does not say one. */
  readonly remoteAddress: string | undefined
}

/** The text of a file under `root`; one that cannot be read counts as empty. */
export async function textOf(root: string, file: string): Promise<string> {
  const reading = await readBounded(join(root, file), BYTES_MAX)
  return reading.kind === 'text' ? reading.text : ''
}

/** The TCP sockets of this host. `root` stands for `/`. */
export async function tcpSockets(root: string): Promise<readonly TcpRow[]> {
  const tables = await Promise.all(TCP_TABLES.map((file) => textOf(root, file)))
  return tables.flatMap((table) =>
    table.split('\n').map((line) => {
      const [, local, remote, state = ''] = line.trim().split(/\s+/)
      return {
        state,
        localPort: portOf(local),
        remotePort: portOf(remote),
        remoteAddress: addressOf(remote),
      }
    }),
  )
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
