import { createSerialQueue, type SerialQueue } from '../../core/base/serial-queue.js'

/** One queue of tasks for each router; the tasks of two routers do not wait for each other. */
export interface SerialQueues {
  /** Resolves or rejects as the task does; a task that fails does not hold up those after it. */
  readonly run: <T>(id: string, task: () => Promise<T>) => Promise<T>
  /** Whether a task of this router runs or waits. */
  readonly isBusy: (id: string) => boolean
  /** Resolves when no task runs or waits, those that came meanwhile included. */
  readonly idle: () => Promise<void>
}

/** No tasks yet; a router takes memory only while it has one. */
export function createSerialQueues(): SerialQueues {
  const queues = new Map<string, SerialQueue>()

  function queueOf(id: string): SerialQueue {
    const queue = queues.get(id) ?? createSerialQueue()
    queues.set(id, queue)
    return queue
  }

  return {
    async run(id, task) {
      const queue = queueOf(id)
      try {
        return await queue.run(task)
      } finally {
        if (!queue.isBusy()) queues.delete(id)
      }
    },
    isBusy: (id) => queues.get(id)?.isBusy() ?? false,
    async idle() {
      while (queues.size > 0) await Promise.all([...queues.values()].map((queue) => queue.idle()))
    },
  }
}
