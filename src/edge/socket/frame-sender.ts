import type { WebSocket } from 'ws'
import { fault, type Fault } from '../../core/base/fault.js'
import { LIMITS } from '../../core/wire/limits.js'
import { errorFrame, type Frame } from '../../core/wire/rpc.js'

/** Sends frames on one connection, none of them larger than the other side accepts. */
export interface FrameSender {
  /** PEER_LIMIT where the frame was not sent; undefined: it was. */
  readonly send: (frame: Frame) => Fault | undefined
  /** Sends an answer; one that is too long is replaced by an error that fits. */
  readonly answer: (frame: Frame) => void
}

/**
 * `octetsMax` is what the other side takes as one message. `terminate` is called when it no longer reads
 * what it is sent.
 */
export function createFrameSender(
  ws: WebSocket,
  octetsMax: number,
  terminate: (reason: string) => void,
): FrameSender {
  function send(frame: Frame): Fault | undefined {
    const text = JSON.stringify(frame)
    const octets = Buffer.byteLength(text)
    if (octets > octetsMax) {
      const detail = `the message has ${octets} octets; at most ${octetsMax} are allowed`
      return fault('PEER_LIMIT', 'message', detail)
    }
    if (ws.bufferedAmount + octets > LIMITS.sendBuffer) {
      terminate('the other side stopped reading')
      const detail = `the other side does not read: ${ws.bufferedAmount} octets wait to be sent`
      return fault('PEER_LIMIT', 'connection', detail)
    }
    // On a closing socket the callback gets an error. It is ignored here because `closed` reports the end.
    ws.send(text, () => undefined)
    return undefined
  }

  return {
    send,
    answer(frame) {
      const unsent = send(frame)
      if (unsent?.at === 'message' && 'id' in frame) send(errorFrame(frame.id, [unsent]))
    },
  }
}
