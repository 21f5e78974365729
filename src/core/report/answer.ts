import { nextAfter, type Fault } from '../base/fault.js'
import { never } from '../base/never.js'
import type { Result } from '../base/result.js'

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
    // A hub that acknowledges more than was sent is wrong: reports that were not sent stay in the queue.
    return acknowledged >= sequence ? { is: 'kept', to: sequence } : { is: 'full' }
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
