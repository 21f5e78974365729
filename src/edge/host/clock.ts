import { setTimeout as sleep } from 'node:timers/promises'
import { millis, type Millis } from '../../core/base/time.js'

/** Time as the programs need it; tests bring a clock of their own. */
export interface Clock {
  /**
   * Monotonic milliseconds since boot (CLOCK_MONOTONIC): the same for every process of one boot, and
   * never set back when NTP steps the wall clock.
   */
  readonly now: () => Millis
  /** Wall clock, for people and reports only. */
  readonly wall: () => Date
  /** Resolves after that time, or as soon as the signal aborts. */
  readonly sleep: (duration: Millis, signal?: AbortSignal) => Promise<void>
}

export const systemClock: Clock = {
  now: () => millis(Number(process.hrtime.bigint()) / 1e6),
  wall: () => new Date(),
  async sleep(duration, signal) {
    await sleep(duration, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  },
}
