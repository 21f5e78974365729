import { millis, type Millis } from '../../../src/core/base/time.js'
import type { Clock } from '../../../src/edge/host/clock.js'

export interface FakeClock extends Clock {
  /** Moves the time on and wakes every sleep that is over then. */
  readonly advance: (duration: number) => void
}

/** Wall clock at the start. */
const START = Date.parse('2025-01-31T10:00:00.000Z')
/** Monotonic ms at the start. */
const UPTIME = 100_000

/** A clock that stands still until a test moves it on. */
export function fakeClock(): FakeClock {
  let elapsed = 0
  const sleeping = new Set<{ readonly until: number; readonly wake: () => void }>()
  return {
    now: () => millis(UPTIME + elapsed),
    wall: () => new Date(START + elapsed),
    sleep: (duration: Millis, signal?: AbortSignal) =>
      new Promise((resolve) => {
        const sleeper = { until: elapsed + duration, wake: resolve }
        const stop = (): void => {
          sleeping.delete(sleeper)
          resolve()
        }
        if (signal?.aborted === true) return resolve()
        sleeping.add(sleeper)
        signal?.addEventListener('abort', stop, { once: true })
      }),
    advance(duration) {
      elapsed += duration
      for (const sleeper of sleeping) {
        if (sleeper.until > elapsed) continue
        sleeping.delete(sleeper)
        sleeper.wake()
      }
    },
  }
}
