import { formatIp, parseIp } from '../../../core/base/ip.js'
import { ADDRESS_PROTOCOL } from '../../../core/model/link.js'
import type { InterfaceAddress } from '../../../core/model/names.js'
import { attributes, eachAttribute, octets, spanOf, uint, type Message } from '../netlink/reader.js'
import type { Request } from '../netlink/socket.js'
import { FAMILY, FLAG, IFA, MESSAGE, NODAD, PERMANENT } from '../netlink/uapi.js'

/** Length of `struct ifaddrmsg`. */
const HEADER = 8

/** RTM_NEWADDR of a new address with demarc's IFA_PROTO, and for IPv6 without duplicate address detection. */
export function addressToAdd(index: number, address: InterfaceAddress): Request {
  return addressRequest(index, address, { flags: FLAG.CREATE, protocol: ADDRESS_PROTOCOL })
}

/** The same with another IFA_PROTO, whether or not the link has the address. */
export function addressToReplace(
  index: number,
  address: InterfaceAddress,
  protocol: number,
): Request {
  return addressRequest(index, address, { flags: FLAG.REPLACE, protocol })
}

/**
 * RTM_DELADDR of exactly this address and prefix length. The kernel answers EADDRNOTAVAIL where the link
 * does not have it.
 */
export function addressToDelete(index: number, address: InterfaceAddress): Request {
  return addressRequest(index, address, null)
}

/** `adding` null: the request deletes the address. */
function addressRequest(
  index: number,
  address: InterfaceAddress,
  adding: { readonly flags: number; readonly protocol: number } | null,
): Request {
  const [text = '', length] = address.split('/')
  const local = octetsOf(text)
  const ipv6 = local.length === 16
  // `struct ifaddrmsg`: family, length, flags and scope in one octet each, then the index.
  const first = (ipv6 ? FAMILY.INET6 : FAMILY.INET) | (Number(length) << 8)
  return {
    type: adding === null ? MESSAGE.DELADDR : MESSAGE.NEWADDR,
    flags: adding?.flags ?? 0,
    body: (writer) => {
      writer.words(first, index).octets(IFA.LOCAL, local).octets(IFA.ADDRESS, local)
      if (adding !== null) writer.u8(IFA.PROTO, adding.protocol)
      if (adding !== null && ipv6) writer.u32(IFA.FLAGS, NODAD)
    },
  }
}

/**
 * The kernel's own message about an address, with another IFA_PROTO. The kernel sets what a message
 * leaves out to its default: metric, peer, and the flags of an IPv6 address (`inet6_addr_modify()`).
 */
export function addressToMark({ body }: Message, protocol: number): Request {
  return {
    type: MESSAGE.NEWADDR,
    flags: FLAG.REPLACE,
    body: (writer) => {
      writer.words(body.readUInt32LE(0), body.readUInt32LE(4))
      eachAttribute(spanOf(body, HEADER), (type, start, end) => {
        if (type === IFA.PROTO || type === IFA.CACHEINFO) return
        writer.octets(type, body.subarray(start, end))
      })
      writer.u8(IFA.PROTO, protocol)
    },
  }
}

/** The 4 or 16 octets of an address in canonical text, most significant first. */
export function octetsOf(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number)
  const local = Buffer.alloc(16)
  const bits = parseIp(text)?.bits ?? 0n
  local.writeBigUInt64BE(bits >> 64n, 0)
  local.writeBigUInt64BE(bits & 0xffff_ffff_ffff_ffffn, 8)
  return local
}

/** An address as a message of the kernel has it. */
export interface PlainAddress {
  /** Of the link. */
  readonly index: number
  readonly address: InterfaceAddress
  /** IFA_PROTO; 0: none. */
  readonly protocol: number
  /** It has a lifetime, as from DHCP. */
  readonly leased: boolean
  /** When it was added, in 1/100 s since boot (`cstamp` of `struct ifa_cacheinfo`). */
  readonly created: number
}

/** Where `cstamp` is in `struct ifa_cacheinfo`. */
const CREATED = 8

/**
 * Reads an RTM_NEWADDR of a dump. undefined for a family other than IPv4 and IPv6, and for an IPv6
 * address with a lifetime: it comes from router advertisements, which would add it again.
 */
export function parseAddress(message: Message): PlainAddress | undefined {
  const { body } = message
  if (body.length < HEADER) return undefined
  const found = attributes(spanOf(body, HEADER))
  // On a point-to-point link IFA_ADDRESS is the far end. IPv6 has IFA_LOCAL only with a far end.
  const local = octets(found.get(IFA.LOCAL) ?? found.get(IFA.ADDRESS))
  const text = local === undefined ? undefined : addressText(local)
  const leased = (body.readUInt8(2) & PERMANENT) === 0
  if (text === undefined || (leased && text.includes(':'))) return undefined
  const cache = octets(found.get(IFA.CACHEINFO))
  return {
    index: body.readUInt32LE(4),
    address: `${text}/${body.readUInt8(1)}` as InterfaceAddress,
    protocol: uint(found.get(IFA.PROTO)) ?? 0,
    leased,
    created: cache !== undefined && cache.length >= CREATED + 4 ? cache.readUInt32LE(CREATED) : 0,
  }
}

/** The canonical text of 4 or 16 octets; undefined for another number of them. */
export function addressText(local: Buffer): string | undefined {
  if (local.length === 4) return local.join('.')
  if (local.length !== 16) return undefined
  const bits = (local.readBigUInt64BE(0) << 64n) | local.readBigUInt64BE(8)
  return formatIp({ family: 6, bits })
}
