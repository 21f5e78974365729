import { FAMILY } from '../netlink/uapi.js'

/** Ends that are printed until the next {@link Ends.refill}. */
const AT_ONCE_MAX = 256

/** The port of BGP. */
const BGP = 179

/** Offsets in octets in a message of a socket: `struct nlmsghdr`, then `struct inet_diag_msg`. */
const AT = { family: 16, localPort: 20, remotePort: 22, remote: 40, end: 56 } as const

/** Finds the ends of TCP connections of BGP among all sockets that the kernel frees. */
export interface Ends {
  /** The line to print for this message, whose end may be cut off; null: it is another socket. */
  readonly ended: (message: Buffer) => string | null
  /** More may be printed again; whether there were ends that were not printed since it was last called. */
  readonly refill: () => boolean
}

export function createEnds(): Ends {
  let count = 0
  return {
    ended(message) {
      if (message.length < AT.end) return null
      const ports = [message.readUInt16BE(AT.localPort), message.readUInt16BE(AT.remotePort)]
      const address = ports.includes(BGP) ? remoteOf(message) : null
      if (address === null) return null
      count += 1
      return count > AT_ONCE_MAX ? null : `session ${address}`
    },
    refill() {
      const areLeftOut = count > AT_ONCE_MAX
      count = 0
      return areLeftOut
    },
  }
}

/** null: the socket listened, and had no far end. */
function remoteOf(message: Buffer): string | null {
  const octets = message.subarray(AT.remote, AT.end)
  if (octets.every((octet) => octet === 0)) return null
  const isMapped = octets.subarray(0, 12).equals(MAPPED)
  if (message[AT.family] === FAMILY.INET) return octets.subarray(0, 4).join('.')
  return isMapped ? octets.subarray(12).join('.') : ipv6(octets)
}

/** ::ffff:0:0/96, an IPv4 address on a socket of IPv6. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

function ipv6(octets: Buffer): string {
  return new URL(
    `http://[${octets.toString('hex').replace(/(.{4})(?=.)/g, '$1:')}]`,
  ).hostname.slice(1, -1)
}

const LINE = /^session ([0-9a-f.:]{2,45})$/

/** The address in a line of {@link Ends}; null: it is another line. */
export function readEndLine(line: string): string | null {
  return LINE.exec(line)?.[1] ?? null
}
