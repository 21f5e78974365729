import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { pathText, quote } from '../../core/base/quote.js'
import { refused, type Result } from '../../core/base/result.js'
import { checkShape, shapeCode } from '../../core/base/shape.js'
import { LIMITS } from '../../core/wire/limits.js'
import {
  errorFrame,
  type Frame,
  type NotificationFrame,
  type RequestFrame,
  type RPC_ERRORS,
} from '../../core/wire/rpc.js'
import type { Handlers, MethodTable } from './method-table.js'

type Kind = keyof typeof RPC_ERRORS
type Outcome = Result<unknown> & { readonly kind?: Kind }

/** Answers requests from a table of methods; never throws, whatever comes. */
export interface Dispatcher {
  readonly request: (frame: RequestFrame) => void
  readonly notification: (frame: NotificationFrame) => void
}

const CODES = { value: 'INTENT_VALUE', unknownKey: 'INTENT_UNKNOWN_KEY' } as const

/**
 * What is no method of the table, or has no handler, is answered with `METHOD_UNKNOWN`; what a handler
 * throws goes to `onBug`.
 */
export function createDispatcher<T extends MethodTable>(
  table: T,
  handlers: Handlers<T>,
  send: (frame: Frame) => void,
  onBug: (method: string, error: unknown) => void,
): Dispatcher {
  let open = 0

  async function run(frame: NotificationFrame): Promise<Outcome> {
    const { method } = frame
    const shape = Object.hasOwn(table, method) ? table[method] : undefined
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined
    if (shape === undefined || handler === undefined) {
      const unknown = fault('METHOD_UNKNOWN', quote(method), `no such method: ${quote(method)}`)
      return { ...refused(unknown), kind: 'methodNotFound' }
    }
    const params = frame.params ?? {}
    const checked = checkShape(shape.params, params)
    if (!checked.ok) {
      const faults = checked.faults.map((found) =>
        fault(shapeCode(found, CODES), pathText(found.path) || method, found.message),
      )
      return { ...refused(...faults), kind: 'invalidParams' }
    }
    try {
      // The table's own types tie handler and schema together; by name alone TypeScript cannot.
      return await (handler as (params: unknown) => Result<unknown> | Promise<Result<unknown>>)(
        checked.value,
      )
    } catch (error) {
      if (error instanceof FaultError) return refused(error.fault)
      onBug(method, error)
      return { ...refused(fault('BUG', method)), kind: 'internal' }
    }
  }

  async function counted<F extends NotificationFrame>(
    frame: F,
    done: (frame: F, outcome: Outcome) => void,
  ): Promise<void> {
    open += 1
    const outcome = await run(frame)
    open -= 1
    done(frame, outcome)
  }

  return {
    request(frame) {
      if (open >= LIMITS.requestsInFlight) {
        send(errorFrame(frame.id, [tooMany(frame.method)]))
        return
      }
      void counted(frame, ({ id }, outcome) =>
        send(
          outcome.ok
            ? { jsonrpc: '2.0', id, result: outcome.value }
            : errorFrame(id, outcome.faults, outcome.kind),
        ),
      )
    },
    notification(frame) {
      // JSON-RPC 2.0 section 4.1: a notification is never answered, not even with an error.
      if (open >= LIMITS.requestsInFlight) return
      void counted(frame, () => undefined)
    },
  }
}

function tooMany(method: string): Fault {
  const detail = `more than ${LIMITS.requestsInFlight} requests are open; wait for answers`
  return fault('PEER_LIMIT', quote(method), detail)
}
