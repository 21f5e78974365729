import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { FAULTS, fault, type Fault } from '../../core/base/fault.js'
import type { Result } from '../../core/base/result.js'
import { LIMITS } from '../../core/wire/limits.js'
import { SUBPROTOCOL } from '../../core/wire/rpc.js'
import { rpcPeer, type PeerOptions, type RpcPeer } from './peer.js'
import { SOCKET_OPTIONS } from './socket-options.js'
import type { MethodTable } from './method-table.js'

/** A place on an HTTP server where WebSockets are let in. */
export interface EndpointOptions<Who, Mine extends MethodTable, Theirs extends MethodTable> {
  readonly server: Server
  readonly path: string
  /** Who is it, or why not; before any WebSocket exists. */
  readonly authenticate: (request: IncomingMessage) => Result<Who>
  /** What this one connection answers, and with which limits. */
  readonly peer: (who: Who, introduced: () => void) => PeerOptions<Mine, Theirs>
  /** Milliseconds within which `introduced` must have been called; without it at once. */
  readonly introduction?: number
  readonly onPeer?: (peer: RpcPeer<Theirs>, who: Who) => void
  /** Connections at once; the rest are answered 503. */
  readonly connections: number
}

export interface Endpoint {
  /** Hangs up on everybody and lets nobody in any more. */
  readonly close: () => Promise<void>
}

/** Opens the door. Wrong callers get a plain HTTP answer that says what is wrong. */
export function openEndpoint<Who, Mine extends MethodTable, Theirs extends MethodTable>(
  options: EndpointOptions<Who, Mine, Theirs>,
): Endpoint {
  const inside = new Set<RpcPeer<Theirs>>()
  const sockets = new WebSocketServer({
    ...SOCKET_OPTIONS,
    noServer: true,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })

  function letIn(who: Who, socket: Duplex, ws: WebSocket): void {
    const introduced = watchIntroduction(socket, ws, options.introduction)
    const peer = rpcPeer(ws, options.peer(who, introduced))
    inside.add(peer)
    void peer.closed.then(() => inside.delete(peer))
    options.onPeer?.(peer, who)
  }

  function knock(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until ws takes the socket over, its errors are nobody else's.
    socket.on('error', () => socket.destroy())
    if (request.url?.split('?', 1)[0] !== options.path) {
      return turnAway(socket, '404 Not Found', wrongPlace(options.path))
    }
    const who = options.authenticate(request)
    if (!who.ok) return turnAway(socket, '401 Unauthorized', who.faults)
    if (!offersProtocol(request)) {
      return turnAway(socket, '400 Bad Request', [
        fault('PEER_PROTOCOL', 'sec-websocket-protocol', `must offer ${SUBPROTOCOL}`),
      ])
    }
    if (inside.size >= options.connections) {
      return turnAway(socket, '503 Service Unavailable', [
        fault('PEER_LIMIT', 'connections', `${options.connections} connections are open`),
      ])
    }
    sockets.handleUpgrade(request, socket, head, (ws) => letIn(who.value, socket, ws))
  }

  options.server.on('upgrade', knock)
  return {
    async close() {
      options.server.removeListener('upgrade', knock)
      for (const peer of inside) peer.hangUp(1001, 'going away')
      await Promise.all([...inside].map(async (peer) => peer.closed))
      sockets.close()
    },
  }
}

function offersProtocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? ''
  return offered.split(',').some((one) => one.trim() === SUBPROTOCOL)
}

function wrongPlace(path: string): readonly Fault[] {
  return [fault('METHOD_UNKNOWN', 'path', `WebSockets are at ${path}`)]
}

/** A refusal a person with curl understands as well as our own client. */
function turnAway(socket: Duplex, status: string, faults: readonly Fault[]): void {
  const body = JSON.stringify({
    faults: faults.map((one) => ({ ...one, next: FAULTS[one.code].next })),
  })
  // An upgraded socket has no timeout: one whose caller does not hang up would stay for ever.
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/**
 * Somebody who has shown a token but not said hello may send little and not for long. The octets
 * are counted on the wire, because `ws` hands a message over only when all of it is in memory.
 */
function watchIntroduction(socket: Duplex, ws: WebSocket, within: number | undefined): () => void {
  if (within === undefined) return () => undefined
  let octets = 0
  const count = (chunk: Buffer): void => {
    octets += chunk.length
    if (octets > LIMITS.frameBeforeHello) ws.close(1009, 'too much before hello')
  }
  const timer = setTimeout(() => ws.close(1008, 'no hello'), within)
  const done = (): void => {
    clearTimeout(timer)
    socket.removeListener('data', count)
  }
  socket.on('data', count)
  ws.once('close', done)
  return done
}
