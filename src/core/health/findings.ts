import type { Finding } from '../model/health.js'
import type { FindingHistory } from './rules/history.js'
import type { Judgement } from './rules/rule.js'
import type { Subject } from './subjects.js'

/** What is shown of one subject now, what is to be told, and what to remember. */
export interface Findings {
  readonly shown: readonly Finding[]
  readonly raised: readonly Finding[]
  readonly cleared: readonly Cleared[]
  readonly memory: Readonly<Record<string, FindingHistory>>
  /** ms on the clock of `now` when something held becomes due; null: nothing waits. */
  readonly due: number | null
}

interface Cleared {
  readonly code: string
  /** What was wrong, as it was last worded. */
  readonly message: string
}

/** ms between two wordings of a finding that stays: its figures flicker, its meaning does not. */
const REWORD_AFTER = 60_000

/** Stands for what cannot be judged because something below does not work. */
const BLOCKED: Judgement['rule'] = {
  code: 'BLOCKED',
  severity: 'unknown',
  holds: 2000,
  clears: 0,
  hiddenBy: [],
  stops: false,
  needsBelow: false,
}

type Before = Readonly<Record<string, FindingHistory>>

/** Puts the judgements through their holding times. */
export function followFindings(subject: Subject, before: Before, now: number): Findings {
  const isTrue = new Set(
    subject.judgements.filter(({ says }) => says !== null).map(({ rule }) => rule.code),
  )
  const steps = [...subject.judgements, blocked(subject)]
    // Most rules have nothing to say and said nothing before.
    .filter(({ rule, says }) => says !== null || before[rule.code] !== undefined)
    .map((judgement) => {
      const silent = isSilent(judgement, subject, isTrue)
      return { judgement, ...step(judgement, before[judgement.rule.code], { silent, now }) }
    })
  const kept = steps.flatMap(({ judgement, next }) =>
    next === null ? [] : [[judgement.rule.code, next] as const],
  )
  return {
    shown: steps.filter((one) => one.shown).map(toFinding),
    raised: steps
      .filter((one) => one.raised)
      .map(toFinding)
      .filter(isTold),
    cleared: steps
      .filter((one) => one.cleared)
      .map(({ judgement, message }) => ({ code: judgement.rule.code, message }))
      .filter(isTold),
    memory: Object.fromEntries(kept),
    due: earliest(steps.map((one) => one.due)),
  }
}

function blocked(subject: Subject): Judgement {
  const waits = subject.judgements.some(({ rule, says }) => rule.needsBelow && says !== null)
  return { rule: BLOCKED, says: waits && subject.blockedBy !== null ? subject.blockedBy : null }
}

/** What only follows from something below is shown, but nobody is called for it. */
function isTold({ code }: { readonly code: string }): boolean {
  return code !== BLOCKED.code
}

function isSilent({ rule }: Judgement, subject: Subject, isTrue: ReadonlySet<string>): boolean {
  if (rule.needsBelow && subject.blockedBy !== null) return true
  return rule.hiddenBy.some((code) => isTrue.has(code))
}

interface Step {
  readonly next: FindingHistory | null
  readonly shown: boolean
  readonly raised: boolean
  readonly cleared: boolean
  readonly message: string
  readonly due: number | null
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
  { rule, says }: Judgement,
  before: FindingHistory | undefined,
  at: { readonly silent: boolean; readonly now: number },
): Step {
  if (at.silent) return keepQuiet(before)
  if (says !== null) return holding(rule, says, before, at.now)
  return before?.told === true ? clearing(rule, before, at.now) : NOTHING
}

/** Nobody can judge it now: its clocks stop, and what was told stays told. */
function keepQuiet(before: FindingHistory | undefined): Step {
  if (before?.told !== true) return NOTHING
  return { ...NOTHING, next: { ...before, since: null, gone: null }, message: before.message }
}

function holding(
  rule: Judgement['rule'],
  says: string,
  before: FindingHistory | undefined,
  now: number,
): Step {
  const since = Math.min(before?.since ?? now, now)
  const wasTold = before?.told === true
  const told = wasTold || now - since >= rule.holds
  const words = wording(says, before, now)
  return {
    next: { since, gone: null, told, ...words },
    shown: told,
    raised: told && !wasTold,
    cleared: false,
    message: words.message,
    due: told ? null : since + rule.holds,
  }
}

function wording(says: string, before: FindingHistory | undefined, now: number) {
  const stays = before?.told === true && !isDue(before.wordedAt, REWORD_AFTER, now)
  return stays
    ? { message: before.message, wordedAt: before.wordedAt }
    : { message: clipped(says), wordedAt: now }
}

/** `core/wire` takes messages of 1,024 characters; a long list of addresses can be more. */
const LONGEST = 1000

function clipped(says: string): string {
  return says.length <= LONGEST ? says : `${says.slice(0, LONGEST)}…`
}

function clearing(rule: Judgement['rule'], before: FindingHistory, now: number): Step {
  const gone = Math.min(before.gone ?? now, now)
  if (now - gone >= rule.clears) return { ...NOTHING, cleared: true, message: before.message }
  const next = { ...before, since: null, gone }
  return { ...NOTHING, next, shown: true, message: before.message, due: gone + rule.clears }
}

/** A clock that went back counts as one that ran. */
function isDue(from: number, after: number, now: number): boolean {
  return now < from || now - from >= after
}

function toFinding(one: { readonly judgement: Judgement; readonly message: string }): Finding {
  const { code, severity } = one.judgement.rule
  return { code, severity, message: one.message }
}

/** The least of those that are known; null where none is. */
export function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
