import { attempt } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
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

/** The result of one request; `error` is the JSON-RPC error of a refusal. */
type Outcome = Result<unknown> & { readonly error?: keyof typeof RPC_ERRORS }

type Run = (frame: NotificationFrame) => Promise<Outcome>

/** Answers requests from a table of methods. Never throws, whatever the other side sends. */
export interface Dispatcher {
  readonly request: (frame: RequestFrame) => void
  readonly notification: (frame: NotificationFrame) => void
}

const CODES = { value: 'INTENT_VALUE', unknownKey: 'INTENT_UNKNOWN_KEY' } as const

/**
 * A method that the table lacks, or that has no handler, is answered with `METHOD_UNKNOWN`. `onBug` gets
 * what a handler threw, unless that is a fault: a fault is the answer.
 */
export function createDispatcher<T extends MethodTable>(
  table: T,
  handlers: Handlers<T>,
  send: (frame: Frame) => void,
  onBug: (method: string, error: unknown) => void,
): Dispatcher {
  const run = runnerOf(table, handlers)
  let open = 0

  /** Never rejects: what fails on the way is a defect, and the answer says so. */
  async function counted(frame: NotificationFrame): Promise<Outcome> {
    open += 1
    try {
      return await run(frame)
    } catch (error) {
      onBug(frame.method, error)
      return { ...refused(fault('BUG', quote(frame.method))), error: 'internal' }
    } finally {
      open -= 1
    }
  }

  async function answer(frame: RequestFrame): Promise<void> {
    const outcome = await counted(frame)
    try {
      send(answerOf(frame, outcome))
    } catch (error) {
      // An answer that cannot be written as JSON; the caller gives up after its timeout.
      onBug(frame.method, error)
    }
  }

  return {
    request(frame) {
      if (open >= LIMITS.requestsInFlight) {
        send(errorFrame(frame.id, [tooMany(frame.method)]))
        return
      }
      void answer(frame)
    },
    notification(frame) {
      // JSON-RPC 2.0 section 4.1: a notification is never answered, not even with an error.
      if (open < LIMITS.requestsInFlight) void counted(frame)
    },
  }
}

function runnerOf<T extends MethodTable>(table: T, handlers: Handlers<T>): Run {
  return async ({ method, params: given }) => {
    const params = given ?? {}
    const shape = Object.hasOwn(table, method) ? table[method] : undefined
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined
    if (shape === undefined || handler === undefined) return unknownMethod(method)
    const parsed = checkShape(shape.params, params)
    if (!parsed.ok) {
      const faults = parsed.faults.map((found) =>
        fault(shapeCode(found, CODES), pathText(found.path) || method, found.message),
      )
      return { ...refused(...faults), error: 'invalidParams' }
    }
    // The table's own types tie handler and schema together; by name alone TypeScript cannot.
    const perform = handler as (params: unknown) => Result<unknown> | Promise<Result<unknown>>
    const done = await attempt(() => perform(parsed.value))
    return done.ok ? done.value : done
  }
}

function answerOf({ id }: RequestFrame, outcome: Outcome): Frame {
  return outcome.ok
    ? { jsonrpc: '2.0', id, result: outcome.value }
    : errorFrame(id, outcome.faults, outcome.error)
}

function unknownMethod(method: string): Outcome {
  const unknown = fault('METHOD_UNKNOWN', quote(method), `there is no method ${quote(method)}`)
  return { ...refused(unknown), error: 'methodNotFound' }
}

function tooMany(method: string): Fault {
  const detail = `${LIMITS.requestsInFlight} requests are open, which is the most; wait for an answer`
  return fault('PEER_LIMIT', quote(method), detail)
}
