import { fault, FaultError } from '../core/base/fault.js'

/** Runs turns one after the other; asking during a turn asks for exactly one more. */
export interface Loop {
  /** Something may have changed; the reasons of one turn are collected. */
  readonly lookAgain: (reason: string) => void
  /** Runs a deed between turns, never during one; rejects once the loop has stopped. */
  readonly exclusively: <T>(deed: () => Promise<T>) => Promise<T>
  /** ms the turn or deed under way has taken so far; 0 between two. */
  readonly busyFor: () => number
  /** Resolves when the turn under way is over; no further turn starts. */
  readonly stop: () => Promise<void>
}

const STOPS = fault('AGENT_UNREACHABLE', 'demarcd', 'it stops')

/** `turn` must not throw; `settle` ms are waited so that a burst of news makes one turn. */
export function startLoop(
  turn: (reasons: readonly string[]) => Promise<void>,
  settle: number,
  now: () => number = () => performance.now(),
): Loop {
  let reasons = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let tail: Promise<unknown> = Promise.resolve()
  let busySince: number | null = null

  function inTurn<T>(deed: () => Promise<T>): Promise<T> {
    const result = tail.then(async () => {
      busySince = now()
      try {
        return await deed()
      } finally {
        busySince = null
      }
    })
    tail = result.catch(() => undefined)
    return result
  }

  async function takeTurn(): Promise<void> {
    const why = [...reasons]
    reasons = new Set()
    if (stopped || why.length === 0) return
    await turn(why)
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      void inTurn(takeTurn)
    }, settle)
  }

  return {
    lookAgain(reason) {
      if (stopped) return
      reasons.add(reason)
      schedule()
    },
    exclusively: (deed) => (stopped ? Promise.reject(new FaultError(STOPS)) : inTurn(deed)),
    busyFor: () => (busySince === null ? 0 : now() - busySince),
    async stop() {
      stopped = true
      clearTimeout(timer)
      await tail
    },
  }
}

/** Rings once, ms from when it was last set; null: not at all. It keeps no process alive. */
export function createWakeTimer(ring: () => void): (within: number | null) => void {
  let timer: NodeJS.Timeout | undefined
  return (within) => {
    clearTimeout(timer)
    timer = within === null ? undefined : setTimeout(ring, within).unref()
  }
}
