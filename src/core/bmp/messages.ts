import { formatIp } from '../base/ip.js'
import type { Notification, PeerDown } from '../model/state.js'

/** What bgpd says over BMP (RFC 7854) that demarc uses. */
export type BmpEvent =
  | { readonly kind: 'initiation'; readonly system: string | null }
  | { readonly kind: 'peer-up'; readonly address: string }
  | { readonly kind: 'peer-down'; readonly address: string; readonly down: PeerDown }

/** Octets of the per-peer header. */
const PER_PEER_HEADER = 42
/** Octets of the header of a BGP message: marker, length, type. */
const BGP_HEADER = 19

const TYPE = { peerDown: 2, peerUp: 3, initiation: 4 } as const

/** Offsets in the per-peer header. */
const AT = { type: 0, flags: 1, address: 10, address4: 22 } as const
const FLAG_IPV6 = 0x80
/** Peers of the router itself: global instance, RD instance, local instance; not the Loc-RIB (RFC 9069). */
const PEER_TYPE_MAX = 2

const CEASE = 6
/** Administrative Shutdown and Reset, which may carry a message, and Hard Reset, which holds another NOTIFICATION. */
const WITH_MESSAGE: readonly number[] = [2, 4]
const HARD_RESET = 9
/** Octets of a sysName or sysDescr that are kept. */
const NAME_MAX = 80

/**
 * Reads the body of one message, whose end may be cut off. null: demarc has no use for it. undefined: it does not
 * hold what its type must hold. Routes, statistics, a Termination and types that are not known are passed over.
 */
export function readMessage(type: number, body: Uint8Array): BmpEvent | null | undefined {
  switch (type) {
    case TYPE.initiation:
      return { kind: 'initiation', system: systemOf(body) }
    case TYPE.peerUp:
    case TYPE.peerDown:
      return readPeer(type, body)
    default:
      return null
  }
}

function readPeer(type: number, body: Uint8Array): BmpEvent | null | undefined {
  if (body.length < PER_PEER_HEADER) return undefined
  if (octet(body, AT.type) > PEER_TYPE_MAX) return null
  const address = addressOf(body)
  if (type === TYPE.peerUp) return { kind: 'peer-up', address }
  const reason = body[PER_PEER_HEADER]
  if (reason === undefined) return undefined
  return { kind: 'peer-down', address, down: peerDown(reason, body.subarray(PER_PEER_HEADER + 1)) }
}

function addressOf(body: Uint8Array): string {
  const isIpv6 = (octet(body, AT.flags) & FLAG_IPV6) !== 0
  const octets = body.subarray(isIpv6 ? AT.address : AT.address4, AT.address + 16)
  const bits = [...octets].reduce((value, one) => (value << 8n) | BigInt(one), 0n)
  return formatIp({ family: isIpv6 ? 6 : 4, bits })
}

const DIRECTIONS: Readonly<Record<number, Notification['direction']>> = { 1: 'sent', 3: 'received' }

function peerDown(reason: number, data: Uint8Array): PeerDown {
  const direction = DIRECTIONS[reason]
  const said = data.subarray(BGP_HEADER)
  if (direction === undefined || said.length < 2)
    return { reason, notification: null, message: null }
  const [code, subcode] = [octet(said, 0), octet(said, 1)]
  const isHard = code === CEASE && subcode === HARD_RESET && said.length >= 4
  const inner = isHard ? said.subarray(2) : said
  const notification = { direction, code: octet(inner, 0), subcode: octet(inner, 1) }
  return { reason, notification, message: messageOf(notification, inner.subarray(2)) }
}

/** One octet with the length, then so many octets of UTF-8 (RFC 9003). */
function messageOf({ code, subcode }: Notification, data: Uint8Array): string | null {
  const length = octet(data, 0)
  const isMessage = code === CEASE && WITH_MESSAGE.includes(subcode) && length > 0
  return isMessage && data.length > length ? text(data.subarray(1, 1 + length)) : null
}

/** The first sysName (RFC 7854 section 4.4). */
function systemOf(body: Uint8Array): string | null {
  let rest = body
  while (rest.length >= 4) {
    const [type, length] = [pair(rest, 0), pair(rest, 2)]
    if (type === SYS_NAME) return text(rest.subarray(4, 4 + Math.min(length, NAME_MAX)))
    rest = rest.subarray(4 + length)
  }
  return null
}

const SYS_NAME = 2

function text(octets: Uint8Array): string {
  return new TextDecoder().decode(octets)
}

function octet(octets: Uint8Array, at: number): number {
  return octets[at] ?? 0
}

function pair(octets: Uint8Array, at: number): number {
  return (octet(octets, at) << 8) | octet(octets, at + 1)
}
