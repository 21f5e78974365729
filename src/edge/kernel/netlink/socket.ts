// The package's front door loads its other parts too, and 9 MB with them.
import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { fault, FaultError } from '../../../core/base/fault.js'
import { errnoName } from './errno.js'
import { eachMessage, type Message } from './reader.js'
import { FLAG, MESSAGE } from './uapi.js'
import { MessageWriter } from './writer.js'

/** ms without any answer after which the kernel counts as gone. */
const PATIENCE = 30_000

/**
 * Octets taken up with one read. The kernel fills answers up to the largest buffer it has seen
 * on the socket, at most 32 KiB (netlink_recvmsg()), so this is what makes a dump of 4,000 links 200
 * reads and not 2,000.
 */
const READ_SIZE = 32_768

/** Writes one message's body; begun and finished by the socket. */
export interface Request {
  readonly type: number
  readonly flags: number
  readonly body: (writer: MessageWriter) => void
}

/**
 * A conversation with the kernel: one request or one batch at a time, in the order asked. Never
 * subscribed to anything: a subscribed socket can be overrun, and the package then aborts the process.
 */
export interface NetlinkSocket {
  /** Every message of a table; asked again when the table changed under the reading. */
  readonly dump: (request: Request) => Promise<readonly Message[]>
  /** The answer to one question; rejects with a KernelError when the kernel refuses. */
  readonly get: (request: Request) => Promise<Message>
  /**
   * Sends all in one go. The kernel works through them in order and goes on after a refusal; the
   * answer holds one errno for each, 0 where it was accepted.
   */
  readonly batch: (requests: readonly Request[]) => Promise<readonly number[]>
  readonly close: () => void
}

/** The kernel said no. `errno` is positive, as in `errno.h`. */
export class KernelError extends FaultError {
  readonly errno: number

  constructor(errno: number) {
    super(fault('KERNEL_REFUSED', 'netlink', `the kernel answered ${errnoName(errno)}`))
    this.errno = errno
  }
}

/** What waits for an answer. */
interface Waiting {
  readonly take: (message: Message) => boolean
  readonly settle: (error?: Error) => void
}

/** Opens lazily and again after a failure, so that one lost socket is one failed request. */
export function netlinkSocket(protocol: number): NetlinkSocket {
  const writer = new MessageWriter()
  let raw: RawNetlinkSocket | null = null
  let waiting: Waiting | null = null
  let last: Promise<unknown> = Promise.resolve()
  let seq = 1

  function lose(error: Error): void {
    const lost = raw
    raw = null
    // Not from inside one of its callbacks: the package still uses what closing frees.
    if (lost !== null) setImmediate(() => lost.close())
    waiting?.settle(unavailable(error))
  }

  function receive(datagram: Buffer): void {
    eachMessage(datagram, (message) => {
      if (waiting?.take(message) === true) waiting.settle()
    })
  }

  function socket(): RawNetlinkSocket {
    if (raw === null) {
      raw = openRaw(protocol)
      // An exception that leaves one of these callbacks ends the process.
      raw.on('message', (datagram) => attempt(() => receive(datagram), lose))
      raw.on('truncatedMessage', () => lose(new Error('an answer was larger than the buffer')))
      raw.on('error', lose)
    }
    return raw
  }

  function exchange(datagram: Buffer, take: (message: Message) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => lose(new Error(`no answer in ${PATIENCE} ms`)), PATIENCE)
      waiting = {
        take,
        settle: (error) => {
          clearTimeout(timer)
          waiting = null
          raw?.unref()
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      attempt(() => {
        socket().ref()
        socket().send(datagram, undefined, (error) => {
          if (error !== undefined) lose(error)
        })
      }, lose)
    })
  }

  /** Waits for its turn; a failure before it is not its own. */
  function inTurn<T>(talk: () => Promise<T>): Promise<T> {
    const turn = last.then(talk, talk)
    last = turn.catch(() => undefined)
    return turn
  }

  function write(request: Request, flags: number): number {
    const number = seq
    seq = (seq % 0x7fffffff) + 1
    writer.begin(request.type, request.flags | FLAG.REQUEST | flags, number)
    request.body(writer)
    writer.finish()
    return number
  }

  async function dumpOnce(request: Request): Promise<readonly Message[] | null> {
    const found: Message[] = []
    let whole = true
    let errno = 0
    const number = write(request, FLAG.DUMP)
    await exchange(writer.take(), (message) => {
      if (message.seq !== number) return false
      if ((message.flags & FLAG.DUMP_INTERRUPTED) !== 0) whole = false
      if (message.type !== MESSAGE.ERROR && message.type !== MESSAGE.DONE) {
        found.push(message)
        return false
      }
      errno = errnoOf(message)
      return true
    })
    if (errno !== 0) throw new KernelError(errno)
    return whole ? found : null
  }

  return {
    dump: (request) =>
      inTurn(async () => {
        for (let attempts = 0; attempts < 5; attempts++) {
          const found = await dumpOnce(request)
          if (found !== null) return found
        }
        throw unavailable(new Error('its tables changed during each of 5 readings'))
      }),
    get: (request) =>
      inTurn(async () => {
        let answer: Message | null = null
        let errno = 0
        const number = write(request, 0)
        await exchange(writer.take(), (message) => {
          if (message.seq !== number) return false
          if (message.type === MESSAGE.ERROR) errno = errnoOf(message)
          else answer = message
          return true
        })
        if (answer === null) throw new KernelError(errno)
        return answer
      }),
    batch: (requests) =>
      inTurn(async () => {
        if (requests.length === 0) return []
        const errnos = requests.map(() => 0)
        // A refusal is always answered; an acknowledgement is asked of the last one only.
        const numbers = requests.map((request, place) =>
          write(request, place === requests.length - 1 ? FLAG.ACK : 0),
        )
        const places = new Map(numbers.map((number, place) => [number, place]))
        await exchange(writer.take(), (message) => {
          const place = places.get(message.seq)
          if (place === undefined || message.type !== MESSAGE.ERROR) return false
          errnos[place] = errnoOf(message)
          return place === requests.length - 1
        })
        return errnos
      }),
    close: () => {
      lose(new Error('closed'))
    },
  }
}

function openRaw(protocol: number): RawNetlinkSocket {
  return new RawNetlinkSocket(protocol, {
    messagePeeking: false,
    msgBufferSize: READ_SIZE,
    // The package's types demand sizes that its code does not need; 0 leaves the system's own.
    recvBufferSize: 0,
    sendBufferSize: 0,
  })
}

/**
 * The errno of an NLMSG_ERROR, or of the NLMSG_DONE of a dump that failed half-way
 * (netlink_dump_done()), negated in both; 0 is success.
 */
function errnoOf(message: Message): number {
  return message.body.length >= 4 ? -message.body.readInt32LE(0) : 0
}

function unavailable(cause: Error): FaultError {
  return new FaultError(
    fault(
      'KERNEL_UNAVAILABLE',
      'netlink',
      `the kernel did not answer over netlink: ${cause.message}`,
    ),
    cause,
  )
}

function attempt(deed: () => void, failed: (error: Error) => void): void {
  try {
    deed()
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)))
  }
}
