import { LIMITS } from '../../core/wire/limits.js'

/**
 * The limits `ws` enforces itself, at both ends. Compression stays off: it lets a few octets on the
 * wire become a frame of megabytes, costs about 300 KB for each connection, and compresses secrets
 * and foreign text in one window.
 */
export const SOCKET_OPTIONS = {
  maxPayload: LIMITS.frame,
  /** A message of the largest size in pieces of 4 KiB, the smallest that usual senders make. */
  maxFragments: 4096,
  /** Reads of the socket held for one message: the largest message in segments of 1 KiB. */
  maxBufferedChunks: 16 * 1024,
  perMessageDeflate: false,
  /** The peer answers pings itself: `ws` would queue an answer for each. */
  autoPong: false,
  /** Milliseconds a closing handshake may take before the socket is destroyed. */
  closeTimeout: 2000,
} as const
