import { nextAfter, type Fault } from '../base/fault.js'
import { never } from '../base/never.js'
import type { Result } from '../base/result.js'
import { LIMITS } from '../wire/limits.js'

/** What to do after the hub's answer to one report. */
export type AnswerVerdict =
  /** The hub has kept everything up to `to`. */
  | { readonly is: 'kept'; readonly to: number }
  /** The hub lacks the base of this difference: send a full report. */
  | { readonly is: 'full' }
  /** The hub will never accept this report. Sending it again would block all others. */
  | { readonly is: 'hopeless'; readonly why: Fault }
  /** Try again on another connection. */
  | { readonly is: 'later'; readonly why: string }

/** Judges the answer to the report with this number. */
export function judgeAnswer(
  sequence: number,
  answer: Result<{ readonly acknowledged: number }>,
): AnswerVerdict {
  if (answer.ok) {
    const { acknowledged } = answer.value
    if (acknowledged > sequence) return { is: 'later', why: neverSent(acknowledged) }
    return acknowledged === sequence ? { is: 'kept', to: sequence } : { is: 'full' }
  }
  const [first] = answer.faults
  if (first === undefined) return { is: 'later', why: 'the hub refused a report without a reason' }
  const next = nextAfter(first.code)
  switch (next) {
    case 'retry':
    case 'operator':
      return { is: 'later', why: `${first.at}: ${first.message}` }
    case 'fix-input':
    case 'report-bug':
      return { is: 'hopeless', why: first }
    default:
      return never(next)
  }
}

/** More reports than a router sends between two backups of its state. */
const LEAD_MAX = 2 ** 32

/**
 * Why the number in an answer to hello cannot be right; null: it can. It is higher than the agent's own where
 * the router lost its state, but never as high as a number that would use up the sequence.
 */
export function wrongAcknowledgement(acknowledged: number, lastSequence: number): string | null {
  const most = Math.min(LIMITS.sequence, lastSequence + LEAD_MAX)
  return acknowledged <= most ? null : neverSent(acknowledged)
}

function neverSent(acknowledged: number): string {
  return `the hub acknowledged report ${acknowledged}, which was never sent`
}
