/** Time as the loop needs it. */
export interface Clock {
  /**
   * Monotonic milliseconds since boot (CLOCK_MONOTONIC): the same for every process of one boot, and
   * never set back when NTP steps the wall clock.
   */
  readonly now: () => number
  /** Wall clock, for people and reports only. */
  readonly wall: () => Date
}

export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => new Date(),
}
