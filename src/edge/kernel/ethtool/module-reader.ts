import { Worker } from 'node:worker_threads'
import type { ModuleEeprom } from '../../../core/model/optic.js'
import type { Answer, Question } from './module-question.js'

/**
 * ms a module may take. 512 octets take 50 ms at the 100 kHz of the cage's I2C bus; a driver that
 * waits for firmware or tries again takes seconds.
 */
const PATIENCE = 5000
/** Threads that may hang in the kernel at a time; with more the machine has other troubles. */
const HANGING = 4

const THREAD = new URL('./module-worker.js', import.meta.url)

/** Reads module EEPROMs in a thread. */
export interface ModuleReader {
  readonly read: (port: string) => Promise<ModuleEeprom>
  readonly close: () => void
}

/**
 * The kernel reads a module while the caller waits inside `sendmsg()`: in the main thread one broken
 * module would stop everything. A thread that got stuck is left to itself until it comes back, and
 * its port is not asked again before. Modules are asked one at a time: the kernel holds the lock of
 * all its links meanwhile.
 */
export function moduleReader(patience = PATIENCE, thread = THREAD): ModuleReader {
  const stuck = new Map<string, Worker>()
  const asked = new Map<string, Promise<ModuleEeprom>>()
  let worker: Worker | null = null
  let last: Promise<unknown> = Promise.resolve()

  function start(): Worker {
    const started = new Worker(thread, {
      // Loaders and the like of the main thread are not for this one.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
    })
    started.on('error', () => {
      if (worker === started) worker = null
    })
    started.unref()
    return started
  }

  /** From the time-out on, the thread is only waited for to be rid of it. */
  function strand(port: string, hung: Worker): void {
    stuck.set(port, hung)
    worker = null
    const free = () => {
      stuck.delete(port)
      dismiss(hung)
    }
    hung.once('message', free).once('error', free)
  }

  function ask(port: string): Promise<ModuleEeprom> {
    const obstacle = obstacleTo(port)
    if (obstacle !== null) return Promise.resolve(unreadable(obstacle))
    const asking = (worker ??= start())
    return new Promise((resolve) => {
      const finish = (eeprom: ModuleEeprom) => {
        clearTimeout(timer)
        asking.off('message', hear).off('error', fail)
        resolve(eeprom)
      }
      const hear = ({ eeprom }: Answer) => finish(eeprom)
      const fail = (error: Error) =>
        finish(unreadable(`the reading thread ended: ${error.message}`))
      const timer = setTimeout(() => {
        finish(unreadable(`${port} did not give its EEPROM within ${patience} ms`))
        strand(port, asking)
      }, patience)
      asking.once('message', hear).once('error', fail)
      asking.postMessage({ port } satisfies Question)
    })
  }

  function obstacleTo(port: string): string | null {
    if (stuck.has(port)) return `${port} still has not answered an earlier reading`
    if (stuck.size >= HANGING) return `${stuck.size} other modules do not answer`
    return null
  }

  return {
    read: (port) => {
      const already = asked.get(port)
      if (already !== undefined) return already
      const reading = last.then(() => ask(port)).finally(() => asked.delete(port))
      asked.set(port, reading)
      last = reading
      return reading
    },
    close: () => {
      for (const each of [worker, ...stuck.values()]) if (each !== null) dismiss(each)
      worker = null
    },
  }
}

/**
 * A thread ends by itself, and the process no sooner: ended from outside within a callback of the
 * netlink package it would abort the process.
 */
function dismiss(thread: Worker): void {
  thread.ref()
  thread.postMessage(null satisfies Question)
}

function unreadable(reason: string): ModuleEeprom {
  return { state: 'unreadable', reason }
}
