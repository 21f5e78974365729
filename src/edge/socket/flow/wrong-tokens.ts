import { seconds, type Seconds } from '../../../core/base/time.js'
import type { Clock } from '../../host/clock.js'
import { createTokenBucket, type TokenBucket } from './token-bucket.js'

/** Counts wrong tokens by the address that they come from. */
export interface WrongTokens {
  /** Notes one; the time that the caller should wait, or null while its address has sent few. */
  readonly note: (address: string | undefined) => Seconds | null
}

/** Wrong tokens that one address may show. */
const RATE = { perSecond: 0.2, burst: 20 }
/** An address that sends more waits no longer than this. */
const WAIT_MAX = 300
/** Addresses that are remembered; beyond it the one seen first is forgotten. */
const ADDRESSES_MAX = 10_000

/**
 * A right token is never held up, whatever else its address sends: many routers may share one address, and a
 * token of 256 random bits cannot be guessed. An honest caller learns from the wait to stop trying.
 */
export function createWrongTokens(clock: Clock): WrongTokens {
  const seen = new Map<string, TokenBucket>()
  return {
    note(address = '') {
      const network = networkOf(address)
      const bucket = seen.get(network) ?? createTokenBucket(RATE, clock)
      seen.set(network, bucket)
      const [first] = seen.keys()
      if (seen.size > ADDRESSES_MAX && first !== undefined) seen.delete(first)
      bucket.take(1)
      const level = bucket.level()
      return level >= 0 ? null : seconds(Math.min(WAIT_MAX, Math.ceil(-level / RATE.perSecond)))
    },
  }
}

/** One user of IPv6 has a whole /64 (RFC 6177). */
function networkOf(address: string): string {
  return address.includes('.') ? address : address.split(':').slice(0, 4).join(':')
}
