import { millis, type Millis } from '../../base/time.js'
import type { Finding } from '../../model/health.js'

/** One thing that can be wrong with one kind of subject. The tables of this folder consist of these. */
export interface Rule<Subject> {
  /** Stable for programs; `docs/health.md` lists them all. */
  readonly code: string
  readonly severity: Finding['severity']
  /** How long the condition must last before the finding is shown and reported. */
  readonly raiseAfter: Millis
  /**
   * How long the condition must be gone before the finding is cleared: as long as `raiseAfter` for
   * measured values, which move around their limits.
   */
  readonly clearAfter: Millis
  /** Codes on the same subject that explain this one: while one of them is true, this one is not shown. */
  readonly suppressedBy: readonly string[]
  /** While the rule is true, neither the subject works nor anything that depends on it. */
  readonly stops: boolean
  /** The finding is not shown while what the subject depends on does not work. */
  readonly needsLower: boolean
  /** Whether the finding is shown without waiting for `raiseAfter`. Absent: never. */
  readonly atOnce?: (subject: Subject) => boolean
  /** Which of its causes the finding has now. Another one is reported once it has lasted `raiseAfter`. Absent: it has one. */
  readonly variant?: (subject: Subject) => string
  /** One sentence with the place, the figures, the limit and the remedy; null while all is well. */
  readonly test: (subject: Subject) => string | null
}

type Spec<Subject> = Pick<Rule<Subject>, 'code' | 'severity' | 'test'> & Partial<Rule<Subject>>

/** A rule with what most rules have: shown at once, cleared at once, suppressed by nothing, stopping nothing. */
export function rule<Subject>(spec: Spec<Subject>): Rule<Subject> {
  return {
    raiseAfter: millis(0),
    clearAfter: millis(0),
    suppressedBy: [],
    stops: false,
    needsLower: false,
    ...spec,
  }
}

/** A rule without its condition. */
export type RuleTerms = Omit<Rule<never>, 'test' | 'variant' | 'atOnce'>

/** What one rule found on one subject. */
export interface RuleResult {
  readonly rule: RuleTerms
  /** null: all is well. */
  readonly message: string | null
  /** {@link Rule.variant}; `''` where the rule has none. */
  readonly variant: string
}

/** One result for each rule, in the order of the rules. */
export function applyRules<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
): readonly RuleResult[] {
  return rules.map((applied) => {
    const message = applied.test(subject)
    if (message === null) return { rule: applied, message, variant: '' }
    const isAtOnce = applied.atOnce?.(subject) === true
    const terms = isAtOnce ? { ...applied, raiseAfter: millis(0) } : applied
    return { rule: terms, message, variant: variantOf(applied, subject) }
  })
}

function variantOf<Subject>({ variant }: Rule<Subject>, subject: Subject): string {
  return variant === undefined ? '' : variant(subject)
}

/** Codes of the rules that are true. */
export function activeCodes(results: readonly RuleResult[]): ReadonlySet<string> {
  return new Set(
    results.filter(({ message }) => message !== null).map((result) => result.rule.code),
  )
}
