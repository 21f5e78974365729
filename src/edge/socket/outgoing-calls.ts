import { fault, type Fault, type FaultCode } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { toSeconds, type Millis } from '../../core/base/time.js'
import { LIMITS } from '../../core/wire/limits.js'
import type { ErrorFrame, Frame, ResultFrame } from '../../core/wire/rpc.js'
import type { MethodTable } from './method-table.js'

interface OpenCall {
  readonly method: string
  readonly settle: (answer: Result<unknown>) => void
  readonly timer: NodeJS.Timeout
}

/**
 * Calls that wait for an answer. Each one ends: with its answer, after its timeout, or when the
 * connection closes.
 */
export interface OutgoingCalls {
  readonly call: (method: string, params: unknown, timeout: Millis) => Promise<Result<unknown>>
  readonly result: (frame: ResultFrame) => void
  readonly error: (frame: ErrorFrame) => void
  /** Ends every open call and refuses every later one, with this reason. */
  readonly cutOff: (reason: string) => void
}

/** `unreachable` is the fault code of a call that got no answer. */
export function createOutgoingCalls(
  table: MethodTable,
  unreachable: FaultCode,
  send: (frame: Frame) => Fault | undefined,
): OutgoingCalls {
  const open = new Map<number, OpenCall>()
  let lastId = 0
  let closedBecause: string | undefined

  function settle(id: unknown, answer: (call: OpenCall) => Result<unknown>): void {
    const call = typeof id === 'number' ? open.get(id) : undefined
    // An answer that arrives after the timeout, or to no call of ours, is ignored.
    if (call === undefined || typeof id !== 'number') return
    open.delete(id)
    clearTimeout(call.timer)
    call.settle(answer(call))
  }

  return {
    async call(method, params, timeout) {
      if (closedBecause !== undefined) return refused(fault(unreachable, method, closedBecause))
      if (open.size >= LIMITS.requestsInFlight) return refused(tooMany(method))
      lastId += 1
      const id = lastId
      return new Promise((resolve) => {
        const detail = `no answer within ${toSeconds(timeout)} s`
        const giveUp = () => settle(id, () => refused(fault(unreachable, method, detail)))
        open.set(id, { method, settle: resolve, timer: setTimeout(giveUp, timeout) })
        const unsent = send({ jsonrpc: '2.0', id, method, params })
        if (unsent !== undefined) settle(id, () => refused(unsent))
      })
    },
    result(frame) {
      settle(frame.id, ({ method }) => {
        const parsed = parseResult(table, method, frame.result)
        if (parsed !== undefined) return parsed
        const detail = `the answer to ${method} does not match the schema of its result`
        return refused(fault('PEER_PROTOCOL', method, detail))
      })
    },
    error(frame) {
      settle(frame.id, ({ method }) => refused(...errorFaults(frame, method)))
    },
    cutOff(reason) {
      closedBecause = reason
      for (const id of open.keys()) {
        settle(id, ({ method }) => refused(fault(unreachable, method, reason)))
      }
    },
  }
}

/** undefined: the result does not fit its schema, or the schema could not even be applied. */
function parseResult(
  table: MethodTable,
  method: string,
  result: unknown,
): Result<unknown> | undefined {
  try {
    const parsed = table[method]?.result.safeParse(result)
    return parsed?.success === true ? ok(parsed.data) : undefined
  } catch {
    return undefined
  }
}

function tooMany(method: string): Fault {
  const detail = `${LIMITS.requestsInFlight} calls wait for an answer, which is the most; try again later`
  return fault('PEER_LIMIT', method, detail)
}

/** An error of another implementation may carry no faults of demarc's. */
function errorFaults(frame: ErrorFrame, method: string): readonly Fault[] {
  const faults = frame.error.data?.faults ?? []
  return faults.length > 0 ? faults : [fault('PEER_PROTOCOL', method, frame.error.message)]
}
