import { LIMITS } from '../../core/wire/limits.js'

/** What the intake holds back and lets go again: the reading side of a WebSocket. */
export interface Pausable {
  readonly pause: () => void
  readonly resume: () => void
}

export interface Pace {
  /** Messages a second in the long run. */
  readonly perSecond: number
  /** Messages taken at once after a quiet time. */
  readonly burst: number
}

const PACE: Pace = { perSecond: LIMITS.messagesPerSecond, burst: LIMITS.burst }

export interface Intake {
  readonly take: (text: string) => void
  readonly stop: () => void
}

/** Messages are let through in batches of this length, so that timers stay few. */
const BATCH_MS = 50

/**
 * A token bucket in front of the dispatcher. Over the pace nothing is dropped and nobody is hung up
 * on: reading pauses, TCP pushes back, and the flood waits in the sender's memory. What was already
 * read when the pause began waits here; that is at most one read of the socket (64 KiB).
 */
export function createIntake(
  tap: Pausable,
  handle: (text: string) => void,
  now: () => number,
  pace: Pace = PACE,
): Intake {
  let tokens = pace.burst
  let filledAt = now()
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const waiting: string[] = []

  function refill(): void {
    const at = now()
    tokens = Math.min(pace.burst, tokens + ((at - filledAt) * pace.perSecond) / 1000)
    filledAt = at
  }

  function drain(): void {
    timer = undefined
    refill()
    const batch = waiting.splice(0, Math.floor(tokens))
    tokens -= batch.length
    for (const text of batch) handle(text)
    if (stopped) return
    if (waiting.length > 0) timer = setTimeout(drain, BATCH_MS)
    else tap.resume()
  }

  return {
    take(text) {
      if (stopped) return
      refill()
      if (timer === undefined && tokens >= 1) {
        tokens -= 1
        handle(text)
        return
      }
      waiting.push(text)
      if (timer !== undefined) return
      tap.pause()
      timer = setTimeout(drain, BATCH_MS)
    },
    stop() {
      clearTimeout(timer)
      waiting.length = 0
      stopped = true
    },
  }
}
