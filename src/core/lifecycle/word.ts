import { fault, type Fault } from '../base/fault.js'
import { quote } from '../base/quote.js'
import { ok, refused, type Result } from '../base/result.js'
import type { LifecycleWord } from '../model/health.js'
import { after, type Advanced } from './advance.js'
import type { LifecycleRecord } from './record.js'
import { leadsTo, statesThatAdmit, wordsOf } from './transitions.js'

/** What each word says of the subject, for people. */
const SAYS: Readonly<Record<LifecycleWord, string>> = {
  ordered: 'The provider was asked for it, and has not sent the LOA',
  approved: 'The provider has approved it, and has not sent the LOA',
  'loa-sent': 'The provider has sent the LOA',
  offered: 'Its owner was asked to accept it',
  accepted: 'Its owner has accepted it',
  rejected: 'Its owner has rejected it',
}

/** A word of the control plane, with what it adds; '' for nothing. */
export interface SaidWord {
  readonly word: LifecycleWord
  readonly reason: string
}

/** The record after a word, or why the word does not fit. `now` is the wall clock, ISO 8601 UTC. */
export function withWord(
  record: LifecycleRecord,
  { word, reason }: SaidWord,
  now: string,
): Result<Advanced> {
  if (leadsTo(record, word) === undefined) return refused(misplaced(record, word))
  const said = reason === '' ? `${SAYS[word]}.` : `${SAYS[word]}: ${reason}`
  const next = after(record, word, { since: now, reason: said })
  return ok({
    record: next,
    moves: next.state === record.state ? [] : [{ record: next, from: record.state }],
  })
}

function misplaced({ kind, name, state }: LifecycleRecord, word: LifecycleWord): Fault {
  const states = statesThatAdmit(kind, word)
  const message =
    states.length === 0
      ? `${quote(word)} is not said of a ${kind}; what is: ${wordsOf(kind).join(', ')}`
      : `is ${state}, and ${quote(word)} is only said of one that is ${states.join(' or ')}`
  return fault('LIFECYCLE_STATE', `${kind}/${name}`, message)
}
