import { HUB, evaluate, type WitnessVerdict } from '../../core/change/witness.js'
import type { ChangePorts } from './apply.js'
import type { JournalEntry } from './journal.js'

/** Hears again, after an undo, whoever spoke well before the change. */
export interface RollbackWatch {
  /** `onEnd` is told once: all are well again, or who is not when the grace is over. */
  readonly begin: (entry: JournalEntry, onEnd: (verdict: Outcome) => Promise<void>) => void
  /** Something else happens to the router: what is heard from now on says nothing of the undo. */
  readonly stop: () => void
}

export type Outcome = Exclude<WitnessVerdict, { readonly is: 'open' }>

export interface RollbackWatchOptions extends Pick<
  ChangePorts,
  'queryWitnesses' | 'clock' | 'memory'
> {
  readonly exclusively: (deed: () => Promise<void>) => void
  /** ms between two hearings. */
  readonly pollInterval: number
}

export function createRollbackWatch(options: RollbackWatchOptions): RollbackWatch {
  const { clock, memory } = options
  let timer: NodeJS.Timeout | undefined
  let round = 0

  function stop(): void {
    round++
    clearTimeout(timer)
  }

  async function testimony(entry: JournalEntry, undoneAt: number): Promise<WitnessVerdict> {
    const intent = memory.lastGood()?.intent ?? entry.kept.intent
    const { witnesses } = await options.queryWitnesses(intent, entry.probes)
    const expected = entry.healthyBefore.map((subject) => ({
      subject,
      fresh: subject === HUB,
      optional: false,
    }))
    return evaluate(expected, witnesses, {
      about: 'rollback',
      appliedAt: undoneAt,
      since: undoneAt,
      now: clock.now(),
      grace: entry.grace,
      until: Number.POSITIVE_INFINITY,
    })
  }

  return {
    stop,
    begin(entry, onEnd) {
      stop()
      if (entry.healthyBefore.length === 0) return
      const [mine, undoneAt] = [round, clock.now()]
      const hear = async (): Promise<void> => {
        if (mine !== round) return
        const verdict = await testimony(entry, undoneAt)
        if (verdict.is !== 'open') return onEnd(verdict)
        timer = setTimeout(() => options.exclusively(hear), options.pollInterval).unref()
      }
      options.exclusively(hear)
    },
  }
}
