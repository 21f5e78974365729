import { setTimeout as sleep } from 'node:timers/promises'
import { millis, plausibleTime, type Millis } from '../../core/base/time.js'

/** The time, as programs use it; tests have a clock of their own. */
export interface Clock {
  /**
   * Time since boot (CLOCK_MONOTONIC). It is the same for every process of one boot, and does not jump
   * when NTP or a person sets the wall clock.
   */
  readonly now: () => Millis
  /** The wall clock, in the years 2000 to 2099, only for what people read and for reports. */
  readonly wall: () => Date
  /** Resolves after that time, or as soon as the signal aborts. Never rejects. */
  readonly sleep: (duration: Millis, signal?: AbortSignal) => Promise<void>
}

/** The date, or the nearest that is plausible. */
export function plausibleDate(date: Date): Date {
  return new Date(plausibleTime(date.getTime()))
}

export const systemClock: Clock = {
  now: () => millis(Number(process.hrtime.bigint()) / 1e6),
  wall: () => plausibleDate(new Date()),
  async sleep(duration, signal) {
    await sleep(duration, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  },
}

/** Processor time that all threads of this process have taken. */
export function processorTime(): Millis {
  const { user, system } = process.cpuUsage()
  return millis((user + system) / 1000)
}
