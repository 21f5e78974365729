import type { Clock } from '../../host/clock.js'

/** Parameters of a token bucket. */
export interface Rate {
  /** Tokens a second, on average. */
  readonly perSecond: number
  /** Tokens that may be taken at once after a quiet time. */
  readonly burst: number
}

/** Counts what somebody may still take now. It starts full. */
export interface TokenBucket {
  /** Tokens in the bucket now. */
  readonly level: () => number
  /** Takes tokens; a bucket that has fewer keeps a debt. */
  readonly take: (tokens: number) => void
}

export function createTokenBucket(
  { perSecond, burst }: Rate,
  clock: Pick<Clock, 'now'>,
): TokenBucket {
  let tokens = burst
  let refilledAt = clock.now()

  function level(): number {
    const now = clock.now()
    tokens = Math.min(burst, tokens + ((now - refilledAt) * perSecond) / 1000)
    refilledAt = now
    return tokens
  }

  return {
    level,
    take(wanted) {
      tokens = level() - wanted
    },
  }
}
