import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { fault } from '../../core/base/fault.js'
import { refused, type Result } from '../../core/base/result.js'
import { seconds, type Millis } from '../../core/base/time.js'
import { LIMITS, type Direction } from '../../core/wire/limits.js'
import { SUBPROTOCOL } from '../../core/wire/rpc.js'
import { systemClock, type Clock } from '../host/clock.js'
import type { Callers } from './flow/callers.js'
import type { MethodTable } from './method-table.js'
import { rpcPeer, type PeerOptions, type RpcPeer } from './peer.js'
import { reject, type Refusal } from './rejection.js'
import { socketOptions } from './socket-options.js'

/** A path of an HTTP server at which WebSockets are accepted; `Caller` is who has been authenticated. */
export interface EndpointOptions<Caller, Mine extends MethodTable, Theirs extends MethodTable> {
  readonly server: Server
  readonly path: string
  /** Decides by the request's headers, before the WebSocket exists. */
  readonly authenticate: (request: IncomingMessage) => Result<Caller, Refusal>
  /** What this connection answers. `onHello` must be called when the caller has said hello. */
  readonly peer: (caller: Caller, onHello: () => void) => PeerOptions<Mine, Theirs>
  /** Time within which `onHello` must have been called; without it a caller need not say hello. */
  readonly helloTimeout?: Millis
  readonly onPeer?: (peer: RpcPeer<Theirs>, caller: Caller) => void
  /** Connections at a time of callers that have said hello; one more is answered with 503. */
  readonly connections: number
  /** Called when all connections are taken: whether one was ended to make room. */
  readonly makeRoom?: () => boolean
  /** What the connections of one caller share; `name` is the caller's. Without it each stands for itself. */
  readonly callers?: { readonly of: Callers; readonly name: (caller: Caller) => string }
  /** Whose bounds the messages to this side have; without it an agent's. */
  readonly incoming?: Direction
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
  const accepted = createConnections(options)
  const sockets = new WebSocketServer({
    ...socketOptions(options.incoming ?? 'toAgent'),
    noServer: true,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until ws takes the socket over there is no other listener for its errors, and an error without a listener is thrown.
    socket.on('error', () => socket.destroy())
    const caller = admit(options, request, accepted.introduced.size)
    if (!caller.ok) return reject(socket, caller.faults)
    sockets.handleUpgrade(request, socket, head, (ws) => accepted.add(caller.value, socket, ws))
  }

  options.server.on('upgrade', onUpgrade)
  return {
    async close() {
      options.server.removeListener('upgrade', onUpgrade)
      const peers = [...accepted.peers]
      for (const peer of peers) peer.hangUp(1001, 'going away')
      await Promise.all(peers.map(async (peer) => peer.closed))
      sockets.close()
    },
  }
}

/** The caller of an upgrade request, or why it is refused. */
function admit<Caller, Mine extends MethodTable, Theirs extends MethodTable>(
  { path, authenticate, callers, connections, makeRoom }: EndpointOptions<Caller, Mine, Theirs>,
  request: IncomingMessage,
  introduced: number,
): Result<Caller, Refusal> {
  if (request.url?.split('?', 1)[0] !== path) return refused(wrongPath(path))
  const caller = authenticate(request)
  if (!caller.ok) return caller
  if (!offersSubprotocol(request)) return refused(NO_SUBPROTOCOL)
  if (callers?.of.mayDial(callers.name(caller.value)) === false) return refused(TOO_MANY_DIALS)
  const isFull = introduced >= connections && makeRoom?.() !== true
  return isFull ? refused(full(connections)) : caller
}

/** The WebSockets that are open. */
interface Connections<Caller, Theirs extends MethodTable> {
  readonly peers: ReadonlySet<RpcPeer<Theirs>>
  /** Those whose caller has said hello, or need not. */
  readonly introduced: ReadonlySet<RpcPeer<Theirs>>
  readonly add: (caller: Caller, socket: Duplex, ws: WebSocket) => void
}

function createConnections<Caller, Mine extends MethodTable, Theirs extends MethodTable>(
  options: EndpointOptions<Caller, Mine, Theirs>,
): Connections<Caller, Theirs> {
  const peers = new Set<RpcPeer<Theirs>>()
  const introduced = new Set<RpcPeer<Theirs>>()
  const { helloTimeout, callers, incoming = 'toAgent', clock = systemClock } = options

  function share(caller: Caller, peer: RpcPeer<Theirs>): () => void {
    if (callers === undefined) return () => undefined
    return callers.of.add(callers.name(caller), {
      isIntroduced: () => introduced.has(peer),
      giveWay: () => peer.terminate('a newer connection of the same router took its place'),
    })
  }

  async function removeWhenClosed(peer: RpcPeer<Theirs>, unshare: () => void): Promise<void> {
    await peer.closed
    peers.delete(peer)
    introduced.delete(peer)
    unshare()
  }

  return {
    peers,
    introduced,
    add(caller, socket, ws) {
      const unlimited =
        helloTimeout === undefined
          ? () => undefined
          : limitBeforeHello(socket, ws, (signal) => clock.sleep(helloTimeout, signal))
      const onHello = (): void => {
        unlimited()
        if (!peer.signal.aborted) introduced.add(peer)
      }
      const allowance = callers?.of.allowance(callers.name(caller))
      const peer = rpcPeer(ws, {
        ...options.peer(caller, onHello),
        ...(allowance === undefined ? {} : { allowance }),
        incoming,
      })
      peers.add(peer)
      if (helloTimeout === undefined) introduced.add(peer)
      void removeWhenClosed(peer, share(caller, peer))
      options.onPeer?.(peer, caller)
    },
  }
}

function offersSubprotocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? ''
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL)
}

function wrongPath(path: string): Refusal {
  const nothing = fault('METHOD_UNKNOWN', 'path', `nothing is here; WebSockets are at ${path}`)
  return { status: '404 Not Found', fault: nothing }
}

const NO_SUBPROTOCOL: Refusal = {
  status: '400 Bad Request',
  fault: fault('PEER_PROTOCOL', 'sec-websocket-protocol', `the header must offer ${SUBPROTOCOL}`),
}

const TOO_MANY_DIALS: Refusal = {
  status: '429 Too Many Requests',
  fault: fault('PEER_LIMIT', 'connections', 'this router connects too often; wait 30 s'),
  retryAfter: seconds(30),
}

function full(connections: number): Refusal {
  const detail = `${connections} connections are open, which is the most; try again later`
  const fullFault = fault('PEER_LIMIT', 'connections', detail)
  return { status: '503 Service Unavailable', fault: fullFault, retryAfter: seconds(5) }
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
