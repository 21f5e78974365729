import { HUB, weigh, type Testimony } from '../../core/change/witness.js'
import type { ChangePorts } from './apply.js'
import type { Entry } from './journal.js'

/** Hears again, after an undo, whoever spoke well before the change. */
export interface Aftermath {
  /** `onEnd` is told once: all are well again, or who is not when the grace is over. */
  readonly begin: (entry: Entry, onEnd: (verdict: Outcome) => Promise<void>) => void
  /** Something else happens to the router: what is heard from now on says nothing of the undo. */
  readonly stop: () => void
}

export type Outcome = Exclude<Testimony, { readonly is: 'open' }>

export interface AftermathOptions extends Pick<ChangePorts, 'hear' | 'clock' | 'memory'> {
  readonly exclusively: (deed: () => Promise<void>) => void
  /** ms between two hearings. */
  readonly hearEvery: number
}

export function createAftermath(options: AftermathOptions): Aftermath {
  const { clock, memory } = options
  let timer: NodeJS.Timeout | undefined
  let round = 0

  function stop(): void {
    round++
    clearTimeout(timer)
  }

  async function testimony(entry: Entry, undoneAt: number): Promise<Testimony> {
    const intent = memory.lastGood()?.intent ?? entry.kept.intent
    const { witnesses } = await options.hear(intent, entry.probes)
    const expected = entry.wellBefore.map((subject) => ({
      subject,
      fresh: subject === HUB,
      awaited: false,
    }))
    return weigh(expected, witnesses, {
      about: 'undo',
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
      if (entry.wellBefore.length === 0) return
      const [mine, undoneAt] = [round, clock.now()]
      const hear = async (): Promise<void> => {
        if (mine !== round) return
        const verdict = await testimony(entry, undoneAt)
        if (verdict.is !== 'open') return onEnd(verdict)
        timer = setTimeout(() => options.exclusively(hear), options.hearEvery).unref()
      }
      options.exclusively(hear)
    },
  }
}
