import { fault, FaultError } from '../../core/base/fault.js'
import { createSerialQueue } from '../../core/base/serial-queue.js'
import { millis, type Millis } from '../../core/base/time.js'
import type { Clock } from '../../edge/host/clock.js'
import { UNMETERED, type TurnMeter } from './turn-meter.js'

/** Runs turns and tasks one after the other. Requests for a turn during a turn make exactly one more. */
export interface Loop {
  /** Asks for a turn: something may have changed. A turn gets all reasons since the last one. */
  readonly requestTurn: (reason: string) => void
  /** Runs a task between turns; rejects once the loop has stopped. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>
  /** How long the turn or task that runs has taken so far; 0 between two of them. */
  readonly busyFor: () => Millis
  /** Resolves when the turn or task that runs is over. No further turn starts. */
  readonly stop: () => Promise<void>
}

const STOPPING = fault('AGENT_UNREACHABLE', 'demarcd', 'the agent is stopping')

export interface LoopOptions {
  /** Must not throw. */
  readonly turn: (reasons: readonly string[]) => Promise<void>
  /** Wait before a turn, so that a burst of changes makes one turn. */
  readonly quiet: Millis
  /** Spaces turns that take much processor time; without it they are not delayed. */
  readonly meter?: TurnMeter
  readonly clock: Pick<Clock, 'now' | 'sleep'>
}

export function startLoop({ turn, quiet, meter = UNMETERED, clock }: LoopOptions): Loop {
  const tasks = createSerialQueue()
  const stopping = new AbortController()
  let reasons = new Set<string>()
  let isScheduled = false
  let busySince: Millis | null = null

  function run<T>(task: () => Promise<T>): Promise<T> {
    return tasks.run(async () => {
      busySince = clock.now()
      try {
        return await task()
      } finally {
        busySince = null
      }
    })
  }

  async function takeTurn(): Promise<void> {
    // The turn before may have ended after this one was asked for.
    const delay = stopping.signal.aborted ? 0 : meter.delay()
    if (delay > 0) return void schedule(millis(delay))
    const due = [...reasons]
    reasons = new Set()
    if (stopping.signal.aborted || due.length === 0) return
    await meter.run(() => turn(due))
  }

  async function schedule(wait: Millis = quiet): Promise<void> {
    if (isScheduled) return
    isScheduled = true
    await clock.sleep(wait, stopping.signal)
    isScheduled = false
    if (!stopping.signal.aborted) await run(takeTurn)
  }

  return {
    requestTurn(reason) {
      if (stopping.signal.aborted) return
      reasons.add(reason)
      void schedule()
    },
    exclusively: (task) =>
      stopping.signal.aborted ? Promise.reject(new FaultError(STOPPING)) : run(task),
    busyFor: () => millis(busySince === null ? 0 : clock.now() - busySince),
    async stop() {
      stopping.abort()
      await tasks.idle()
    },
  }
}

/** Calls `onWake` once, this long after the timer was last set; null: not at all. */
export function createWakeTimer(
  onWake: () => void,
  clock: Pick<Clock, 'sleep'>,
): (after: Millis | null) => void {
  let waiting = new AbortController()
  return (after) => {
    waiting.abort()
    if (after === null) return
    const timer = new AbortController()
    waiting = timer
    void wakeAfter(after, timer.signal)
  }

  async function wakeAfter(duration: Millis, cancelled: AbortSignal): Promise<void> {
    await clock.sleep(duration, cancelled)
    if (!cancelled.aborted) onWake()
  }
}
