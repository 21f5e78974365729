import { fault, FaultError } from '../../../core/base/fault.js'
import { createSerialQueue } from '../../../core/base/serial-queue.js'
import { errnoName } from './errno.js'
import type { Message } from './reader.js'
import { NetlinkTransport, unavailable } from './transport.js'
import { FLAG, MESSAGE } from './uapi.js'
import { MessageWriter } from './writer.js'

/** One message to the kernel. The socket writes its header, `body` writes the rest. */
export interface Request {
  readonly type: number
  readonly flags: number
  readonly body: (writer: MessageWriter) => void
}

/**
 * Requests to the kernel, one after the other in the order in which they were made. Each method rejects
 * with a FaultError: KERNEL_UNAVAILABLE where no answer came, a KernelError where the kernel refused.
 */
export interface NetlinkSocket {
  /**
   * Every message of a table; read again where the table changed meanwhile. Of a table that may be large,
   * only the messages that `keep` accepts are held in memory.
   */
  readonly dump: (
    request: Request,
    keep?: (message: Message) => boolean,
  ) => Promise<readonly Message[]>
  /** The answer to one request. */
  readonly get: (request: Request) => Promise<Message>
  /**
   * Sends all requests in one datagram. The kernel works through them in order and goes on after a
   * refusal. The answer holds one errno for each, 0 where it was accepted.
   */
  readonly batch: (requests: readonly Request[]) => Promise<readonly number[]>
  readonly close: () => void
}

/** The kernel refused a request. `errno` is positive, as in `errno.h`. */
export class KernelError extends FaultError {
  readonly errno: number

  constructor(errno: number) {
    super(fault('KERNEL_REFUSED', 'netlink', `the kernel answered ${errnoName(errno)}`))
    this.errno = errno
  }
}

/** Readings of one table that may be interrupted by a change before it is given up. */
const DUMPS_MAX = 5

/** Opens no socket yet; the first request does. */
export function netlinkSocket(protocol: number): NetlinkSocket {
  const queue = createSerialQueue()
  const transport = new NetlinkTransport(protocol)
  const requests = new RequestWriter()
  return {
    dump: (request, keep = () => true) =>
      queue.run(() => dump({ transport, requests }, request, keep)),
    get: (request) => queue.run(() => get(transport, requests, request)),
    batch: (all) => queue.run(() => (all.length === 0 ? [] : batch(transport, requests, all))),
    close: () => transport.close(new Error('the socket was closed')),
  }
}

/** Writes requests one behind the other, each with the next sequence number. */
class RequestWriter {
  readonly #writer = new MessageWriter()
  #sequence = 1

  /** The request's sequence number, which the kernel's answers to it carry. */
  write(request: Request, flags: number): number {
    const sequence = this.#sequence
    this.#sequence = (sequence % 0x7fffffff) + 1
    this.#writer.begin(request.type, request.flags | FLAG.REQUEST | flags, sequence)
    request.body(this.#writer)
    this.#writer.finish()
    return sequence
  }

  /** The requests written since the last call. */
  take(): Buffer {
    return this.#writer.take()
  }
}

/** What carries an exchange: the socket, and the writer of its requests. */
interface Wire {
  readonly transport: NetlinkTransport
  readonly requests: RequestWriter
}

async function dump(
  wire: Wire,
  request: Request,
  keep: (message: Message) => boolean,
): Promise<readonly Message[]> {
  for (let readings = 0; readings < DUMPS_MAX; readings++) {
    const found = await dumpOnce(wire, request, keep)
    if (found !== null) return found
  }
  throw unavailable(new Error(`its tables changed during each of ${DUMPS_MAX} readings`))
}

/** null: the table changed while it was read. */
async function dumpOnce(
  { transport, requests }: Wire,
  request: Request,
  keep: (message: Message) => boolean,
): Promise<readonly Message[] | null> {
  const found: Message[] = []
  let whole = true
  let errno = 0
  const sequence = requests.write(request, FLAG.DUMP)
  await transport.exchange(requests.take(), (message) => {
    if (message.seq !== sequence) return false
    if ((message.flags & FLAG.DUMP_INTERRUPTED) !== 0) whole = false
    if (message.type !== MESSAGE.ERROR && message.type !== MESSAGE.DONE) {
      if (keep(message)) found.push(message)
      return false
    }
    errno = errnoOf(message)
    return true
  })
  if (errno !== 0) throw new KernelError(errno)
  return whole ? found : null
}

async function get(
  transport: NetlinkTransport,
  requests: RequestWriter,
  request: Request,
): Promise<Message> {
  let answer: Message | null = null
  let errno = 0
  const sequence = requests.write(request, 0)
  await transport.exchange(requests.take(), (message) => {
    if (message.seq !== sequence) return false
    if (message.type === MESSAGE.ERROR) errno = errnoOf(message)
    else answer = message
    return true
  })
  if (answer === null) throw new KernelError(errno)
  return answer
}

async function batch(
  transport: NetlinkTransport,
  requests: RequestWriter,
  all: readonly Request[],
): Promise<readonly number[]> {
  const last = all.length - 1
  // Every refusal is answered; the acknowledgement of the last request shows that all have been worked through.
  const sequences = all.map((request, place) =>
    requests.write(request, place === last ? FLAG.ACK : 0),
  )
  const places = new Map(sequences.map((sequence, place) => [sequence, place]))
  const errnos = all.map(() => 0)
  await transport.exchange(requests.take(), (message) => {
    const place = places.get(message.seq)
    if (place === undefined || message.type !== MESSAGE.ERROR) return false
    errnos[place] = errnoOf(message)
    return place === last
  })
  return errnos
}

/**
 * The errno of an NLMSG_ERROR, or of the NLMSG_DONE of a dump that failed half-way
 * (`netlink_dump_done()`). Both carry it negated; 0 is success.
 */
function errnoOf(message: Message): number {
  return message.body.length >= 4 ? -message.body.readInt32LE(0) : 0
}
