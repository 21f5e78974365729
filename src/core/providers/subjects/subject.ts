import type { Reader, RuleValue } from './line.js'

/** One thing in an intent that a rule can be about. */
export interface Subject {
  /** Begins a sentence, such as `the VLAN id`. */
  readonly what: string
  readonly read: Reader
  /** The words that a reading can have, empty for any; absent: it is a number, or an address for `pool`. */
  readonly words?: readonly string[]
  /** Present: no message shows the value. */
  readonly isSecret?: true
  /** The value as the document has it; absent: nothing can be filled in. */
  readonly write?: (value: RuleValue) => unknown
}

export const PRESENCE = ['present', 'absent'] as const

/** Whether a member is there, as a word. */
export function presence(isThere: boolean): RuleValue {
  return isThere ? 'present' : 'absent'
}

/** The value as it is. */
export const same = (value: RuleValue): RuleValue => value
