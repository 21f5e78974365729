import { lstat, unlink } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { WebSocket } from 'ws'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { millis } from '../../core/base/time.js'
import { SUBPROTOCOL } from '../../core/wire/rpc.js'
import { systemClock, type Clock } from '../host/clock.js'
import { socketInode } from '../host/socket-inode.js'
import { openPeer, type HandshakeOptions } from './client.js'
import { openEndpoint, type Endpoint } from './endpoint.js'
import { createIdler, type Idler } from './flow/idle.js'
import { listen } from './listen.js'
import type { Handlers, MethodTable } from './method-table.js'
import type { PeerOptions, RpcPeer } from './peer.js'
import { socketOptions } from './socket-options.js'

const PATH = '/agent'
/** Commands at a time; each connection costs a few kilobytes. */
const LOCAL_CONNECTIONS = 32
/** Commands of root at a time, which have a socket of their own. */
const ROOT_CONNECTIONS = 8
/** Connections that wait for what the agent sends. The other places stay for requests. */
const SUBSCRIBERS = 16
/** TCP has no part in this: sockets that have not sent a whole request yet. */
const NEWCOMERS = 32
/** For the headers of a request, for all of it, and for the WebSocket handshake. */
const HTTP_TIMEOUT = millis(5000)
/** How often Node looks for requests that are too slow. */
const CHECK_INTERVAL = millis(1000)
/** A connection without a request for this long is closed, unless it is subscribed. */
const IDLE = millis(60_000)

export interface LocalServerOptions<
  Mine extends MethodTable,
  Theirs extends MethodTable,
> extends Omit<PeerOptions<Mine, Theirs>, 'unreachable' | 'incoming' | 'outgoing' | 'handlers'> {
  /** What a connection answers; `inode` is that of its socket on this side, null where it is not known. */
  readonly handlers: (peer: RpcPeer<Theirs>, inode: number | null) => Handlers<Mine>
  /** Path of the Unix socket. */
  readonly path: string
  readonly onPeer?: (peer: RpcPeer<Theirs>) => void
  /** The method after which a connection waits for what this side sends. */
  readonly subscription?: keyof Mine & string
}

/**
 * Serves the agent's methods to commands on this router, at two sockets: one for the owner and the group
 * (mode 0660), and `.root` beside it for the owner and root alone (mode 0600), so that the group cannot take
 * the places of root. A caller that may open a socket file may call every method; there is no other
 * authentication. Throws a FaultError where a path cannot be used.
 */
export async function serveLocal<Mine extends MethodTable, Theirs extends MethodTable>(
  options: LocalServerOptions<Mine, Theirs>,
): Promise<Endpoint> {
  const group = await serveSocket(options, {
    path: options.path,
    mode: 0o660,
    most: LOCAL_CONNECTIONS,
  })
  const path = rootPath(options.path)
  if (pathFault(path) !== undefined) return group
  const root = await serveSocket(options, { path, mode: 0o600, most: ROOT_CONNECTIONS })
  return {
    async close() {
      await Promise.all([group.close(), root.close()])
    },
  }
}

/** The socket of root beside that of the group. */
function rootPath(path: string): string {
  return `${path}.root`
}

interface SocketClass {
  readonly path: string
  readonly mode: number
  /** Connections at a time. */
  readonly most: number
}

async function serveSocket<Mine extends MethodTable, Theirs extends MethodTable>(
  options: LocalServerOptions<Mine, Theirs>,
  { path, mode, most }: SocketClass,
): Promise<Endpoint> {
  const wrong = pathFault(path)
  if (wrong !== undefined) throw new FaultError(wrong)
  await removeStale(path)
  const server = createServer(
    {
      headersTimeout: HTTP_TIMEOUT,
      requestTimeout: HTTP_TIMEOUT,
      connectionsCheckingInterval: CHECK_INTERVAL,
    },
    (_, response) => {
      response.writeHead(426, { connection: 'close' }).end()
    },
  )
  server.maxConnections = most + NEWCOMERS
  const idle = createIdlePeers<Theirs>(options.clock ?? systemClock)
  const endpoint = openEndpoint({
    server,
    path: PATH,
    authenticate: ({ socket }) => ok(socketInode(socket)),
    peer: (inode) => ({
      ...options,
      unreachable: 'AGENT_UNREACHABLE' as const,
      handlers: (peer: RpcPeer<Theirs>) =>
        idle.watched(peer, options.handlers(peer, inode), options.subscription),
    }),
    connections: most,
    makeRoom: idle.evict,
    ...(options.onPeer === undefined ? {} : { onPeer: options.onPeer }),
  })
  await listenPrivately(server, path, mode)
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      await endpoint.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Connections of commands, with the time since each was used. */
interface IdlePeers<Theirs extends MethodTable> {
  /** The handlers for this connection; each request counts as a use of it. */
  readonly watched: <Mine extends MethodTable>(
    peer: RpcPeer<Theirs>,
    handlers: Handlers<Mine>,
    subscription: string | undefined,
  ) => Handlers<Mine>
  /** Ends the connection that has been without use for the longest; false: all are in use. */
  readonly evict: () => boolean
}

function createIdlePeers<Theirs extends MethodTable>(clock: Clock): IdlePeers<Theirs> {
  const idlers = new Map<RpcPeer<Theirs>, Idler>()

  function subscribe(idler: Idler): Fault | undefined {
    const others = [...idlers.values()].filter((one) => one !== idler && one.isSubscribed())
    if (others.length >= SUBSCRIBERS) {
      const detail = `${SUBSCRIBERS} commands are watching, which is the most; end one of them`
      return fault('PEER_LIMIT', 'connections', detail)
    }
    idler.subscribe()
    return undefined
  }

  async function removeWhenClosed(peer: RpcPeer<Theirs>, idler: Idler): Promise<void> {
    await peer.closed
    idler.stop()
    idlers.delete(peer)
  }

  return {
    watched(peer, handlers, subscription) {
      const idler = createIdler(IDLE, () => peer.hangUp(1001, 'not used for a minute'), clock)
      idlers.set(peer, idler)
      void removeWhenClosed(peer, idler)
      return wrapped(handlers, (method, request) =>
        idler.during(async () => {
          const full = method === subscription ? subscribe(idler) : undefined
          return full === undefined ? request() : refused(full)
        }),
      )
    },
    evict() {
      const [longest] = [...idlers]
        .filter(([, idler]) => idler.idleFor() > 0)
        .sort(([, a], [, b]) => b.idleFor() - a.idleFor())
      if (longest === undefined) return false
      const [peer] = longest
      idlers.delete(peer)
      peer.terminate('another command needed the place')
      return true
    },
  }
}

type Around = (method: string, request: () => Promise<Result<unknown>>) => Promise<Result<unknown>>

/** The same handlers with something around each. */
function wrapped<T extends MethodTable>(handlers: Handlers<T>, around: Around): Handlers<T> {
  const entries = Object.entries(handlers).map(([method, handler]) => {
    // The handlers' own types tie parameters and results together; by name alone TypeScript cannot.
    const perform = handler as (params: unknown) => Result<unknown> | Promise<Result<unknown>>
    return [method, async (params: unknown) => around(method, async () => perform(params))]
  })
  return Object.fromEntries(entries) as Handlers<T>
}

/** `sun_path` of unix(7) holds 108 octets with its closing NUL; libuv would cut a longer path short. */
const PATH_MAX = 107

function pathFault(path: string): Fault | undefined {
  const octets = Buffer.byteLength(path)
  if (octets > PATH_MAX) {
    const detail = `the path has ${octets} octets; the path of a socket has at most ${PATH_MAX}`
    return fault('CONFIG_VALUE', path, detail)
  }
  // ws takes the first colon of `ws+unix:PATH:/agent` as the end of the path, and `?` and `#` as in a URL.
  const odd = /[:?#\0]/.exec(path)?.[0]
  if (odd === undefined) return undefined
  const detail = `the path of the socket must not contain ${JSON.stringify(odd)}`
  return fault('CONFIG_VALUE', path, detail)
}

/** The umask gives the file its mode. A chmod afterwards would leave a moment in which any user can connect. */
async function listenPrivately(server: Server, path: string, mode: number): Promise<void> {
  const before = process.umask(0o777 & ~mode)
  const listening = listen(server, { path }, 'STATE_UNWRITABLE', path)
  // The socket file exists by now: `listen` binds before it returns.
  process.umask(before)
  await listening
}

/**
 * Removes a socket file that a killed process left. Throws where another process listens behind it, and
 * where the file is not a socket.
 */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket()) {
    const detail = 'the file is not a socket; remove it, or set [state] socket to another path'
    throw new FaultError(fault('STATE_UNWRITABLE', path, detail))
  }
  if (await accepts(path)) {
    const detail = 'another demarcd is listening there; stop it first'
    throw new FaultError(fault('STATE_UNWRITABLE', path, detail))
  }
  await unlink(path).catch(() => undefined)
}

async function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(path)
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

export interface LocalDialOptions<
  Mine extends MethodTable,
  Theirs extends MethodTable,
> extends Omit<HandshakeOptions<Mine, Theirs>, 'unreachable'> {
  /** Path of the Unix socket. */
  readonly path: string
}

/** Connects a command to the agent of its own router; a command of root has a socket of its own there. */
export async function connectLocal<Mine extends MethodTable, Theirs extends MethodTable>(
  options: LocalDialOptions<Mine, Theirs>,
): Promise<Result<RpcPeer<Theirs>>> {
  const { path } = options
  const wrong = pathFault(path)
  if (wrong !== undefined) return refused(wrong)
  if (process.getuid?.() === 0 && pathFault(rootPath(path)) === undefined) {
    const peer = await dialSocket(rootPath(path), options)
    // An agent of an earlier version has no such socket.
    if (peer.ok) return peer
  }
  return dialSocket(path, options)
}

async function dialSocket<Mine extends MethodTable, Theirs extends MethodTable>(
  path: string,
  options: LocalDialOptions<Mine, Theirs>,
): Promise<Result<RpcPeer<Theirs>>> {
  const ws = new WebSocket(`ws+unix:${path}:${PATH}`, SUBPROTOCOL, {
    ...socketOptions('toAgent'),
    handshakeTimeout: HTTP_TIMEOUT,
  })
  return openPeer(ws, path, { ...options, unreachable: 'AGENT_UNREACHABLE' })
}
