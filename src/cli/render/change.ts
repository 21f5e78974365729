import type { AgentResult, ChangeProgress, PlanSummary } from '../../core/wire/messages.js'
import { printable, table } from './table.js'

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
    (step, i) => `${String(i + 1).padStart(4)}. ${printable(step.description)}`,
  )
  const parts = [
    `Impact: ${plan.impact} (${EXPLAIN[plan.impact]})`,
    ...left(plan.effectCount, plan.effects.length, renderEffects(plan), 'effects'),
    ...left(plan.stepCount, plan.steps.length, ['', 'Steps:', ...steps], 'steps'),
  ]
  return parts.join('\n')
}

function renderEffects(plan: PlanSummary): readonly string[] {
  if (plan.effects.length === 0) return []
  const rows = plan.effects.map(({ subject, impact, why }) => [subject, impact, printable(why)])
  return ['', table(['what', 'impact', 'why'], rows)]
}

function left(
  all: number,
  shown: number,
  lines: readonly string[],
  what: string,
): readonly string[] {
  return all > shown ? [...lines, `… and ${all - shown} more ${what}`] : lines
}

/** One line for one phase of a change. */
export function renderProgress(progress: ChangeProgress): string {
  const head = `${progress.at}  ${progress.change}  generation ${progress.generation}  ${progress.phase}`
  const until =
    progress.until === undefined ? '' : `, undone at ${progress.until} unless it is kept before`
  const plan =
    progress.plan === undefined
      ? ''
      : `: ${progress.plan.stepCount} steps, impact ${progress.plan.impact}`
  const faults = (progress.faults ?? []).map(
    (one) => `\n    ${one.code}  ${one.at}: ${one.message}`,
  )
  const details = `${plan}${until}${waiting(progress)}${aftermath(progress)}`
  return printableLines(`${head}${details}${faults.join('')}`)
}

/** Witnesses that one line names. */
const NAMED = 5

function waiting({ pendingWitnesses }: ChangeProgress): string {
  if (pendingWitnesses === undefined) return ''
  const more = pendingWitnesses.length > NAMED ? ` and ${pendingWitnesses.length - NAMED} more` : ''
  return pendingWitnesses.length === 0
    ? '; all that was well before is well again'
    : `; not heard yet: ${pendingWitnesses.slice(0, NAMED).join(', ')}${more}`
}

function aftermath({ restored }: ChangeProgress): string {
  if (restored === undefined) return ''
  return restored ? '; all that was well before is well again' : '; not all is back that was well'
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** How each change ended and how it came there, newest last. */
export function renderHistory(changes: readonly ChangeProgress[]): string {
  if (changes.length === 0) return 'No change yet.'
  const rows = changes.map((one) => [
    one.at,
    one.change,
    String(one.generation),
    one.phase,
    passage(one),
    printable(blame(one)),
  ])
  return table(['at', 'change', 'generation', 'phase', 'phases', 'why'], rows)
}

/** The first reason with its place, and how many more there are. */
function blame({ faults = [] }: ChangeProgress): string {
  const [first] = faults
  if (first === undefined) return ''
  const more = faults.length > 1 ? `; and ${faults.length - 1} more` : ''
  return `${first.at}: ${first.message}${more}`
}

/** `planned, applying, provisional after 0.4 s, confirmed after 10.2 s`. */
function passage({ phases = [] }: ChangeProgress): string {
  const began = Date.parse(phases[0]?.at ?? '')
  return phases
    .map(({ phase, at }) => {
      const after = (Date.parse(at) - began) / 1000
      return after < 0.05 ? phase : `${phase} after ${after.toFixed(1)} s`
    })
    .join(', ')
}

/** What `demarc release` did, in words. */
export function renderRelease({ steps, stepCount }: AgentResult<'router.release'>): string {
  if (stepCount === 0) return "Nothing on this router is demarc's."
  const more = stepCount > steps.length ? [`… and ${stepCount - steps.length} more`] : []
  return [
    "Given back; all stays in place and nothing of it is demarc's any more.",
    ...steps,
    ...more,
  ]
    .map((line, i) => (i === 0 ? line : `  ${line}`))
    .join('\n')
}
