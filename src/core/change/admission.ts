import { fault, FAULTS, type Fault, type FaultCode } from '../base/fault.js'
import { isWorse, type Impact } from '../model/plan.js'

/** What the admission of a pushed intent depends on. */
export interface AdmissionContext {
  readonly routerId: string
  readonly lastGood: { readonly generation: number; readonly digest: string } | null
  /** The newest generation that was rolled back, 0 for none; it is not tried again. */
  readonly rolledBack: number
  /** The change that is under way. */
  readonly pending: { readonly name: string; readonly stuck: boolean } | null
}

/** A pushed intent, as far as its admission goes. */
export interface Candidate {
  readonly routerId: string
  readonly generation: number
  readonly digest: string
}

/** `same`: the router already runs exactly this intent, so that nothing is to be done. */
export type Admission =
  { readonly admitted: 'new' | 'same' } | { readonly admitted: false; readonly fault: Fault }

/** Whether a pushed intent may become a change: right router, newer, and no other change under way. */
export function admit(candidate: Candidate, context: AdmissionContext): Admission {
  if (candidate.routerId !== context.routerId) {
    return refuse(
      'INTENT_WRONG_ROUTER',
      'router.id',
      `the intent is for ${candidate.routerId}, this router is ${context.routerId}`,
    )
  }
  if (context.pending !== null) {
    const { name, stuck } = context.pending
    if (stuck) return refuse('CHANGE_STUCK', name, FAULTS.CHANGE_STUCK.summary)
    return { admitted: false, fault: busy(name) }
  }
  const running = context.lastGood
  if (running?.generation === candidate.generation && running.digest === candidate.digest) {
    return { admitted: 'same' }
  }
  const next = nextGeneration(context)
  return candidate.generation >= next ? { admitted: 'new' } : stale(candidate, context, next)
}

/** The fault of a request that has to wait until the change of that name is settled. */
export function busy(change: string): Fault {
  return fault('CHANGE_BUSY', change, 'this change is not settled yet; confirm or cancel it first')
}

function stale({ generation }: Candidate, context: AdmissionContext, next: number): Admission {
  const rolledBack = context.rolledBack > (context.lastGood?.generation ?? 0)
  const reason = rolledBack
    ? `${next - 1} was rolled back and is not tried again`
    : `this router has ${next - 1}`
  const message = `generation ${generation} is not newer: ${reason}; push ${next} or above`
  return refuse('INTENT_STALE', 'generation', message)
}

/** The lowest generation that this router takes as new. */
export function nextGeneration(context: Pick<AdmissionContext, 'lastGood' | 'rolledBack'>): number {
  return Math.max(context.lastGood?.generation ?? 0, context.rolledBack) + 1
}

/** Where a push comes from: a user of this router, or the hub. */
export type Origin = 'local' | 'hub'

/**
 * The highest impact of a push that asks for `asked`. Without that it is `max_impact` of the settings, and
 * at most `soft` for an adoption. A hub never exceeds the settings; a user of the router may.
 */
export function allowedImpact(
  asked: Impact | undefined,
  limit: Impact,
  { adopt, origin }: { readonly adopt: boolean; readonly origin: Origin },
): Impact {
  const wanted = asked ?? (adopt ? milder('soft', limit) : limit)
  return origin === 'hub' ? milder(wanted, limit) : wanted
}

function milder(a: Impact, b: Impact): Impact {
  return isWorse(a, b) ? b : a
}

function refuse(code: FaultCode, at: string, message: string): Admission {
  return { admitted: false, fault: fault(code, at, message) }
}
