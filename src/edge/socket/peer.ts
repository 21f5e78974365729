import type { RawData, WebSocket } from 'ws'
import { fault } from '../../core/base/fault.js'
import type { Result } from '../../core/base/result.js'
import { millis, type Millis } from '../../core/base/time.js'
import { weighJson, type WeighedJson } from '../../core/wire/json-scan.js'
import { BOUNDS, LIMITS, type Direction } from '../../core/wire/limits.js'
import { errorFrame } from '../../core/wire/rpc.js'
import { systemClock, type Clock } from '../host/clock.js'
import { createDispatcher, type Dispatcher } from './dispatcher.js'
import { readFrame } from './frame.js'
import { createFrameSender, type FrameSender } from './frame-sender.js'
import { createAllowance, ratesOf, type Allowance } from './flow/allowance.js'
import { createKeepalive, type Keepalive } from './flow/keepalive.js'
import type { CallParams, CallResult, Handlers, MethodTable } from './method-table.js'
import { createOutgoingCalls, type OutgoingCalls } from './outgoing-calls.js'
import { createRateLimiter } from './flow/rate-limit.js'

/** How a connection ended: the WebSocket close code (RFC 6455 section 7.4) and the reason in words. */
interface Closure {
  readonly code: number
  readonly reason: string
}

/** One end of a JSON-RPC 2.0 connection. None of its methods throws, and no promise of it rejects. */
export interface RpcPeer<Theirs extends MethodTable> {
  readonly call: <M extends keyof Theirs & string>(
    method: M,
    params: CallParams<Theirs, M>,
    /** Time until an answer counts as lost; without it 30 s. */
    options?: { readonly timeout?: Millis },
  ) => Promise<Result<CallResult<Theirs, M>>>
  readonly notify: (method: string, params: object) => void
  /** Closes with a code and a reason; the socket is destroyed two seconds later at the latest. */
  readonly hangUp: (code: number, reason: string) => void
  /** Destroys the socket without a closing handshake, for a peer that no longer answers. */
  readonly terminate: (reason: string) => void
  readonly closed: Promise<Closure>
  /** Aborted once the connection is closed. */
  readonly signal: AbortSignal
}

export interface PeerOptions<Mine extends MethodTable, Theirs extends MethodTable> {
  readonly mine: Mine
  readonly theirs: Theirs
  readonly handlers: (peer: RpcPeer<Theirs>) => Handlers<Mine>
  /** The fault code of a call that got no answer. */
  readonly unreachable: 'AGENT_UNREACHABLE' | 'HUB_UNREACHABLE'
  /**
   * Time without any message after which the connection is closed as dead. WebSocket pings are sent
   * before that. Without it the connection may be silent for ever.
   */
  readonly silence?: Millis
  /** Called when a handler threw something that is not a fault, for the log. */
  readonly onBug?: (method: string, error: unknown) => void
  /** Measures silence and the rate of messages; the system's clock without it. */
  readonly clock?: Clock
  /** Whose bounds messages to this side have; without it an agent's. */
  readonly incoming?: Direction
  /** Whose bounds messages of this side have; without it an agent's. */
  readonly outgoing?: Direction
  /** What the other side may send, shared by all its connections; without it this connection has its own. */
  readonly allowance?: Allowance
}

const CALL_TIMEOUT = millis(30_000)

/** For a call that is answered when a change has ended, which takes minutes on a large router. */
export const CHANGE_TIMEOUT = millis(300_000)

/** Speaks JSON-RPC 2.0 over an open WebSocket, within the limits of `core/wire`. */
export function rpcPeer<Mine extends MethodTable, Theirs extends MethodTable>(
  ws: WebSocket,
  options: PeerOptions<Mine, Theirs>,
): RpcPeer<Theirs> {
  const { clock = systemClock } = options
  const bounds = BOUNDS[options.incoming ?? 'toAgent']
  const connection = openConnection(ws)
  const { frame } = BOUNDS[options.outgoing ?? 'toAgent']
  const sender = createFrameSender(ws, frame, connection.terminate)
  const calls = createOutgoingCalls(options.theirs, options.unreachable, sender.send)
  const peer: RpcPeer<Theirs> = {
    // `calls` has parsed the answer with the method's own schema.
    call: async (method, params, { timeout = CALL_TIMEOUT } = {}) =>
      (await calls.call(method, params, timeout)) as Result<CallResult<Theirs, typeof method>>,
    notify: (method, params) => void sender.send({ jsonrpc: '2.0', method, params }),
    hangUp: (code, reason) => ws.close(code, closeReason(reason)),
    terminate: connection.terminate,
    closed: connection.closed,
    signal: connection.signal,
  }
  const { onBug = () => undefined } = options
  const dispatcher = createDispatcher(options.mine, options.handlers(peer), sender.answer, onBug)
  const keepalive = createKeepalive(
    options.silence,
    { probe: () => ws.ping(), giveUp: () => connection.terminate('nothing was received any more') },
    clock,
  )
  const allowance = options.allowance ?? createAllowance(ratesOf(bounds), clock)
  const limiter = createRateLimiter(
    { pause: () => ws.pause(), resume: () => ws.resume() },
    (message: WeighedJson) => {
      // A message may have waited here for longer than the other side may be silent.
      keepalive.received()
      try {
        handleMessage(message, { calls, dispatcher, sender })
      } catch (error) {
        // One message of a peer must never end the process. The peer gets no answer.
        onBug('message', error)
      }
    },
    clock,
    ({ text, values }) => allowance.take(Math.max(text.length, values * LIMITS.octetsPerValue)),
  )
  receiveMessages(ws, (text) => limiter.take(weighJson(text, bounds)))
  answerPings(ws, keepalive)
  connection.onClose((reason) => {
    keepalive.stop()
    limiter.stop()
    calls.cutOff(reason)
  })
  return peer
}

/** The state of one connection: open, or closed for a reason. */
interface Connection {
  readonly terminate: (reason: string) => void
  readonly closed: Promise<Closure>
  readonly signal: AbortSignal
  /** The listener gets why the connection was closed, before `closed` resolves. */
  readonly onClose: (listener: (reason: string) => void) => void
}

function openConnection(ws: WebSocket): Connection {
  const abort = new AbortController()
  const listeners: ((reason: string) => void)[] = []
  /** The first reason that became known; the later ones are consequences of it. */
  let cause: string | undefined
  ws.on('error', (error) => {
    cause ??= error.message
  })
  const closed = new Promise<Closure>((resolve) => {
    ws.on('close', (code, text) => {
      const reason = cause ?? text.toString()
      const detail = reason === '' ? `the connection was closed with code ${code}` : reason
      for (const listener of listeners) listener(detail)
      resolve({ code, reason })
      abort.abort()
    })
  })
  return {
    terminate(reason) {
      cause ??= reason
      ws.terminate()
    },
    closed,
    signal: abort.signal,
    onClose: (listener) => void listeners.push(listener),
  }
}

/** What a message can be for: an open call of this side, or a request of the other. */
interface MessageTargets {
  readonly calls: OutgoingCalls
  readonly dispatcher: Dispatcher
  readonly sender: FrameSender
}

function handleMessage(message: WeighedJson, { calls, dispatcher, sender }: MessageTargets): void {
  const reading = readFrame(message)
  switch (reading.kind) {
    case 'request':
      return dispatcher.request(reading.frame)
    case 'notification':
      return dispatcher.notification(reading.frame)
    case 'result':
      return calls.result(reading.frame)
    case 'error':
      return calls.error(reading.frame)
    case 'invalid': {
      const invalid = fault(reading.code, 'message', reading.message)
      sender.answer(errorFrame(null, [invalid], reading.error))
    }
  }
}

function receiveMessages(ws: WebSocket, onText: (text: string) => void): void {
  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) ws.close(1003, 'text frames only')
    else if (ws.readyState === ws.OPEN) onText(messageText(data))
  })
}

function answerPings(ws: WebSocket, keepalive: Keepalive): void {
  let unsentPongs = 0
  ws.on('ping', (data: Buffer) => {
    keepalive.received()
    // RFC 6455 section 5.5.3: pings that arrive while an answer is still unsent need none of their own.
    if (unsentPongs > 0 || ws.readyState !== ws.OPEN) return
    unsentPongs += 1
    ws.pong(data, undefined, () => (unsentPongs -= 1))
  })
  ws.on('pong', () => keepalive.received())
}

/** RFC 6455 section 5.5: a close frame holds 125 octets, two of them the code. */
function closeReason(reason: string): string {
  return Buffer.from(reason).subarray(0, 120).toString().replaceAll('\ufffd', '')
}

function messageText(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString()
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString()
}
