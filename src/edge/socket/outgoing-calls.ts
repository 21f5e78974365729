import { fault, type Fault, type FaultCode } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { LIMITS } from '../../core/wire/limits.js'
import type { ErrorFrame, Frame, ResultFrame } from '../../core/wire/rpc.js'
import type { MethodTable } from './method-table.js'

interface Waiting {
  readonly method: string
  readonly settle: (answer: Result<unknown>) => void
  readonly timer: NodeJS.Timeout
}

/** Calls that wait for their answer. Every one of them ends: answered, late, or cut off. */
export interface OutgoingCalls {
  readonly call: (method: string, params: unknown, timeout: number) => Promise<Result<unknown>>
  readonly result: (frame: ResultFrame) => void
  readonly error: (frame: ErrorFrame) => void
  /** Ends every open call and refuses every later one. */
  readonly cutOff: (why: string) => void
}

/** `unreachable` is the caller's word for an answer that never came. */
export function createOutgoingCalls(
  table: MethodTable,
  unreachable: FaultCode,
  send: (frame: Frame) => Fault | undefined,
): OutgoingCalls {
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let gone: string | undefined

  function settle(id: unknown, answer: (call: Waiting) => Result<unknown>): void {
    const call = typeof id === 'number' ? waiting.get(id) : undefined
    // An answer after the time limit, or to nothing we asked: not worth a connection.
    if (call === undefined || typeof id !== 'number') return
    waiting.delete(id)
    clearTimeout(call.timer)
    call.settle(answer(call))
  }

  return {
    async call(method, params, timeout) {
      if (gone !== undefined) return refused(fault(unreachable, method, gone))
      if (waiting.size >= LIMITS.requestsInFlight) {
        const detail = `${LIMITS.requestsInFlight} calls already wait for an answer`
        return refused(fault('PEER_LIMIT', method, detail))
      }
      lastId += 1
      const id = lastId
      return new Promise((resolve) => {
        const late = `no answer within ${timeout / 1000} s`
        const timer = setTimeout(
          () => settle(id, () => refused(fault(unreachable, method, late))),
          timeout,
        )
        waiting.set(id, { method, settle: resolve, timer })
        const unsent = send({ jsonrpc: '2.0', id, method, params })
        if (unsent !== undefined) settle(id, () => refused(unsent))
      })
    },
    result(frame) {
      settle(frame.id, ({ method }) => {
        const parsed = table[method]?.result.safeParse(frame.result)
        if (parsed?.success === true) return ok(parsed.data)
        return refused(fault('PEER_PROTOCOL', method, 'the answer has not the agreed shape'))
      })
    },
    error(frame) {
      settle(frame.id, ({ method }) => refused(...errorFaults(frame, method)))
    },
    cutOff(why) {
      gone = why
      for (const id of waiting.keys()) {
        settle(id, ({ method }) => refused(fault(unreachable, method, why)))
      }
    },
  }
}

/** An error of another implementation may carry no faults of ours. */
function errorFaults(frame: ErrorFrame, method: string): readonly Fault[] {
  const faults = frame.error.data?.faults ?? []
  return faults.length > 0 ? faults : [fault('PEER_PROTOCOL', method, frame.error.message)]
}
