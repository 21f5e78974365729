/** Lets one loop sleep until there is more to do. */
export interface Wakeup {
  /** Wakes the loop; where it does not sleep, its next `wait` ends at once. */
  readonly notify: () => void
  /** Resolves at the next `notify`, or when `stop` aborts. */
  readonly wait: (stop: AbortSignal) => Promise<void>
}

/** A wakeup that nobody has notified yet. */
export function createWakeup(): Wakeup {
  const sleepers = new Set<() => void>()
  let isNotified = false
  return {
    notify() {
      isNotified = true
      for (const wake of sleepers) wake()
    },
    async wait(stop) {
      if (!isNotified && !stop.aborted) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            sleepers.delete(wake)
            stop.removeEventListener('abort', wake)
            resolve()
          }
          sleepers.add(wake)
          stop.addEventListener('abort', wake)
        })
      }
      // A loop that was stopped leaves the notification to the loop of the next connection.
      if (!stop.aborted) isNotified = false
    },
  }
}
