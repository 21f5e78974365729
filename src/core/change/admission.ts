import { fault, FAULTS, type Fault } from '../base/fault.js'

/** What the admission of a pushed intent depends on. */
export interface Admissibility {
  readonly routerId: string
  readonly lastGood: { readonly generation: number; readonly digest: string } | null
  /** The newest generation that was undone; it is not tried again. */
  readonly rolledBack: number
  /** The change that is under way. */
  readonly pending: { readonly name: string; readonly stuck: boolean } | null
}

export interface Candidate {
  readonly routerId: string
  readonly generation: number
  readonly digest: string
}

/** `same`: the router already runs exactly this; nothing is to be done. */
export type Admission =
  { readonly admitted: 'new' | 'same' } | { readonly admitted: false; readonly fault: Fault }

/** Whether a pushed intent may become a change: right router, newer, and nothing else under way. */
export function admit(candidate: Candidate, standing: Admissibility): Admission {
  if (candidate.routerId !== standing.routerId) {
    return refuse(
      'INTENT_WRONG_ROUTER',
      'router.id',
      `the intent is for ${candidate.routerId}, this router is ${standing.routerId}`,
    )
  }
  if (standing.pending !== null) {
    const { name, stuck } = standing.pending
    if (stuck) return refuse('CHANGE_STUCK', name, FAULTS.CHANGE_STUCK.says)
    return refuse('CHANGE_BUSY', name, 'it is not settled; confirm or cancel it first')
  }
  const running = standing.lastGood
  if (running?.generation === candidate.generation && running.digest === candidate.digest) {
    return { admitted: 'same' }
  }
  const { newest, why } = newestKnown(running?.generation ?? 0, standing.rolledBack)
  if (candidate.generation > newest) return { admitted: 'new' }
  return refuse(
    'INTENT_STALE',
    'generation',
    `generation ${candidate.generation} is not newer: ${newest} ${why}; push ${newest + 1} or above`,
  )
}

/** The generation to be newer than, and why. */
function newestKnown(running: number, rolledBack: number): { newest: number; why: string } {
  return rolledBack > running
    ? { newest: rolledBack, why: 'was undone and is not tried again' }
    : { newest: running, why: 'is what this router has' }
}

function refuse(code: Fault['code'], at: string, message: string): Admission {
  return { admitted: false, fault: fault(code, at, message) }
}
