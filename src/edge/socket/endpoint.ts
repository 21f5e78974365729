import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { fault, type Fault } from '../../core/base/fault.js'
import type { Result } from '../../core/base/result.js'
import type { Millis } from '../../core/base/time.js'
import { LIMITS } from '../../core/wire/limits.js'
import { SUBPROTOCOL } from '../../core/wire/rpc.js'
import { systemClock, type Clock } from '../host/clock.js'
import type { MethodTable } from './method-table.js'
import { rpcPeer, type PeerOptions, type RpcPeer } from './peer.js'
import { reject } from './rejection.js'
import { SOCKET_OPTIONS } from './socket-options.js'

/** A path of an HTTP server at which WebSockets are accepted; `Caller` is who has been authenticated. */
export interface EndpointOptions<Caller, Mine extends MethodTable, Theirs extends MethodTable> {
  readonly server: Server
  readonly path: string
  /** Decides by the request's headers, before the WebSocket exists. */
  readonly authenticate: (request: IncomingMessage) => Result<Caller>
  /** What this connection answers. `onHello` must be called when the caller has said hello. */
  readonly peer: (caller: Caller, onHello: () => void) => PeerOptions<Mine, Theirs>
  /** Time within which `onHello` must have been called; without it a caller need not say hello. */
  readonly helloTimeout?: Millis
  readonly onPeer?: (peer: RpcPeer<Theirs>, caller: Caller) => void
  /** Connections at a time; one more is answered with 503. */
  readonly connections: number
  /** Measures `helloTimeout`; the system's clock without it. */
  readonly clock?: Clock
}

export interface Endpoint {
  /** Closes every connection with code 1001 and accepts no more. */
  readonly close: () => Promise<void>
}

/** Accepts WebSockets from now on. A refused caller gets an HTTP answer that says what is wrong. */
export function openEndpoint<Caller, Mine extends MethodTable, Theirs extends MethodTable>(
  options: EndpointOptions<Caller, Mine, Theirs>,
): Endpoint {
  const peers = new Set<RpcPeer<Theirs>>()
  const sockets = new WebSocketServer({
    ...SOCKET_OPTIONS,
    noServer: true,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })

  function accept(caller: Caller, socket: Duplex, ws: WebSocket): void {
    const { helloTimeout, clock = systemClock } = options
    const onHello =
      helloTimeout === undefined
        ? () => undefined
        : limitBeforeHello(socket, ws, (signal) => clock.sleep(helloTimeout, signal))
    const peer = rpcPeer(ws, options.peer(caller, onHello))
    peers.add(peer)
    void peer.closed.then(() => peers.delete(peer))
    options.onPeer?.(peer, caller)
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until ws takes the socket over there is no other listener for its errors, and an error without a listener is thrown.
    socket.on('error', () => socket.destroy())
    if (request.url?.split('?', 1)[0] !== options.path) {
      return reject(socket, '404 Not Found', wrongPath(options.path))
    }
    const caller = options.authenticate(request)
    if (!caller.ok) return reject(socket, '401 Unauthorized', caller.faults)
    if (!offersSubprotocol(request)) {
      return reject(socket, '400 Bad Request', [
        fault('PEER_PROTOCOL', 'sec-websocket-protocol', `the header must offer ${SUBPROTOCOL}`),
      ])
    }
    if (peers.size >= options.connections) {
      const detail = `${options.connections} connections are open, which is the most; try again later`
      return reject(socket, '503 Service Unavailable', [fault('PEER_LIMIT', 'connections', detail)])
    }
    sockets.handleUpgrade(request, socket, head, (ws) => accept(caller.value, socket, ws))
  }

  options.server.on('upgrade', onUpgrade)
  return {
    async close() {
      options.server.removeListener('upgrade', onUpgrade)
      for (const peer of peers) peer.hangUp(1001, 'going away')
      await Promise.all([...peers].map(async (peer) => peer.closed))
      sockets.close()
    },
  }
}

function offersSubprotocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? ''
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL)
}

function wrongPath(path: string): readonly Fault[] {
  return [fault('METHOD_UNKNOWN', 'path', `nothing is here; WebSockets are at ${path}`)]
}

/**
 * Limits what a caller may send before it has said hello, and for how long: until `timeout` resolves.
 * Octets are counted on the socket because `ws` hands a message over only when all of it is in memory.
 * The result is to be called at hello.
 */
function limitBeforeHello(
  socket: Duplex,
  ws: WebSocket,
  timeout: (signal: AbortSignal) => Promise<void>,
): () => void {
  const done = new AbortController()
  let octets = 0
  const count = (chunk: Buffer): void => {
    octets += chunk.length
    if (octets > LIMITS.frameBeforeHello) ws.close(1009, 'too much before hello')
  }
  const end = (): void => {
    done.abort()
    socket.removeListener('data', count)
  }
  async function expire(): Promise<void> {
    await timeout(done.signal)
    if (!done.signal.aborted) ws.close(1008, 'no hello')
  }
  void expire()
  socket.on('data', count)
  ws.once('close', end)
  return end
}
