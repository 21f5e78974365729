import { parseJson } from '../../core/base/json.js'
import {
  ErrorFrame,
  NotificationFrame,
  RequestFrame,
  ResultFrame,
  type RPC_ERRORS,
} from '../../core/wire/rpc.js'

/** What one message turned out to be. */
export type MessageReading =
  | { readonly is: 'request'; readonly frame: RequestFrame }
  | { readonly is: 'notification'; readonly frame: NotificationFrame }
  | { readonly is: 'result'; readonly frame: ResultFrame }
  | { readonly is: 'error'; readonly frame: ErrorFrame }
  | { readonly is: 'broken'; readonly kind: keyof typeof RPC_ERRORS; readonly says: string }

/** Reads one message. Batches (JSON-RPC 2.0 section 6) are refused: WebSocket frames already are. */
export function readFrame(text: string): MessageReading {
  const value = parseJson(text)
  if (value === undefined) return broken('parse', 'is not valid JSON')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return broken('invalidRequest', 'is not a JSON-RPC 2.0 object')
  }
  if ('method' in value) return 'id' in value ? request(value) : notification(value)
  if ('error' in value) {
    const parsed = ErrorFrame.safeParse(value)
    if (parsed.success) return { is: 'error', frame: parsed.data }
  }
  const parsed = ResultFrame.safeParse(value)
  if (parsed.success) return { is: 'result', frame: parsed.data }
  return broken('invalidRequest', 'is neither a request nor an answer of JSON-RPC 2.0')
}

function request(value: object): MessageReading {
  const parsed = RequestFrame.safeParse(value)
  if (parsed.success) return { is: 'request', frame: parsed.data }
  return broken('invalidRequest', 'is not a request of JSON-RPC 2.0')
}

function notification(value: object): MessageReading {
  const parsed = NotificationFrame.safeParse(value)
  if (parsed.success) return { is: 'notification', frame: parsed.data }
  return broken('invalidRequest', 'is not a notification of JSON-RPC 2.0')
}

function broken(kind: keyof typeof RPC_ERRORS, says: string): MessageReading {
  return { is: 'broken', kind, says }
}
