import { millis, type Millis } from '../../../core/base/time.js'
import type { Clock } from '../../host/clock.js'

/** A connection that is closed when nobody uses it. */
export interface Idler {
  /** Runs a request; the connection is in use until it has ended, and `after` longer. */
  readonly during: <T>(request: () => Promise<T>) => Promise<T>
  /** From now on the connection is in use for ever: it waits for what this side sends. */
  readonly subscribe: () => void
  readonly isSubscribed: () => boolean
  /** Time without use; 0 while it is in use. */
  readonly idleFor: () => Millis
  readonly stop: () => void
}

/** Calls `onIdle` once nothing has used the connection for `limit`. */
export function createIdler(limit: Millis, onIdle: () => void, clock: Clock): Idler {
  const stopped = new AbortController()
  let open = 0
  let isSubscribed = false
  let usedAt = clock.now()

  const idleFor = (): Millis => millis(open > 0 || isSubscribed ? 0 : clock.now() - usedAt)

  async function watch(): Promise<void> {
    for (;;) {
      await clock.sleep(millis(Math.max(1, limit - idleFor())), stopped.signal)
      if (stopped.signal.aborted) return
      if (idleFor() >= limit) return onIdle()
    }
  }

  void watch()
  return {
    async during(request) {
      open += 1
      try {
        return await request()
      } finally {
        open -= 1
        usedAt = clock.now()
      }
    },
    subscribe() {
      isSubscribed = true
    },
    isSubscribed: () => isSubscribed,
    idleFor,
    stop: () => stopped.abort(),
  }
}
