import { fault } from '../../core/base/fault.js'
import { ok, type Result } from '../../core/base/result.js'
import { toMillis, type Seconds } from '../../core/base/time.js'
import type { ChangeProgress } from '../../core/wire/messages.js'
import { Refusal, type Context } from '../command/context.js'
import { renderProgress } from '../render/change.js'

/** Prints every phase of the changes that an agent reports, and waits for the end of one of them. */
export interface ChangeFollower {
  /** Takes one report of the agent. */
  readonly receive: (progress: ChangeProgress) => Result<Record<string, never>>
  /**
   * The first report of this change that `isEnd` accepts; a refusal when none comes within the time
   * limit, or before the connection to the agent ends (`signal`).
   */
  readonly end: (
    change: string,
    isEnd: (progress: ChangeProgress) => boolean,
    limits: { readonly timeout: Seconds; readonly signal: AbortSignal },
  ) => Promise<ChangeProgress>
}

/** A follower that has received nothing yet. Reports that come before `end` is called count too. */
export function followChanges(context: Context): ChangeFollower {
  const received: ChangeProgress[] = []
  let wake: () => void = () => undefined
  return {
    receive(progress) {
      received.push(progress)
      if (!context.json) context.out(renderProgress(progress))
      wake()
      return ok({})
    },
    async end(change, isEnd, { timeout, signal }) {
      const late = AbortSignal.any([AbortSignal.timeout(toMillis(timeout)), signal])
      for (;;) {
        const end = received.find((progress) => progress.change === change && isEnd(progress))
        if (end !== undefined) return end
        if (late.aborted) throw new Refusal([unfinished(change, timeout, signal)])
        await new Promise<void>((resolve) => {
          wake = resolve
          late.addEventListener('abort', () => resolve(), { once: true })
        })
      }
    },
  }
}

function unfinished(change: string, timeout: Seconds, { aborted }: AbortSignal) {
  const next = 'it goes on; "demarc status" shows how far it is'
  return aborted
    ? fault(
        'AGENT_UNREACHABLE',
        change,
        `the agent ended the connection before the change: ${next}`,
      )
    : fault('CHANGE_BUSY', change, `the change did not end within ${timeout} s: ${next}`)
}

/** Phases after which nothing more happens by itself. */
export function isFinal({ phase }: ChangeProgress): boolean {
  return ['confirmed', 'rolled-back', 'stuck'].includes(phase)
}
