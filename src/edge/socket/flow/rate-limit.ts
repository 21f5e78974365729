import { millis } from '../../../core/base/time.js'
import { LIMITS } from '../../../core/wire/limits.js'
import type { Clock } from '../../host/clock.js'

/** The reading side of a WebSocket. */
export interface Pausable {
  readonly pause: () => void
  readonly resume: () => void
}

/** Parameters of a token bucket. */
export interface MessageRate {
  /** Messages a second, on average. */
  readonly perSecond: number
  /** Messages that may arrive at once after a quiet time. */
  readonly burst: number
}

const RATE: MessageRate = { perSecond: LIMITS.messagesPerSecond, burst: LIMITS.burst }

/** Passes messages on in the order in which they arrived, no faster than its rate. */
export interface RateLimiter {
  readonly take: (text: string) => void
  /** Discards messages that still wait, and those that arrive later. */
  readonly stop: () => void
}

/** Messages that had to wait are passed on in batches this far apart, so that few timers are needed. */
const BATCH_INTERVAL = millis(50)

/**
 * A token bucket in front of the dispatcher. Above the rate no message is dropped and no connection
 * closed: reading pauses, TCP flow control slows the sender, and the messages wait in the sender's
 * memory. Messages that were already read when reading paused wait here; they are at most one read of
 * the socket (64 KiB).
 */
export function createRateLimiter(
  source: Pausable,
  handle: (text: string) => void,
  clock: Clock,
  rate: MessageRate = RATE,
): RateLimiter {
  const stopped = new AbortController()
  const waiting: string[] = []
  let paused = false
  let tokens = rate.burst
  let refilledAt = clock.now()

  function refill(): void {
    const now = clock.now()
    tokens = Math.min(rate.burst, tokens + ((now - refilledAt) * rate.perSecond) / 1000)
    refilledAt = now
  }

  async function drain(): Promise<void> {
    source.pause()
    while (waiting.length > 0) {
      await clock.sleep(BATCH_INTERVAL, stopped.signal)
      refill()
      const batch = waiting.splice(0, Math.floor(tokens))
      tokens -= batch.length
      for (const text of batch) handle(text)
    }
    paused = false
    if (!stopped.signal.aborted) source.resume()
  }

  return {
    take(text) {
      if (stopped.signal.aborted) return
      refill()
      if (!paused && tokens >= 1) {
        tokens -= 1
        handle(text)
        return
      }
      waiting.push(text)
      if (paused) return
      paused = true
      void drain()
    },
    stop() {
      waiting.length = 0
      stopped.abort()
    },
  }
}
