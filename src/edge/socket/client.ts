import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { fault, type Fault, type FaultCode } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { millis, seconds, type Millis, type Seconds } from '../../core/base/time.js'
import { SUBPROTOCOL } from '../../core/wire/rpc.js'
import type { MethodTable } from './method-table.js'
import { rpcPeer, type PeerOptions, type RpcPeer } from './peer.js'
import { rejectionFaults } from './rejection.js'
import { socketOptions } from './socket-options.js'

/** HTTP header with the router's id, so that a hub knows which router's token to compare with. */
export const ROUTER_HEADER = 'demarc-router'

const HANDSHAKE_TIMEOUT = millis(10_000)

export interface DialOptions<
  Mine extends MethodTable,
  Theirs extends MethodTable,
> extends PeerOptions<Mine, Theirs> {
  /** `wss://…` or `ws://…`. Whether plain `ws` is allowed is checked with the settings, not here. */
  readonly url: string
  readonly token: string
  /** The router's id. */
  readonly router: string
  /** PEM text of the authorities to trust instead of Node's own. */
  readonly ca?: string
  readonly signal: AbortSignal
  /** Time until a handshake without an answer is given up; without it 10 s. */
  readonly timeout?: Millis
  /** Called when anything answers at the address, even a refusal; with its IP address where that is known. */
  readonly onAnswer?: (address: string | undefined) => void
  /** Called when a refusal says how long to wait (`Retry-After` in seconds, RFC 9110 section 10.2.3). */
  readonly onRetryAfter?: (wait: Seconds) => void
}

/**
 * Connects to a hub. Faults name the hub's address: HUB_UNREACHABLE where trying again can help,
 * UNAUTHORIZED for a token that was not accepted, and what the hub itself answered.
 */
export async function connect<Mine extends MethodTable, Theirs extends MethodTable>(
  options: DialOptions<Mine, Theirs>,
): Promise<Result<RpcPeer<Theirs>>> {
  const { url, token, router, ca, onAnswer } = options
  const ws = new WebSocket(url, SUBPROTOCOL, {
    ...socketOptions(options.incoming ?? 'toAgent'),
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    handshakeTimeout: options.timeout ?? HANDSHAKE_TIMEOUT,
    headers: { authorization: `Bearer ${token}`, [ROUTER_HEADER]: router },
  })
  if (onAnswer !== undefined) reportAnswer(ws, onAnswer)
  ws.once('unexpected-response', (_, { headers }: IncomingMessage) => {
    const wait = /^\d{1,9}$/.exec(headers['retry-after'] ?? '')?.[0]
    if (wait !== undefined) options.onRetryAfter?.(seconds(Number(wait)))
  })
  return openPeer(ws, publicAddress(url), options)
}

function reportAnswer(ws: WebSocket, onAnswer: (address: string | undefined) => void): void {
  ws.once('upgrade', ({ socket }: IncomingMessage) => onAnswer(socket.remoteAddress))
  ws.once('unexpected-response', (_, { socket }: IncomingMessage) => onAnswer(socket.remoteAddress))
  ws.once('error', (error: NodeJS.ErrnoException) => {
    if (isAnswer(error.code ?? '')) onAnswer(undefined)
  })
}

/** Errors that only an answer can cause: a refusal, a reset, a certificate that is not accepted. */
function isAnswer(code: string): boolean {
  const tls = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPROTO' || tls.test(code)
}

export interface HandshakeOptions<
  Mine extends MethodTable,
  Theirs extends MethodTable,
> extends PeerOptions<Mine, Theirs> {
  /** Ends the handshake when it aborts. */
  readonly signal?: AbortSignal
}

/** Waits until the WebSocket handshake has succeeded or failed. `at` is the address in faults. */
export async function openPeer<Mine extends MethodTable, Theirs extends MethodTable>(
  ws: WebSocket,
  at: string,
  options: HandshakeOptions<Mine, Theirs>,
): Promise<Result<RpcPeer<Theirs>>> {
  const { signal, unreachable } = options
  return new Promise((resolve) => {
    const stop = (): void => ws.terminate()
    const settle = (result: Result<RpcPeer<Theirs>>): void => {
      signal?.removeEventListener('abort', stop)
      ws.removeListener('error', failed)
      resolve(result)
    }
    const failed = (error: NodeJS.ErrnoException): void =>
      settle(refused(connectFault(error, at, unreachable)))
    const rejected = async (response: IncomingMessage): Promise<void> => {
      const faults = await rejectionFaults(response, at, unreachable)
      // `terminate` makes ws emit one more error, which would be thrown without a listener.
      ws.on('error', () => undefined)
      settle(refused(...faults))
      ws.terminate()
    }
    ws.on('error', failed)
    ws.once('unexpected-response', (_, response: IncomingMessage) => void rejected(response))
    // The first messages may arrive together with the handshake, so the peer must listen at once.
    ws.once('open', () => settle(ok(rpcPeer(ws, options))))
    if (signal?.aborted === true) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

/** The address without user, password and query, any of which may hold a secret. */
function publicAddress(url: string): string {
  if (!URL.canParse(url)) return 'hub'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** EACCES comes from a Unix socket, whose file mode decides who may connect (unix(7)). */
function connectFault(error: NodeJS.ErrnoException, at: string, unreachable: FaultCode): Fault {
  if (error.code !== 'EACCES') return fault(unreachable, at, errorText(error))
  const detail =
    'only root and members of the group demarc may use this socket; run the command with sudo, ' +
    'or add your user to that group'
  return fault('UNAUTHORIZED', at, detail)
}

/** An AggregateError, which Node gives for a name with several addresses, has no message of its own. */
function errorText(error: NodeJS.ErrnoException): string {
  return error.message === '' ? (error.code ?? 'the connection failed') : error.message
}
