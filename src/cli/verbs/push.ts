import type { Seconds } from '../../core/base/time.js'
import type { Impact } from '../../core/model/plan.js'
import { CHANGE_TIMEOUT } from '../../edge/socket/peer.js'
import { EXIT, exitStatus, type ExitStatus } from '../../edge/host/program.js'
import type { ChangeProgress, PlanSummary } from '../../core/wire/messages.js'
import { withAgent, type AgentClient } from '../command/agent-client.js'
import { accepted, show, type Context } from '../command/context.js'
import { readIntent, readSecretsFile } from '../command/files.js'
import type { ProbeParam } from '../command/probe-option.js'
import { renderPlan } from '../render/change.js'
import { followChanges, isFinal } from './follow.js'

/** What a push needs besides the intent, for a plan as well as for a change. */
export interface PlanTerms {
  /** Take over what is there and matches the intent. */
  readonly adopt: boolean
  /** File with the passwords that the intent names. */
  readonly secrets: string | undefined
}

/** How a change is made and followed. */
export interface ChangeTerms extends PlanTerms {
  /** Show the plan and change nothing. */
  readonly dryRun: boolean
  /** Time to confirm within; undefined: the change confirms itself. */
  readonly confirm: Seconds | undefined
  readonly maxImpact: Impact | undefined
  readonly name: string | undefined
  readonly probes: readonly ProbeParam[]
  /** How long to wait for the end of the change. */
  readonly timeout: Seconds
}

/** `demarc plan FILE`: shows what would be done. Exit status 2 when there is something to do. */
export async function plan(context: Context, file: string, terms: PlanTerms): Promise<ExitStatus> {
  const { stepCount } = await showPlan(context, await readIntent(file), terms)
  return stepCount === 0 ? EXIT.done : EXIT.differs
}

/** `demarc apply FILE` and `demarc adopt FILE`: pushes the intent and follows the change to its end. */
export async function apply(
  context: Context,
  file: string,
  terms: ChangeTerms,
): Promise<ExitStatus> {
  return push(context, await readIntent(file), terms)
}

/** `demarc rollback [GENERATION]`: pushes an intent that was in force before, as a new generation. */
export async function rollback(
  context: Context,
  generation: number | undefined,
  terms: ChangeTerms,
): Promise<ExitStatus> {
  const wanted = generation === undefined ? {} : { generation }
  const { intent, nextGeneration } = await withAgent(context, async (agent) =>
    accepted(await agent.call('intent.previous', wanted)),
  )
  if (!context.json) {
    context.out(`Generation ${intent.generation} again, as generation ${nextGeneration}.`)
  }
  return push(context, { ...intent, generation: nextGeneration }, terms)
}

async function push(context: Context, intent: unknown, terms: ChangeTerms): Promise<ExitStatus> {
  if (!terms.dryRun) return makeChange(context, intent, terms)
  await showPlan(context, intent, terms)
  return EXIT.done
}

async function showPlan(
  context: Context,
  intent: unknown,
  { adopt, secrets }: PlanTerms,
): Promise<PlanSummary> {
  const params = { intent, adopt, ...(await readSecretsFile(secrets)), dryRun: true }
  return withAgent(context, async (agent) => {
    const pushed = await agent.call('intent.push', params, { timeout: CHANGE_TIMEOUT })
    const summary = accepted(pushed).plan
    if (summary === undefined) throw new Error('the agent sent no plan')
    show(context, summary, renderPlan)
    return summary
  })
}

async function makeChange(
  context: Context,
  intent: unknown,
  terms: ChangeTerms,
): Promise<ExitStatus> {
  const params = await pushParams(intent, terms)
  const follower = followChanges(context)
  const start = async (agent: AgentClient): Promise<ExitStatus> => {
    accepted(await agent.call('watch', {}))
    const sent = await agent.call('intent.push', params, { timeout: CHANGE_TIMEOUT })
    const pushed = accepted(sent)
    if (pushed.plan !== undefined) {
      return show(context, pushed.plan, () => `Generation ${pushed.generation} already runs.`)
    }
    const waits = terms.confirm !== undefined
    const isEnd = (progress: ChangeProgress): boolean =>
      isFinal(progress) || (waits && progress.phase === 'provisional')
    const limits = { timeout: terms.timeout, signal: agent.signal }
    return showEnd(context, await follower.end(pushed.change, isEnd, limits))
  }
  return withAgent(context, start, { 'change.progress': follower.receive })
}

async function pushParams(intent: unknown, terms: ChangeTerms) {
  const { adopt, confirm, maxImpact, name, probes, secrets } = terms
  return {
    intent,
    ...(await readSecretsFile(secrets)),
    adopt,
    ...(confirm === undefined ? {} : { confirmWithin: confirm }),
    ...(maxImpact === undefined ? {} : { maxImpact }),
    ...(name === undefined ? {} : { change: name }),
    probes: [...probes],
  }
}

/** A provisional change that waits for its confirmation is a success so far. */
function showEnd(context: Context, end: ChangeProgress): ExitStatus {
  const waits = end.phase === 'provisional'
  if (context.json) context.out(JSON.stringify(end, null, 2))
  else if (waits) context.out('Run "demarc confirm" to keep it or "demarc cancel" to roll it back.')
  return end.phase === 'confirmed' || waits ? EXIT.done : exitStatus(end.faults ?? [])
}
