import { lstat, unlink } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { WebSocket } from 'ws'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { SUBPROTOCOL } from '../../core/wire/rpc.js'
import { opened, type Opening } from './client.js'
import { openEndpoint, type Endpoint } from './endpoint.js'
import type { PeerOptions, RpcPeer } from './peer.js'
import { SOCKET_OPTIONS } from './socket-options.js'
import type { MethodTable } from './method-table.js'

const DOOR = '/agent'
/** Operators at work at once; each costs a few kilobytes. */
const LOCAL_CONNECTIONS = 32

export interface LocalServerOptions<
  Mine extends MethodTable,
  Theirs extends MethodTable,
> extends Omit<PeerOptions<Mine, Theirs>, 'unreachable'> {
  readonly path: string
  readonly onPeer?: (peer: RpcPeer<Theirs>) => void
}

/**
 * Serves the same methods as the hub's channel to local commands. Whoever may open the socket file
 * (mode 0660: owner and group) may do everything; the file system is the authentication.
 */
export async function serveLocal<Mine extends MethodTable, Theirs extends MethodTable>(
  options: LocalServerOptions<Mine, Theirs>,
): Promise<Endpoint> {
  const wrong = pathFault(options.path)
  if (wrong !== undefined) throw new FaultError(wrong)
  await removeStale(options.path)
  const server = createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (_, response) => {
    response.writeHead(426, { connection: 'close' }).end()
  })
  const door = openEndpoint({
    server,
    path: DOOR,
    authenticate: () => ok(undefined),
    peer: () => ({ ...options, unreachable: 'AGENT_UNREACHABLE' as const }),
    connections: LOCAL_CONNECTIONS,
    ...(options.onPeer === undefined ? {} : { onPeer: options.onPeer }),
  })
  await listen(server, options.path)
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      await door.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** `sun_path` of unix(7) holds 108 octets with its closing NUL; libuv would cut a longer one short. */
const PATH_MAX = 107

function pathFault(path: string): Fault | undefined {
  if (Buffer.byteLength(path) > PATH_MAX) {
    return fault('CONFIG_VALUE', path, `is longer than the ${PATH_MAX} octets of a socket's path`)
  }
  // ws takes the first colon as the end of the path.
  const odd = /[:?#\0]/.test(path)
  return odd ? fault('CONFIG_VALUE', path, 'holds a character a socket path may not') : undefined
}

/** The mode comes from the umask: a chmod afterwards would leave a moment in which anybody may enter. */
async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(new FaultError(fault('STATE_UNWRITABLE', path, error.message), error))
    server.once('error', failed)
    // Node binds a path before `listen` returns.
    const before = process.umask(0o117)
    server.listen(path, () => {
      server.removeListener('error', failed)
      resolve()
    })
    process.umask(before)
  })
}

/** A socket file nobody listens behind is left from a crash; one that answers is a second daemon. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket()) {
    throw new FaultError(fault('STATE_UNWRITABLE', path, 'is there and is no socket'))
  }
  if (await answers(path)) {
    throw new FaultError(fault('STATE_UNWRITABLE', path, 'another demarcd is listening there'))
  }
  await unlink(path).catch(() => undefined)
}

async function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(path)
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

export interface LocalDialOptions<
  Mine extends MethodTable,
  Theirs extends MethodTable,
> extends Omit<Opening<Mine, Theirs>, 'unreachable'> {
  readonly path: string
}

/** How the `demarc` command reaches the agent of its own router. */
export async function connectLocal<Mine extends MethodTable, Theirs extends MethodTable>(
  options: LocalDialOptions<Mine, Theirs>,
): Promise<Result<RpcPeer<Theirs>>> {
  const { path } = options
  const wrong = pathFault(path)
  if (wrong !== undefined) return refused(wrong)
  const ws = new WebSocket(`ws+unix:${path}:${DOOR}`, SUBPROTOCOL, {
    ...SOCKET_OPTIONS,
    handshakeTimeout: 5000,
  })
  return opened(ws, path, { ...options, unreachable: 'AGENT_UNREACHABLE' })
}
