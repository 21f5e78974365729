import { performance } from 'node:perf_hooks'

/** Time as the loop needs it. */
export interface Clock {
  /** Monotonic milliseconds: never goes back when NTP steps the wall clock. */
  readonly now: () => number
  /** Wall clock, for people and reports only. */
  readonly wall: () => Date
}

export const systemClock: Clock = { now: () => performance.now(), wall: () => new Date() }
