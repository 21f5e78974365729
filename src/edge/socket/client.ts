import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import * as z from 'zod'
import { fault, type Fault, type FaultCode } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { FaultShape, SUBPROTOCOL } from '../../core/wire/rpc.js'
import { rpcPeer, type PeerOptions, type RpcPeer } from './peer.js'
import { SOCKET_OPTIONS } from './socket-options.js'
import type { MethodTable } from './method-table.js'

/** Names the router beside its token, so that a hub can look up what to compare with. */
export const ROUTER_HEADER = 'demarc-router'

export interface DialOptions<
  Mine extends MethodTable,
  Theirs extends MethodTable,
> extends PeerOptions<Mine, Theirs> {
  /** `wss://…`, or `ws://…`: whether that is allowed is checked with the settings. */
  readonly url: string
  readonly token: string
  readonly router: string
  /** PEM text of the authorities to trust instead of Node's own. */
  readonly ca?: string
  readonly signal: AbortSignal
  /** Milliseconds until a dial that gets nowhere is given up. */
  readonly timeout?: number
  /** Something answered at the address, if only to refuse; with the IP address where it is known. */
  readonly onAnswer?: (address: string | undefined) => void
}

/** Dials a hub. The fault says which address, and whether trying again can help. */
export async function connect<Mine extends MethodTable, Theirs extends MethodTable>(
  options: DialOptions<Mine, Theirs>,
): Promise<Result<RpcPeer<Theirs>>> {
  const { url, token, router, ca } = options
  const at = placeOf(url)
  const ws = new WebSocket(url, SUBPROTOCOL, {
    ...SOCKET_OPTIONS,
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    handshakeTimeout: options.timeout ?? 10_000,
    headers: { authorization: `Bearer ${token}`, [ROUTER_HEADER]: router },
  })
  const { onAnswer } = options
  if (onAnswer !== undefined) {
    ws.once('upgrade', ({ socket }: IncomingMessage) => onAnswer(socket.remoteAddress))
    ws.once('unexpected-response', (_, { socket }: IncomingMessage) =>
      onAnswer(socket.remoteAddress),
    )
    ws.once('error', (error: NodeJS.ErrnoException) => {
      if (isAnswer(error.code ?? '')) onAnswer(undefined)
    })
  }
  return opened(ws, at, options)
}

/** Errors that only an answer can cause: a refusal, a reset, a certificate that does not please. */
function isAnswer(code: string): boolean {
  const tls = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPROTO' || tls.test(code)
}

export interface Opening<Mine extends MethodTable, Theirs extends MethodTable> extends PeerOptions<
  Mine,
  Theirs
> {
  readonly signal?: AbortSignal
}

/** Waits until the handshake has ended, one way or the other. `at` names the address in faults. */
export async function opened<Mine extends MethodTable, Theirs extends MethodTable>(
  ws: WebSocket,
  at: string,
  options: Opening<Mine, Theirs>,
): Promise<Result<RpcPeer<Theirs>>> {
  return new Promise((resolve) => {
    const stop = (): void => ws.terminate()
    const end = (answer: Result<RpcPeer<Theirs>>): void => {
      options.signal?.removeEventListener('abort', stop)
      ws.removeListener('error', failed)
      resolve(answer)
    }
    const failed = (error: NodeJS.ErrnoException): void =>
      end(refused(dialFault(error, at, options.unreachable)))
    const refuse = async (response: IncomingMessage): Promise<void> => {
      const faults = await turnedAway(response, at, options.unreachable)
      // The abort makes ws emit one more error, which must find somebody listening.
      ws.on('error', () => undefined)
      end(refused(...faults))
      ws.terminate()
    }
    ws.on('error', failed)
    ws.once('unexpected-response', (_, response: IncomingMessage) => {
      void refuse(response)
    })
    // The peer listens before anything can arrive: the first messages may sit behind the handshake.
    ws.once('open', () => end(ok(rpcPeer(ws, options))))
    if (options.signal?.aborted === true) stop()
    else options.signal?.addEventListener('abort', stop, { once: true })
  })
}

/** The address without user, password or query, any of which may hold a secret. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'hub'
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** A local socket's file mode is its authentication (unix(7)). */
function dialFault(error: NodeJS.ErrnoException, at: string, unreachable: FaultCode): Fault {
  if (error.code !== 'EACCES') return fault(unreachable, at, dialTrouble(error))
  const remedy = 'is open to root and to the members of its group; add yourself, or use sudo'
  return fault('UNAUTHORIZED', at, remedy)
}

/** Node says ECONNREFUSED and the like in `code`; an AggregateError has no message of its own. */
function dialTrouble(error: NodeJS.ErrnoException): string {
  return error.message === '' ? (error.code ?? 'cannot be reached') : error.message
}

/** Other keys are let pass: a newer hub may say more. */
const Refusal = z.object({ faults: z.array(z.object(FaultShape.shape)).min(1).max(20) })
/** Octets of a refusal that are read. */
const REFUSAL_MAX = 8192

async function turnedAway(
  response: IncomingMessage,
  at: string,
  unreachable: FaultCode,
): Promise<readonly Fault[]> {
  const status = response.statusCode ?? 0
  const parsed = Refusal.safeParse(parseJson(await shortBody(response)))
  if (parsed.success) {
    return parsed.data.faults.map((one) => ({ ...one, message: `${at}: ${one.message}` }))
  }
  if (status === 401 || status === 403) {
    return [fault('UNAUTHORIZED', at, `the hub answered ${status}: the token was not accepted`)]
  }
  return [fault(unreachable, at, `answered ${status} and not with a WebSocket`)]
}

async function shortBody(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString()
      if (text.length > REFUSAL_MAX) break
    }
  } catch {
    // A body that breaks off says as much as none.
  }
  return text
}
