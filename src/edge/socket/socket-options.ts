import { millis } from '../../core/base/time.js'
import { BOUNDS, type Direction } from '../../core/wire/limits.js'

/** Options of a WebSocket that takes messages in this direction. */
export function socketOptions(incoming: Direction) {
  return { ...SOCKET_OPTIONS, maxPayload: BOUNDS[incoming].frame }
}

/**
 * The limits that `ws` itself enforces, at both ends. Compression is off: with it a few octets on the
 * wire can become a message of megabytes, each connection costs about 300 KB, and secrets share a
 * compression window with text of the other side.
 */
const SOCKET_OPTIONS = {
  /** The largest message in fragments of 4 KiB, the smallest that common senders make. */
  maxFragments: 4096,
  /** Reads of the socket that one message may take: the largest message in TCP segments of 1 KiB. */
  maxBufferedChunks: 16 * 1024,
  perMessageDeflate: false,
  /** `peer.ts` answers pings itself, because `ws` would queue an answer for each. */
  autoPong: false,
  /** Time that a closing handshake may take before the socket is destroyed. */
  closeTimeout: millis(2000),
} as const
