import { parseJson } from '../../core/base/json.js'
import type { WeighedJson } from '../../core/wire/json-scan.js'
import {
  ErrorFrame,
  NotificationFrame,
  RequestFrame,
  ResultFrame,
  type RPC_ERRORS,
} from '../../core/wire/rpc.js'

/** What one message is; `invalid` names the JSON-RPC error to answer it with. */
export type MessageReading =
  | { readonly kind: 'request'; readonly frame: RequestFrame }
  | { readonly kind: 'notification'; readonly frame: NotificationFrame }
  | { readonly kind: 'result'; readonly frame: ResultFrame }
  | { readonly kind: 'error'; readonly frame: ErrorFrame }
  | {
      readonly kind: 'invalid'
      readonly error: keyof typeof RPC_ERRORS
      readonly code: 'PEER_PROTOCOL' | 'PEER_LIMIT'
      readonly message: string
    }

/**
 * Reads one message. Its text has been counted before anything is made of it: the time and the stack that
 * reading takes depend on depth and number of values, not only on octets. Batches (JSON-RPC 2.0
 * section 6) are refused; WebSocket frames make them needless.
 */
export function readFrame({ text, excess }: WeighedJson): MessageReading {
  if (excess !== undefined) {
    const message = `the message ${excess}`
    return { kind: 'invalid', error: 'refused', code: 'PEER_LIMIT', message }
  }
  const value = parseJson(text)
  if (value === undefined) return invalid('parse', 'the message is not valid JSON')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid('invalidRequest', 'the message is not a JSON-RPC 2.0 object')
  }
  if ('method' in value) return 'id' in value ? request(value) : notification(value)
  return answer(value)
}

function answer(value: object): MessageReading {
  if ('error' in value) {
    const parsed = ErrorFrame.safeParse(value)
    if (parsed.success) return { kind: 'error', frame: parsed.data }
  }
  const parsed = ResultFrame.safeParse(value)
  if (parsed.success) return { kind: 'result', frame: parsed.data }
  const problem = 'the message is neither a request nor an answer of JSON-RPC 2.0'
  return invalid('invalidRequest', problem)
}

function request(value: object): MessageReading {
  const parsed = RequestFrame.safeParse(value)
  if (parsed.success) return { kind: 'request', frame: parsed.data }
  return invalid('invalidRequest', 'the message is not a request of JSON-RPC 2.0')
}

function notification(value: object): MessageReading {
  const parsed = NotificationFrame.safeParse(value)
  if (parsed.success) return { kind: 'notification', frame: parsed.data }
  return invalid('invalidRequest', 'the message is not a notification of JSON-RPC 2.0')
}

function invalid(error: keyof typeof RPC_ERRORS, message: string): MessageReading {
  return { kind: 'invalid', error, code: 'PEER_PROTOCOL', message }
}
