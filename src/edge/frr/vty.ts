import { connect, type Socket } from 'node:net'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'

/** What a daemon answers: its text, and 0 when it obeyed (lib/command.h CMD_SUCCESS). */
export interface Reply {
  readonly status: number
  readonly text: string
}

/** One conversation with one daemon. It ends with the first failure; open another then. */
export interface Vty {
  /** Sends all commands at once; the replies come in their order. Throws a FaultError. */
  readonly run: (commands: readonly string[]) => Promise<readonly Reply[]>
  readonly isOpen: () => boolean
  readonly close: () => void
}

export interface VtyOptions {
  /** Names the daemon in faults. */
  readonly daemon: string
  readonly path: string
  /** Longest silence while an answer is due, ms. */
  readonly timeoutMs: number
}

/**
 * Octets one answer may have. Full neighbour JSON takes about 6 kB a neighbour, so this is room for
 * ten thousand; a daemon that sends more is not one to trust.
 */
const REPLY_MAX = 64 * 1024 * 1024

/** Three NULs end the text, one status octet follows (lib/vty.c vtysh_read). */
const END = Buffer.of(0, 0, 0)

/** The daemon is there and does not answer: to ask it again at once would be as long a wait. */
export class SilentError extends FaultError {}

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: FaultError) => void
}

/** Connects to `DAEMON.vty`. Rejects with a FaultError that says what to do when nobody answers. */
export async function openVty(options: VtyOptions): Promise<Vty> {
  const socket = await dial(options)
  const waiting: Waiting[] = []
  let unread: Buffer[] = []
  let size = 0
  let ended: FaultError | undefined

  function end(error: FaultError): void {
    ended ??= error
    socket.destroy()
    for (const { reject } of waiting.splice(0)) reject(ended)
  }

  socket.setTimeout(options.timeoutMs, () => {
    if (waiting.length > 0) end(new SilentError(silent(options)))
  })
  socket.on('error', (error) => {
    end(new FaultError(broken(options, error.message)))
  })
  socket.on('close', () => {
    end(new FaultError(broken(options, 'it closed the connection')))
  })
  socket.on('data', (chunk: Buffer) => {
    unread.push(chunk)
    size += chunk.length
    if (size > REPLY_MAX) {
      const text = `${options.daemon} sent more than ${REPLY_MAX} octets`
      end(new FaultError(fault('PEER_LIMIT', options.daemon, text)))
      return
    }
    // Only the end of what has come can complete an answer, so long ones are joined once.
    if (!endsHere(unread)) return
    const { replies, rest } = split(Buffer.concat(unread))
    unread = rest.length > 0 ? [rest] : []
    size = rest.length
    for (const reply of replies) waiting.shift()?.resolve(reply)
  })

  return {
    async run(commands) {
      if (ended !== undefined) throw ended
      const replies = commands.map(
        () => new Promise<Reply>((resolve, reject) => waiting.push({ resolve, reject })),
      )
      socket.write(commands.map((command) => `${command}\0`).join(''))
      return Promise.all(replies)
    },
    isOpen: () => ended === undefined,
    close() {
      end(new FaultError(broken(options, 'demarc closed the connection')))
    },
  }
}

/** Whether the last octets can be the end of an answer: NUL, NUL, NUL, status. */
function endsHere(chunks: readonly Buffer[]): boolean {
  const last = chunks.at(-1)
  const tail =
    last !== undefined && last.length >= 4
      ? last.subarray(-4)
      : Buffer.concat(chunks.slice(-4)).subarray(-4)
  return tail.length === 4 && tail.subarray(0, 3).equals(END)
}

function split(bytes: Buffer): { replies: Reply[]; rest: Buffer } {
  const replies: Reply[] = []
  let from = 0
  for (;;) {
    const at = bytes.indexOf(END, from)
    if (at < 0 || at + 3 >= bytes.length) return { replies, rest: bytes.subarray(from) }
    replies.push({ status: bytes[at + 3] ?? 0, text: bytes.toString('utf8', from, at) })
    from = at + 4
  }
}

function dial({ daemon, path }: VtyOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      reject(new FaultError(unreachable(daemon, path, error.code ?? error.message), error))
    })
  })
}

function unreachable(daemon: string, path: string, code: string): Fault {
  const remedy =
    code === 'EACCES' || code === 'EPERM'
      ? 'this user may not open it: add it to the group frrvty'
      : `${daemon} does not run: set ${daemon}=yes in /etc/frr/daemons where it has such a line, and start the frr service`
  return fault('FRR_UNAVAILABLE', daemon, `no answer at ${path} (${code}); ${remedy}`)
}

function silent({ daemon, timeoutMs }: VtyOptions): Fault {
  return fault(
    'FRR_UNAVAILABLE',
    daemon,
    `${daemon} said nothing for ${timeoutMs} ms; if it stays so, restart the frr service`,
  )
}

function broken({ daemon }: VtyOptions, how: string): Fault {
  return fault(
    'FRR_UNAVAILABLE',
    daemon,
    `${daemon} left the conversation (${how}); it stopped or restarts`,
  )
}
