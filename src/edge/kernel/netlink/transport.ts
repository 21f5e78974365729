// The package's main module loads its other parts too, which takes 9 MB more.
import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { fault, FaultError } from '../../../core/base/fault.js'
import { millis, toSeconds } from '../../../core/base/time.js'
import { eachMessage, type Message } from './reader.js'

/** Time without an answer after which the kernel counts as unavailable. */
const TIMEOUT = millis(30_000)

/**
 * Octets that one read takes. The kernel fills its answers up to the largest buffer it has seen on the
 * socket, at most 32 KiB (`netlink_recvmsg()`): so a dump of 4,000 links takes 200 reads, not 2,000.
 */
const READ_SIZE = 32_768

/** The exchange under way: what looks at each message, and what ends it. */
interface Exchange {
  readonly take: (message: Message) => boolean
  readonly settle: (error?: Error) => void
}

/**
 * A netlink socket that carries one exchange at a time. It opens with the first one, and again after a
 * failure, so that a lost socket costs one failed exchange. It joins no multicast group: the kernel can
 * overrun a socket that did, and the package then aborts the process.
 */
export class NetlinkTransport {
  readonly #protocol: number
  #raw: RawNetlinkSocket | null = null
  #exchange: Exchange | null = null

  constructor(protocol: number) {
    this.#protocol = protocol
  }

  /**
   * Sends the datagram and hands each message that arrives to `take`, until that returns true. Rejects
   * with KERNEL_UNAVAILABLE.
   */
  exchange(datagram: Buffer, take: (message: Message) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const expire = () => this.close(new Error(`no answer within ${toSeconds(TIMEOUT)} s`))
      const timer = setTimeout(expire, TIMEOUT)
      this.#exchange = {
        take,
        settle: (error) => {
          clearTimeout(timer)
          this.#exchange = null
          this.#raw?.unref()
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      this.#guarded(() => {
        const raw = (this.#raw ??= this.#open())
        raw.ref()
        raw.send(datagram, undefined, (error) => {
          if (error !== undefined) this.close(error)
        })
      })
    })
  }

  /** Closes the socket and fails the exchange under way. The next exchange opens it again. */
  close(error: Error): void {
    const closed = this.#raw
    this.#raw = null
    // Not from inside one of its callbacks: the package still uses then what closing frees.
    if (closed !== null) setImmediate(() => closed.close())
    this.#exchange?.settle(unavailable(error))
  }

  #open(): RawNetlinkSocket {
    const raw = new RawNetlinkSocket(this.#protocol, {
      messagePeeking: false,
      msgBufferSize: READ_SIZE,
      // The package's types demand sizes that its code does not need; 0 leaves the system's own.
      recvBufferSize: 0,
      sendBufferSize: 0,
    })
    raw.on('message', (datagram) => this.#guarded(() => this.#receive(datagram)))
    raw.on('truncatedMessage', () => {
      this.close(new Error('an answer was larger than the buffer'))
    })
    raw.on('error', (error) => this.close(error))
    return raw
  }

  #receive(datagram: Buffer): void {
    eachMessage(datagram, (message) => {
      if (this.#exchange?.take(message) === true) this.#exchange.settle()
    })
  }

  /** An exception that leaves a callback of the package ends the process; here it ends the exchange. */
  #guarded(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

/** KERNEL_UNAVAILABLE with the reason in words. */
export function unavailable(cause: Error): FaultError {
  const detail = `the kernel did not answer over netlink: ${cause.message}`
  return new FaultError(fault('KERNEL_UNAVAILABLE', 'netlink', detail), cause)
}
