import { performance } from 'node:perf_hooks'
import type { RawData, WebSocket } from 'ws'
import { fault, type Fault } from '../../core/base/fault.js'
import type { Result } from '../../core/base/result.js'
import { LIMITS } from '../../core/wire/limits.js'
import { errorFrame, type Frame } from '../../core/wire/rpc.js'
import { createDispatcher } from './dispatcher.js'
import { createOutgoingCalls } from './outgoing-calls.js'
import { readFrame } from './frame.js'
import { createIntake } from './rate-limit.js'
import { createKeepalive } from './keepalive.js'
import type { CallParams, CallResult, Handlers, MethodTable } from './method-table.js'

/** How a connection ended: the WebSocket close code (RFC 6455 section 7.4) and what was said. */
interface Closure {
  readonly code: number
  readonly reason: string
}

/** One end of a JSON-RPC 2.0 connection. Nothing here throws or rejects. */
export interface RpcPeer<Theirs extends MethodTable> {
  readonly call: <M extends keyof Theirs & string>(
    method: M,
    params: CallParams<Theirs, M>,
    /** Milliseconds until an answer counts as lost; 30,000 unless said. */
    options?: { readonly timeout?: number },
  ) => Promise<Result<CallResult<Theirs, M>>>
  readonly notify: (method: string, params: object) => void
  /** Closes with a code and a reason; the socket is gone two seconds later at the latest. */
  readonly hangUp: (code: number, reason: string) => void
  /** Drops the socket without a word: for a peer that is not there any more. */
  readonly terminate: (why: string) => void
  readonly closed: Promise<Closure>
  /** Aborted once closed. */
  readonly signal: AbortSignal
}

export interface PeerOptions<Mine extends MethodTable, Theirs extends MethodTable> {
  readonly mine: Mine
  readonly theirs: Theirs
  readonly handlers: (peer: RpcPeer<Theirs>) => Handlers<Mine>
  /** The word for a call that got no answer. */
  readonly unreachable: 'AGENT_UNREACHABLE' | 'HUB_UNREACHABLE'
  /**
   * Milliseconds of silence after which the other side counts as gone; it is asked with WebSocket
   * pings before. Without it, forever.
   */
  readonly silence?: number
  /** A handler threw something that is no fault: one line for the log. */
  readonly onBug?: (method: string, error: unknown) => void
}

const CALL_TIMEOUT = 30_000

/** ms; for calls whose answer waits until a change has ended, which takes long on a large router. */
export const CHANGE_TIMEOUT = 300_000

/** Speaks JSON-RPC over an open WebSocket, within {@link LIMITS}. */
export function rpcPeer<Mine extends MethodTable, Theirs extends MethodTable>(
  ws: WebSocket,
  options: PeerOptions<Mine, Theirs>,
): RpcPeer<Theirs> {
  const gone = new AbortController()
  let why: string | undefined

  function terminate(reason: string): void {
    why ??= reason
    ws.terminate()
  }

  function send(frame: Frame): Fault | undefined {
    const text = JSON.stringify(frame)
    const octets = Buffer.byteLength(text)
    if (octets > LIMITS.frame) {
      return fault('PEER_LIMIT', 'message', `has ${octets} octets; ${LIMITS.frame} are allowed`)
    }
    if (ws.bufferedAmount + octets > LIMITS.sendBuffer) {
      terminate('the other side stopped reading')
      return fault('PEER_LIMIT', 'connection', 'the other side does not read what it is sent')
    }
    // A closing socket calls back with an error; `closed` tells everybody who cares.
    ws.send(text, () => undefined)
    return undefined
  }

  /** An answer that is too long becomes an error that is not. */
  function answer(frame: Frame): void {
    const unsent = send(frame)
    if (unsent?.at === 'message' && 'id' in frame) send(errorFrame(frame.id, [unsent]))
  }

  const calling = createOutgoingCalls(options.theirs, options.unreachable, send)
  const peer: RpcPeer<Theirs> = {
    // The answer was parsed with the method's own schema.
    call: async (method, params, { timeout = CALL_TIMEOUT } = {}) =>
      (await calling.call(method, params, timeout)) as Result<CallResult<Theirs, typeof method>>,
    notify: (method, params) => void send({ jsonrpc: '2.0', method, params }),
    hangUp: (code, reason) => ws.close(code, closeReason(reason)),
    terminate,
    closed: new Promise((resolve) => {
      ws.on('close', (code, said) => {
        const reason = why ?? said.toString()
        watch.stop()
        intake.stop()
        calling.cutOff(reason === '' ? `the connection was closed (${code})` : reason)
        resolve({ code, reason })
        gone.abort()
      })
    }),
    signal: gone.signal,
  }
  const answering = createDispatcher(
    options.mine,
    options.handlers(peer),
    answer,
    options.onBug ?? (() => undefined),
  )

  function handle(text: string): void {
    // A message may have waited for its turn longer than the other side may be silent.
    watch.heard()
    const reading = readFrame(text)
    switch (reading.is) {
      case 'request':
        return answering.request(reading.frame)
      case 'notification':
        return answering.notification(reading.frame)
      case 'result':
        return calling.result(reading.frame)
      case 'error':
        return calling.error(reading.frame)
      case 'broken':
        answer(errorFrame(null, [fault('PEER_PROTOCOL', 'message', reading.says)], reading.kind))
    }
  }

  const intake = createIntake({ pause: () => ws.pause(), resume: () => ws.resume() }, handle, () =>
    performance.now(),
  )
  const watch = createKeepalive(options.silence, {
    probe: () => ws.ping(),
    giveUp: () => terminate('nothing was heard any more'),
  })

  ws.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) ws.close(1003, 'text frames only')
    else if (ws.readyState === ws.OPEN) intake.take(messageText(data))
  })
  let pongs = 0
  ws.on('ping', (data: Buffer) => {
    watch.heard()
    // RFC 6455 section 5.5.3: pings that come before an answer was sent need none of their own.
    if (pongs > 0 || ws.readyState !== ws.OPEN) return
    pongs += 1
    ws.pong(data, undefined, () => (pongs -= 1))
  })
  ws.on('pong', () => watch.heard())
  ws.on('error', (error) => {
    why ??= error.message
  })
  return peer
}

/** RFC 6455 section 5.5: a close frame holds 125 octets, two of them the code. */
function closeReason(reason: string): string {
  return Buffer.from(reason).subarray(0, 120).toString().replaceAll('\ufffd', '')
}

function messageText(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString()
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString()
}
