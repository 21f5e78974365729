import { Worker } from 'node:worker_threads'
import { createSerialQueue } from '../../../core/base/serial-queue.js'
import { millis, toSeconds, type Millis } from '../../../core/base/time.js'
import type { ModuleEeprom } from '../../../core/model/optic.js'
import { systemClock, type Clock } from '../../host/clock.js'
import type { Answer, Question } from './module-question.js'

/**
 * Time that a module may take. 512 octets take 50 ms at the 100 kHz of the cage's I2C bus; a driver that
 * waits for firmware or retries takes seconds.
 */
const TIMEOUT = millis(5000)
/** Threads that may hang in the kernel at a time; more of them would be the router's larger problem. */
const HANGING_MAX = 4

const THREAD = new URL('./module-worker.js', import.meta.url)

/** Reads module EEPROMs in a thread. */
export interface ModuleReader {
  /** Never rejects: a module that cannot be read is a `ModuleEeprom` with the reason. */
  readonly read: (port: string) => Promise<ModuleEeprom>
  readonly close: () => void
}

export interface ModuleReaderOptions {
  /** Time that a module may take; without it 5 s. */
  readonly timeout?: Millis
  /** The program of the thread; without it `module-worker.js`. */
  readonly thread?: URL
  readonly clock?: Clock
}

/**
 * The kernel reads a module while the caller waits inside `sendmsg()`, so in the main thread one broken
 * module would stop the agent. A thread that hangs is left alone until it answers, and its port is not
 * read again before that. Modules are read one at a time, because the kernel holds the lock of all links
 * meanwhile.
 */
export function moduleReader(options: ModuleReaderOptions = {}): ModuleReader {
  const { timeout = TIMEOUT, thread = THREAD, clock = systemClock } = options
  const threads = new ReaderThreads(thread)
  const readings = new Map<string, Promise<ModuleEeprom>>()
  const queue = createSerialQueue()

  async function read(port: string): Promise<ModuleEeprom> {
    const obstacle = threads.obstacleTo(port)
    if (obstacle !== null) return unreadable(obstacle)
    const asked = threads.current()
    const answered = new AbortController()
    const late = clock.sleep(timeout, answered.signal).then(() => null)
    const eeprom = await Promise.race([answerOf(asked, port), late])
    answered.abort()
    if (eeprom !== null) return eeprom
    threads.abandon(asked, port)
    return unreadable(`${port} did not give its EEPROM within ${toSeconds(timeout)} s`)
  }

  return {
    read(port) {
      const underWay = readings.get(port)
      if (underWay !== undefined) return underWay
      const reading = queue.run(() => read(port)).finally(() => readings.delete(port))
      readings.set(port, reading)
      return reading
    },
    close: () => threads.close(),
  }
}

/** The thread that reads, and those that hang. */
class ReaderThreads {
  readonly #program: URL
  /** By the port whose module they wait for. */
  readonly #hanging = new Map<string, Worker>()
  #current: Worker | null = null

  constructor(program: URL) {
    this.#program = program
  }

  /** Why this port cannot be read now; null: it can. */
  obstacleTo(port: string): string | null {
    if (this.#hanging.has(port)) return `${port} has still not answered an earlier reading`
    const hanging = this.#hanging.size
    return hanging >= HANGING_MAX ? `${hanging} other modules do not answer` : null
  }

  /** The thread to ask, started where there is none. */
  current(): Worker {
    return (this.#current ??= this.#start())
  }

  /** Ends a thread as soon as it has answered after all. */
  abandon(thread: Worker, port: string): void {
    this.#hanging.set(port, thread)
    this.#current = null
    const free = () => {
      this.#hanging.delete(port)
      end(thread)
    }
    thread.once('message', free).once('error', free)
  }

  close(): void {
    for (const thread of this.#hanging.values()) end(thread)
    if (this.#current !== null) end(this.#current)
    this.#current = null
  }

  #start(): Worker {
    const started = new Worker(this.#program, {
      // Options of the main thread, such as a loader, are not for this one.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
    })
    started.on('error', () => {
      if (this.#current === started) this.#current = null
    })
    started.unref()
    return started
  }
}

/** Resolves with the thread's answer, or with the reason why it ended. */
function answerOf(thread: Worker, port: string): Promise<ModuleEeprom> {
  return new Promise((resolve) => {
    const onMessage = ({ eeprom }: Answer) => {
      thread.off('error', onError)
      resolve(eeprom)
    }
    const onError = (error: Error) => {
      thread.off('message', onMessage)
      resolve(unreadable(`the reading thread ended: ${error.message}`))
    }
    thread.once('message', onMessage).once('error', onError)
    thread.postMessage({ port } satisfies Question)
  })
}

/**
 * Asks a thread to end, and keeps the process until it has. A thread that is ended from outside inside a
 * callback of the netlink package would abort the process.
 */
function end(thread: Worker): void {
  thread.ref()
  thread.postMessage(null satisfies Question)
}

function unreadable(reason: string): ModuleEeprom {
  return { state: 'unreadable', reason }
}
