import { setImmediate as settled } from 'node:timers/promises'
import { millis, type Millis } from '../../../src/core/base/time.js'
import type { Clock } from '../../../src/edge/host/clock.js'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the time on by so many ms; sleepers wake in the order and at the time at which they are due. */
  readonly advance: (duration: number) => Promise<void>
  /** Sleepers that have not woken yet. */
  readonly sleeping: () => number
}

interface Sleeper {
  readonly dueAt: number
  readonly wake: () => void
}

/** Starts at 0 ms; its wall clock starts at 1970-01-01T00:00:00Z. */
export function manualClock(): ManualClock {
  const sleepers = new Set<Sleeper>()
  let now = 0

  function nextDue(end: number): Sleeper | undefined {
    return [...sleepers]
      .filter(({ dueAt }) => dueAt <= end)
      .sort((a, b) => a.dueAt - b.dueAt)
      .at(0)
  }

  return {
    now: () => millis(now),
    wall: () => new Date(now),
    sleeping: () => sleepers.size,
    sleep: (duration: Millis, signal?: AbortSignal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const wake = (): void => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper: Sleeper = { dueAt: now + duration, wake }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', wake, { once: true })
      }),
    async advance(duration) {
      const end = now + duration
      // Whatever has just begun to sleep is one of the sleepers before the time moves.
      await settled()
      for (let due = nextDue(end); due !== undefined; due = nextDue(end)) {
        now = due.dueAt
        due.wake()
        await settled()
      }
      now = end
    },
  }
}
