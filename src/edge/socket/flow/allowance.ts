import { LIMITS } from '../../../core/wire/limits.js'
import type { Clock } from '../../host/clock.js'
import { createTokenBucket, type Rate } from './token-bucket.js'

/**
 * What one sender may still send now, in messages and in octets. All connections of one sender share it,
 * so that connecting again is no way around it.
 */
export interface Allowance {
  /** Whether a message of this length is allowed now; it is taken if so. */
  readonly take: (length: number) => boolean
}

export interface AllowanceRates {
  readonly messages: Rate
  readonly octets: Rate
}

/** The rates of `core/wire`; `octetBurst` is at least the largest message. */
export function ratesOf({ octetBurst }: { readonly octetBurst: number }): AllowanceRates {
  return {
    messages: { perSecond: LIMITS.messagesPerSecond, burst: LIMITS.burst },
    octets: { perSecond: LIMITS.octetsPerSecond, burst: octetBurst },
  }
}

/** Everything is allowed up to the two bursts. A message longer than the burst passes when that is full. */
export function createAllowance({ messages, octets }: AllowanceRates, clock: Clock): Allowance {
  const count = createTokenBucket(messages, clock)
  const size = createTokenBucket(octets, clock)
  return {
    take(length) {
      if (count.level() < 1 || size.level() < Math.min(length, octets.burst)) return false
      count.take(1)
      size.take(length)
      return true
    },
  }
}
