import { millis } from '../../../core/base/time.js'
import type { Clock } from '../../host/clock.js'

/** The reading side of a WebSocket. */
export interface Pausable {
  readonly pause: () => void
  readonly resume: () => void
}

/** Passes messages on in the order in which they arrived, no faster than they may be taken. */
export interface RateLimiter<T> {
  readonly take: (message: T) => void
  /** Discards messages that still wait, and those that arrive later. */
  readonly stop: () => void
}

/** Messages that had to wait are passed on in batches this far apart, so that few timers are needed. */
const BATCH_INTERVAL = millis(50)

/**
 * Token buckets in front of the dispatcher. Above the rate no message is dropped and no connection
 * closed: reading pauses, TCP flow control slows the sender, and the messages wait in the sender's
 * memory. Messages that were already read when reading paused wait here; they are at most one read of
 * the socket (64 KiB) and the message that was being read.
 */
export function createRateLimiter<T>(
  source: Pausable,
  handle: (message: T) => void,
  clock: Clock,
  mayTake: (message: T) => boolean,
): RateLimiter<T> {
  const stopped = new AbortController()
  const waiting: T[] = []
  let paused = false

  async function drain(): Promise<void> {
    source.pause()
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (mayTake(next)) {
        waiting.shift()
        handle(next)
      } else await clock.sleep(BATCH_INTERVAL, stopped.signal)
    }
    paused = false
    if (!stopped.signal.aborted) source.resume()
  }

  return {
    take(message) {
      if (stopped.signal.aborted) return
      if (!paused && mayTake(message)) {
        handle(message)
        return
      }
      waiting.push(message)
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
