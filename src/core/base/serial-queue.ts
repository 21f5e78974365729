/** Tasks that run one after the other, in the order in which they were given. */
export interface SerialQueue {
  /** Resolves or rejects as the task does; a task that fails does not hold up those after it. */
  readonly run: <T>(task: () => T | Promise<T>) => Promise<T>
  /** Whether a task runs or waits. */
  readonly isBusy: () => boolean
  /** Resolves when no task runs or waits any more, those that came meanwhile included. */
  readonly idle: () => Promise<void>
}

/** An empty queue. */
export function createSerialQueue(): SerialQueue {
  let newest: Promise<unknown> | null = null
  return {
    async run(task) {
      const done = Promise.resolve(newest).then(task)
      const settled = done.catch(() => undefined)
      newest = settled
      try {
        return await done
      } finally {
        if (newest === settled) newest = null
      }
    },
    isBusy: () => newest !== null,
    async idle() {
      for (let last = newest; last !== null; last = newest) await last
    },
  }
}
