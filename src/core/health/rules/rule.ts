import type { Finding } from '../../model/health.js'

/** One thing that can be wrong with one kind of subject. The tables of this folder are made of these. */
export interface Rule<Subject> {
  /** Stable for programs; `docs/health.md` lists them all. */
  readonly code: string
  readonly severity: Finding['severity']
  /** ms the condition must last before anyone is told. */
  readonly holds: number
  /** ms it must be gone before the finding goes: as long as `holds` for measured values, which flicker. */
  readonly clears: number
  /** Codes on the same subject that explain this one: while one of them is true, this one is silent. */
  readonly hiddenBy: readonly string[]
  /** The subject does not work while this is true, nor does what stands on it. */
  readonly stops: boolean
  /** Silent while what the subject stands on does not work. */
  readonly needsBelow: boolean
  /** One sentence with the figures and the remedy, or null while all is well. */
  readonly test: (subject: Subject) => string | null
}

type Spec<Subject> = Pick<Rule<Subject>, 'code' | 'severity' | 'test'> & Partial<Rule<Subject>>

/** Fills in what most rules share: shown at once, gone at once, hidden by nothing, stopping nothing. */
export function rule<Subject>(spec: Spec<Subject>): Rule<Subject> {
  return { holds: 0, clears: 0, hiddenBy: [], stops: false, needsBelow: false, ...spec }
}

/** A rule put to its subject. */
export interface Judgement {
  readonly rule: Omit<Rule<never>, 'test'>
  /** null: all is well. */
  readonly says: string | null
}

/** One judgement for each rule, in their order; `says` is null where the rule finds nothing. */
export function judge<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
): readonly Judgement[] {
  return rules.map((one) => ({ rule: one, says: one.test(subject) }))
}
