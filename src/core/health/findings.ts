import { millis, type Millis } from '../base/time.js'
import type { Finding } from '../model/health.js'
import type { FindingHistory } from './rules/history.js'
import { activeCodes, type RuleResult, type RuleTerms } from './rules/rule.js'
import type { Subject } from './subjects.js'

/** The findings of one subject: what is shown now, what is to be reported, and what to keep. */
export interface Findings {
  readonly shown: readonly Finding[]
  /** Shown for the first time. */
  readonly raised: readonly Finding[]
  readonly cleared: readonly Cleared[]
  readonly history: Readonly<Record<string, FindingHistory>>
  /** When a finding that is held back becomes due; null: none is held back. */
  readonly due: Millis | null
}

interface Cleared {
  readonly code: string
  /** What was wrong, as it was last worded. */
  readonly message: string
}

/** The figures of a finding change all the time; its message is worded anew this often at most. */
const REWORD_AFTER = millis(60_000)

/**
 * The finding of a subject that cannot be judged, because something below it does not work, or because
 * its state is old.
 */
const BLOCKED: RuleTerms = {
  code: 'BLOCKED',
  severity: 'unknown',
  raiseAfter: millis(2000),
  clearAfter: millis(0),
  suppressedBy: [],
  stops: false,
  needsLower: false,
}

type Before = Readonly<Record<string, FindingHistory>>

/** Applies the times and the suppressions of the rules to what the rules found. */
export function followFindings(subject: Subject, before: Before, now: Millis): Findings {
  const active = activeCodes(subject.results)
  const steps = [...subject.results, blocked(subject)]
    // Most rules find nothing and found nothing before.
    .filter(({ rule, message }) => message !== null || before[rule.code] !== undefined)
    .map((result) => {
      const suppressed = isSuppressed(result.rule, subject, active)
      return { rule: result.rule, ...step(result, before[result.rule.code], { suppressed, now }) }
    })
  const kept = steps.flatMap(({ rule, next }) =>
    next === null ? [] : [[rule.code, next] as const],
  )
  return {
    shown: steps.filter(({ shown }) => shown).map(toFinding),
    raised: steps
      .filter(({ raised }) => raised)
      .map(toFinding)
      .filter(isReported),
    cleared: steps
      .filter(({ cleared }) => cleared)
      .map(({ rule, message }) => ({ code: rule.code, message }))
      .filter(isReported),
    history: Object.fromEntries(kept),
    due: earliest(steps.map(({ due }) => due)),
  }
}

function blocked(subject: Subject): RuleResult {
  const waits =
    subject.isStale ||
    subject.results.some(({ rule, message }) => rule.needsLower && message !== null)
  return { rule: BLOCKED, message: waits ? subject.blockedBy : null, variant: '' }
}

/** Events report every finding except `BLOCKED`: its cause has an event of its own. */
export function isReported({ code }: { readonly code: string }): boolean {
  return code !== BLOCKED.code
}

function isSuppressed(rule: RuleTerms, subject: Subject, active: ReadonlySet<string>): boolean {
  if (subject.isStale && rule.code !== BLOCKED.code) return true
  if (rule.needsLower && subject.blockedBy !== null) return true
  return rule.suppressedBy.some((code) => active.has(code))
}

/** What one assessment does to one finding. */
interface Step {
  /** null: nothing to keep. */
  readonly next: FindingHistory | null
  readonly shown: boolean
  readonly raised: boolean
  readonly cleared: boolean
  readonly message: string
  readonly due: Millis | null
}

const NOTHING: Step = {
  next: null,
  shown: false,
  raised: false,
  cleared: false,
  message: '',
  due: null,
}

function step(
  { rule, message, variant }: RuleResult,
  before: FindingHistory | undefined,
  at: { readonly suppressed: boolean; readonly now: Millis },
): Step {
  if (at.suppressed) return suspend(before)
  if (message !== null) return hold(rule, { message, variant }, before, at.now)
  return before?.reported === true ? clear(rule, before, at.now) : NOTHING
}

/** The finding cannot be judged now: its times start again later, and a reported one stays reported. */
function suspend(before: FindingHistory | undefined): Step {
  if (before?.reported !== true) return NOTHING
  return { ...NOTHING, next: { ...before, since: null, gone: null }, message: before.message }
}

function hold(rule: RuleTerms, text: Text, before: FindingHistory | undefined, now: Millis): Step {
  const since = millis(Math.min(before?.since ?? now, now))
  const wasReported = before?.reported === true
  const reported = wasReported || now - since >= rule.raiseAfter
  const worded = wording(rule, text, before, now)
  const hasChanged = wasReported && worded.variant !== before.variant
  return {
    next: { since, gone: null, reported, ...worded },
    shown: reported,
    raised: reported && (!wasReported || hasChanged),
    cleared: false,
    message: worded.message,
    due: reported ? null : millis(since + rule.raiseAfter),
  }
}

/** A message and the cause that it names. */
type Text = Pick<FindingHistory, 'message' | 'variant'>

type Wording = Text & Pick<FindingHistory, 'wordedAt' | 'changing'>

/** Another cause must be true as long as the finding had to be, so that two that alternate are not reported in turn. */
function wording(
  { raiseAfter }: RuleTerms,
  { message, variant }: Text,
  before: FindingHistory | undefined,
  now: Millis,
): Wording {
  const anew = { message: cut(message), variant, wordedAt: now, changing: null }
  if (before?.reported !== true) return anew
  const { wordedAt } = before
  if (variant !== before.variant) {
    const changing = millis(Math.min(before.changing ?? now, now))
    if (now - changing >= raiseAfter) return anew
    return { message: before.message, variant: before.variant, wordedAt, changing }
  }
  if (hasPassed(wordedAt, REWORD_AFTER, now)) return anew
  return { message: before.message, variant, wordedAt, changing: null }
}

/** Characters of a message; the event that clears it adds a word, and the wire takes 1,024. */
const MESSAGE_MAX = 1000

function cut(text: string): string {
  return text.length <= MESSAGE_MAX ? text : `${text.slice(0, MESSAGE_MAX)}…`
}

function clear(rule: RuleTerms, before: FindingHistory, now: Millis): Step {
  const gone = millis(Math.min(before.gone ?? now, now))
  if (now - gone >= rule.clearAfter) return { ...NOTHING, cleared: true, message: before.message }
  const next = { ...before, since: null, gone }
  const due = millis(gone + rule.clearAfter)
  return { ...NOTHING, next, shown: true, message: before.message, due }
}

/** When a finding that is reported may be worded anew, though nothing changes; null: another cause is about to be reported. */
export function wordsHoldUntil(history: Findings['history']): Millis | null {
  const all = Object.values(history)
  if (all.some(({ changing }) => changing !== null)) return null
  const words = all.filter(({ since }) => since !== null).map(({ wordedAt }) => wordedAt)
  return millis(Math.min(Number.POSITIVE_INFINITY, ...words) + REWORD_AFTER)
}

/** Whether this time has passed. A clock that went back counts as one on which it has. */
function hasPassed(from: Millis, time: Millis, now: Millis): boolean {
  return now < from || now - from >= time
}

function toFinding({
  rule,
  message,
}: {
  readonly rule: RuleTerms
  readonly message: string
}): Finding {
  return { code: rule.code, severity: rule.severity, message }
}

/** The earliest of the instants that are known; null where none is. */
export function earliest(instants: readonly (Millis | null)[]): Millis | null {
  const known = instants.filter((instant) => instant !== null)
  return known.length === 0 ? null : millis(Math.min(...known))
}
