import { connect, type Socket } from 'node:net'
import { fault, FaultError, type Fault } from '../../../core/base/fault.js'
import { millis, toSeconds, type Millis } from '../../../core/base/time.js'
import { ReplyReader, type Reply } from './reply-reader.js'

/** A connection to one daemon. Its first failure ends it; another must be opened then. */
export interface Vty {
  /**
   * Sends all commands at once. The replies are in the order of the commands. `timeout` is the time without
   * any octet from the daemon; while others wait as well, the longest counts. Rejects with a FaultError.
   */
  readonly run: (commands: readonly string[], timeout?: Millis) => Promise<readonly Reply[]>
  readonly isOpen: () => boolean
  readonly close: () => void
}

export interface VtyOptions {
  /** The daemon's name, for faults. */
  readonly daemon: string
  /** Path of its vty socket. */
  readonly path: string
  /** Time without any octet from the daemon while a reply is due, for commands that state none. */
  readonly timeout: Millis
}

/**
 * Octets of one reply. The neighbours as JSON take about 6 kB each, so this is room for ten thousand of
 * them; more than that is a defect of the daemon.
 */
const REPLY_MAX = 64 * 1024 * 1024

/** The daemon accepts connections and does not answer: asking it again at once would wait as long again. */
export class SilentError extends FaultError {}

/** A command whose reply is due. */
interface Pending {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: FaultError) => void
}

/** Connects to `DAEMON.vty`. Rejects with FRR_UNAVAILABLE, which says what to do. */
export async function openVty(options: VtyOptions): Promise<Vty> {
  const socket = await dial(options)
  const pending: Pending[] = []
  const reader = new ReplyReader()
  let ended: FaultError | undefined

  function end(error: FaultError): void {
    ended ??= error
    socket.destroy()
    for (const { reject } of pending.splice(0)) reject(ended)
  }

  let timeout = options.timeout
  socket.setTimeout(timeout, () => {
    if (pending.length > 0) end(new SilentError(silent(options.daemon, timeout)))
  })
  socket.on('error', (error) => end(new FaultError(broken(options, error.message))))
  socket.on('close', () => end(new FaultError(broken(options, 'it closed the connection'))))
  socket.on('data', (chunk: Buffer) => {
    for (const reply of reader.read(chunk)) pending.shift()?.resolve(reply)
    if (reader.unread > REPLY_MAX) end(new FaultError(tooLong(options)))
  })

  return {
    async run(commands, within = options.timeout) {
      if (ended !== undefined) throw ended
      timeout = pending.length === 0 ? within : millis(Math.max(timeout, within))
      socket.setTimeout(timeout)
      const replies = commands.map(
        () => new Promise<Reply>((resolve, reject) => pending.push({ resolve, reject })),
      )
      socket.write(commands.map((command) => `${command}\0`).join(''))
      return Promise.all(replies)
    },
    isOpen: () => ended === undefined,
    close: () => end(new FaultError(broken(options, 'demarc closed the connection'))),
  }
}

function dial({ daemon, path, timeout }: VtyOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // The queue of connections is full, because the daemon accepts none: it hangs (listen(2), unix(7)).
      const refusal =
        error.code === 'EAGAIN'
          ? new SilentError(silent(daemon, timeout), error)
          : new FaultError(unreachable(daemon, path, error.code ?? error.message), error)
      reject(refusal)
    })
  })
}

function unreachable(daemon: string, path: string, code: string): Fault {
  const remedy =
    code === 'EACCES' || code === 'EPERM'
      ? 'this user may not open the socket: add the user to the group frrvty'
      : `${daemon} does not run: set ${daemon}=yes in /etc/frr/daemons if it has such a line, then run systemctl restart frr`
  return fault('FRR_UNAVAILABLE', daemon, `no connection to ${path} (${code}); ${remedy}`)
}

function silent(daemon: string, timeout: Millis): Fault {
  const detail = `${daemon} did not answer within ${toSeconds(timeout)} s; if it stays so, run systemctl restart frr`
  return fault('FRR_UNAVAILABLE', daemon, detail)
}

function broken({ daemon }: VtyOptions, reason: string): Fault {
  const detail = `the connection to ${daemon} ended (${reason}); the daemon stopped or is restarting`
  return fault('FRR_UNAVAILABLE', daemon, detail)
}

function tooLong({ daemon }: VtyOptions): Fault {
  return fault('PEER_LIMIT', daemon, `${daemon} sent a reply of more than ${REPLY_MAX} octets`)
}
