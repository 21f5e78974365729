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
    if (stuck) return refuse('CHANGE_STUCK', name, FAULTS.CHANGE_STUCK.summary)
    return refuse('CHANGE_BUSY', name, 'it is not settled; confirm or cancel it first')
  }
  const running = standing.lastGood
  if (running?.generation === candidate.generation && running.digest === candidate.digest) {
    return { admitted: 'same' }
  }
  const next = nextGeneration(standing)
  return candidate.generation >= next ? { admitted: 'new' } : stale(candidate, standing, next)
}

function stale({ generation }: Candidate, standing: Admissibility, next: number): Admission {
  const undone = standing.rolledBack > (standing.lastGood?.generation ?? 0)
  const why = undone ? 'was undone and is not tried again' : 'is what this router has'
  const says = `generation ${generation} is not newer: ${next - 1} ${why}; push ${next} or above`
  return refuse('INTENT_STALE', 'generation', says)
}

/** The least generation that is new to this router. */
export function nextGeneration(standing: Pick<Admissibility, 'lastGood' | 'rolledBack'>): number {
  return Math.max(standing.lastGood?.generation ?? 0, standing.rolledBack) + 1
}

function refuse(code: Fault['code'], at: string, message: string): Admission {
  return { admitted: false, fault: fault(code, at, message) }
}
