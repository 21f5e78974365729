import { lstat, unlink } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { WebSocket } from 'ws'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { millis } from '../../core/base/time.js'
import { SUBPROTOCOL } from '../../core/wire/rpc.js'
import { openPeer, type HandshakeOptions } from './client.js'
import { openEndpoint, type Endpoint } from './endpoint.js'
import { listen } from './listen.js'
import type { MethodTable } from './method-table.js'
import type { PeerOptions, RpcPeer } from './peer.js'
import { SOCKET_OPTIONS } from './socket-options.js'

const PATH = '/agent'
/** Commands at a time; each connection costs a few kilobytes. */
const LOCAL_CONNECTIONS = 32
/** For the headers of a request, for all of it, and for the WebSocket handshake. */
const HTTP_TIMEOUT = millis(5000)

export interface LocalServerOptions<
  Mine extends MethodTable,
  Theirs extends MethodTable,
> extends Omit<PeerOptions<Mine, Theirs>, 'unreachable'> {
  /** Path of the Unix socket. */
  readonly path: string
  readonly onPeer?: (peer: RpcPeer<Theirs>) => void
}

/**
 * Serves the agent's methods to commands on this router. A caller that may open the socket file (mode
 * 0660: owner and group) may call every method; there is no other authentication. Throws a FaultError
 * where the path cannot be used.
 */
export async function serveLocal<Mine extends MethodTable, Theirs extends MethodTable>(
  options: LocalServerOptions<Mine, Theirs>,
): Promise<Endpoint> {
  const { path, onPeer } = options
  const wrong = pathFault(path)
  if (wrong !== undefined) throw new FaultError(wrong)
  await removeStale(path)
  const limits = { headersTimeout: HTTP_TIMEOUT, requestTimeout: HTTP_TIMEOUT }
  const server = createServer(limits, (_, response) => {
    response.writeHead(426, { connection: 'close' }).end()
  })
  const endpoint = openEndpoint({
    server,
    path: PATH,
    authenticate: () => ok(undefined),
    peer: () => ({ ...options, unreachable: 'AGENT_UNREACHABLE' as const }),
    connections: LOCAL_CONNECTIONS,
    ...(onPeer === undefined ? {} : { onPeer }),
  })
  await listenPrivately(server, path)
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      await endpoint.close()
      server.closeAllConnections()
      await closed
    },
  }
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

/** The umask gives the file mode 0660. A chmod afterwards would leave a moment in which any user can connect. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const before = process.umask(0o117)
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

/** Connects a command to the agent of its own router. */
export async function connectLocal<Mine extends MethodTable, Theirs extends MethodTable>(
  options: LocalDialOptions<Mine, Theirs>,
): Promise<Result<RpcPeer<Theirs>>> {
  const { path } = options
  const wrong = pathFault(path)
  if (wrong !== undefined) return refused(wrong)
  const ws = new WebSocket(`ws+unix:${path}:${PATH}`, SUBPROTOCOL, {
    ...SOCKET_OPTIONS,
    handshakeTimeout: HTTP_TIMEOUT,
  })
  return openPeer(ws, path, { ...options, unreachable: 'AGENT_UNREACHABLE' })
}
