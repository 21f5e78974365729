import type { AgentResult, ChangeProgress, PlanSummary } from '../../core/wire/messages.js'
import { millis, toSeconds } from '../../core/base/time.js'
import { printable, table, wrapped } from './table.js'
import { localTime, shortTime, span } from './time.js'

/** What each impact means for traffic. */
const EXPLAIN = {
  none: 'no traffic is touched',
  soft: 'routes are exchanged anew, sessions stay up',
  'session-reset': 'BGP sessions go down and come back',
  'link-flap': 'links go down and come back',
  'traffic-loss': 'traffic stops',
} as const

/** What will be done and what that does to traffic. */
export function renderPlan(plan: PlanSummary): string {
  if (plan.stepCount === 0) return 'Nothing to do: the router is as intended.'
  const steps = plan.steps.map(
    (step, place) => `${String(place + 1).padStart(4)}. ${printable(step.description)}`,
  )
  const parts = [
    `Impact: ${printable(plan.impact)}${explained(plan.impact)}`,
    ...renderEffects(plan),
    ...more(plan.effectCount - plan.effects.length, 'effects'),
    '',
    'Steps:',
    ...steps,
    ...more(plan.stepCount - plan.steps.length, 'steps'),
  ]
  return parts.join('\n')
}

/** What an impact means; nothing for one of another version of demarc. */
function explained(impact: string): string {
  return isExplained(impact) ? ` (${EXPLAIN[impact]})` : ''
}

function isExplained(impact: string): impact is keyof typeof EXPLAIN {
  return Object.hasOwn(EXPLAIN, impact)
}

function renderEffects(plan: PlanSummary): readonly string[] {
  if (plan.effects.length === 0) return []
  const rows = plan.effects.map(({ subject, impact, why }) => [subject, impact, why])
  return ['', table(['what', 'impact', 'why'], rows)]
}

/** How many lines the agent left out of a list. */
function more(count: number, what: string): readonly string[] {
  return count > 0 ? [`… and ${count} more ${what}`] : []
}

/** One line for one phase of a change, and one below it for each fault. */
export function renderProgress(progress: ChangeProgress): string {
  return `${localTime(progress.at)}  ${renderPhase(progress)}`
}

/** The same without the time. */
export function renderPhase(progress: ChangeProgress): string {
  const { change, generation, phase, faults = [] } = progress
  const head = `${change}  generation ${generation}  ${phase}`
  const details = [planned(progress), deadline(progress), waiting(progress), restored(progress)]
  const lines = faults.map((fault) => `\n    ${fault.code}  ${fault.at}: ${fault.message}`)
  return printableLines([head, ...details, ...lines].join(''))
}

function planned({ plan }: ChangeProgress): string {
  if (plan === undefined) return ''
  return `: ${plan.stepCount} ${plan.stepCount === 1 ? 'step' : 'steps'}, impact ${plan.impact}`
}

/** What ends a provisional change, and until when. */
function deadline({ at, until, confirmation }: ChangeProgress): string {
  if (until === undefined) return ''
  const time = shortTime(until, new Date(at))
  return confirmation === 'automatic'
    ? `, confirms itself once every session that was up is up again, is rolled back at ${time} otherwise`
    : `, is rolled back at ${time} unless "demarc confirm" comes before`
}

/** Witnesses that one line names. */
const NAMED = 5
const ALL_WORKS = '; everything that worked before the change works again'

function waiting({ pendingWitnesses }: ChangeProgress): string {
  if (pendingWitnesses === undefined) return ''
  if (pendingWitnesses.length === 0) return ALL_WORKS
  const rest = pendingWitnesses.length - NAMED
  const names = pendingWitnesses.slice(0, NAMED).join(', ')
  return `; still waits for ${names}${rest > 0 ? ` and ${rest} more` : ''}`
}

function restored(progress: ChangeProgress): string {
  if (progress.restored === undefined) return ''
  return progress.restored
    ? ALL_WORKS
    : '; not everything that worked before the change works again'
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/**
 * One line for each change with how it ended, below it its phases and why it ended so; the newest
 * last.
 */
export function renderHistory(changes: readonly ChangeProgress[]): string {
  if (changes.length === 0) return 'No change yet.'
  const rows = changes.map(({ at, change, generation, phase }) => [
    localTime(at),
    printable(change),
    String(generation),
    printable(phase),
  ])
  const [head = '', ...lines] = table(['at', 'change', 'generation', 'phase'], rows).split('\n')
  const details = changes.map((progress) =>
    [phasesOf(progress), printable(reason(progress))].filter((text) => text !== ''),
  )
  return [
    head,
    ...lines.flatMap((line, place) => [line, ...(details[place] ?? []).flatMap(wrapped)]),
  ].join('\n')
}

/** The first fault with its place, and how many more there are. */
function reason({ faults = [] }: ChangeProgress): string {
  const [first] = faults
  if (first === undefined) return ''
  const rest = faults.length > 1 ? `; and ${faults.length - 1} more` : ''
  return `${first.at}: ${first.message}${rest}`
}

/** No change takes longer: `confirmWithin` is at most a day. */
const LONGEST_CHANGE = millis(2 * 86_400_000)

/**
 * `planned, applying, provisional after 0.4 s, confirmed after 10.2 s`. The times of phases are of the wall clock; where that was
 * set meanwhile, a duration would be wrong and is left out.
 */
function phasesOf({ phases = [] }: ChangeProgress): string {
  const began = Date.parse(phases[0]?.at ?? '')
  return phases
    .map(({ phase, at }) => {
      const lasted = millis(Date.parse(at) - began)
      const after = span(toSeconds(lasted))
      const name = printable(phase)
      return after === '0 s' || lasted > LONGEST_CHANGE ? name : `${name} after ${after}`
    })
    .join(', ')
}

/** What `demarc release` did. */
export function renderRelease({ steps, stepCount }: AgentResult<'router.release'>): string {
  if (stepCount === 0) return "Nothing on this router is demarc's."
  return [
    "Released: everything stays in place, and nothing of it is demarc's any more.",
    ...[...steps, ...more(stepCount - steps.length, 'steps')].map((line) => `  ${line}`),
  ].join('\n')
}
