import { fault, type Fault } from '../base/fault.js'

/** What the journal of an unsettled change says, as far as it decides how to go on. */
export interface Unsettled {
  readonly phase: 'applying' | 'provisional' | 'rolling-back' | 'stuck'
  readonly generation: number
  readonly digest: string
  readonly bootId: string
  /** Monotonic ms of that boot. */
  readonly until: number
}

export type Recovery =
  /** It was made the last good intent; only the end of that is left to do. */
  | { readonly do: 'finish' }
  /** The window is still open: go on hearing the witnesses. */
  | { readonly do: 'resume' }
  /** Back to the router before the change; after a reboot, to the last good intent. */
  | { readonly do: 'roll-back'; readonly why: readonly Fault[] }

/**
 * How a program that finds an unsettled change goes on. The deadline is held on the monotonic clock
 * of its own boot: a wall clock that jumps moves nothing, and a reboot ends the window, because
 * nobody can say what happened to the witnesses meanwhile.
 */
export function recover(
  found: Unsettled,
  standing: {
    readonly lastGood: { readonly generation: number; readonly digest: string } | null
    readonly bootId: string
    readonly now: number
  },
): Recovery {
  const { lastGood } = standing
  // Its intent may be on the disk all the same, where the write that failed had come that far.
  if (found.phase === 'rolling-back' || found.phase === 'stuck') return { do: 'roll-back', why: [] }
  if (lastGood?.generation === found.generation && lastGood.digest === found.digest) {
    return { do: 'finish' }
  }
  if (found.bootId !== standing.bootId) return undo('the router restarted before it was confirmed')
  if (found.phase === 'applying') return undo('the agent stopped in the middle of it')
  if (standing.now >= found.until) return undo('nobody confirmed it in time')
  return { do: 'resume' }
}

/** ms after the deadline from which on the agent is taken for dead, and after a boot. */
const MARGIN = 15_000
const BOOTED = 180_000

/** Whether a change should long have been settled by the agent, so that another program undoes it. */
export function isOverdue(
  found: Pick<Unsettled, 'bootId' | 'until'>,
  standing: { readonly bootId: string; readonly now: number },
): boolean {
  const due = found.bootId === standing.bootId ? found.until + MARGIN : BOOTED
  return standing.now >= due
}

function undo(why: string): Recovery {
  return { do: 'roll-back', why: [fault('CHANGE_NOT_CONFIRMED', 'change', why)] }
}
