import { fault } from '../../core/base/fault.js'
import type { Impact } from '../../core/model/plan.js'
import type { ChangeProgress } from '../../core/wire/messages.js'
import { CHANGE_TIMEOUT } from '../../edge/socket/peer.js'
import { answered, withAgent, type AgentClient } from '../command/agent-client.js'
import { readIntent, readSecretsFile, Refusal, show, type Context } from '../command/context.js'
import type { ProbeParam } from '../command/probe-option.js'
import { EXIT, exitStatus, type ExitStatus } from '../../edge/host/program.js'
import { renderHistory, renderPlan, renderProgress, renderRelease } from '../render/change.js'

/**
 * `demarc plan FILE` and `demarc adopt FILE --dry-run`: what would be done, and nothing is. Exit 2
 * when there is something to do.
 */
export async function plan(
  context: Context,
  file: string,
  options: Pick<ApplyOptions, 'adopt' | 'secrets'>,
): Promise<ExitStatus> {
  return planIntent(context, await readIntent(file), options)
}

async function planIntent(
  context: Context,
  intent: unknown,
  options: Pick<ApplyOptions, 'adopt' | 'secrets'>,
): Promise<ExitStatus> {
  const secrets = await readSecretsFile(options.secrets)
  return withAgent(context, async (agent) => {
    const { adopt } = options
    const push = { intent, adopt, ...secrets, dryRun: true }
    const pushed = answered(await agent.call('intent.push', push, { timeout: CHANGE_TIMEOUT }))
    if (pushed.plan === undefined) throw new Error('the agent sent no plan')
    show(context, pushed.plan, renderPlan)
    return pushed.plan.stepCount === 0 ? EXIT.done : EXIT.differs
  })
}

export interface ApplyOptions {
  /** Take over what is there and matches the intent. */
  readonly adopt: boolean
  /** Seconds to confirm within; undefined: the change confirms itself. */
  readonly confirm: number | undefined
  readonly maxImpact: Impact | undefined
  readonly name: string | undefined
  readonly probes: readonly ProbeParam[]
  /** File with the passwords the intent names. */
  readonly secrets: string | undefined
  /** Seconds to wait for the change to settle. */
  readonly timeout: number
}

/** `demarc apply FILE` and `demarc adopt FILE`: pushes the intent as a hub would and follows the change to its end. */
export async function apply(
  context: Context,
  file: string,
  options: ApplyOptions,
): Promise<ExitStatus> {
  return applyIntent(context, await readIntent(file), options)
}

async function applyIntent(
  context: Context,
  intent: unknown,
  options: ApplyOptions,
): Promise<ExitStatus> {
  const secrets = await readSecretsFile(options.secrets)
  const follower = follow(context)
  return withAgent(
    context,
    async (agent) => {
      answered(await agent.call('watch', {}))
      const push = {
        intent,
        ...secrets,
        adopt: options.adopt,
        ...(options.confirm === undefined ? {} : { confirmWithin: options.confirm }),
        ...(options.maxImpact === undefined ? {} : { maxImpact: options.maxImpact }),
        ...(options.name === undefined ? {} : { change: options.name }),
        probes: [...options.probes],
      }
      const pushed = answered(await agent.call('intent.push', push, { timeout: CHANGE_TIMEOUT }))
      if (pushed.plan !== undefined) {
        return show(context, pushed.plan, () => `Generation ${pushed.generation} already runs.`)
      }
      const isEnd = (one: ChangeProgress): boolean =>
        isFinal(one) || (one.phase === 'provisional' && options.confirm !== undefined)
      const end = await follower.end(pushed.change, isEnd, { agent, seconds: options.timeout })
      return showEnd(context, end)
    },
    { 'change.progress': (progress) => follower.see(progress) },
  )
}

export interface RollbackOptions extends Omit<ApplyOptions, 'adopt'> {
  readonly dryRun: boolean
}

/** `demarc rollback [GENERATION]`: pushes an intent that was in force before, as a new generation. */
export async function rollback(
  context: Context,
  generation: number | undefined,
  options: RollbackOptions,
): Promise<ExitStatus> {
  const asked = generation === undefined ? {} : { generation }
  const former = await withAgent(context, async (agent) =>
    answered(await agent.call('intent.previous', asked)),
  )
  const intent = { ...former.intent, generation: former.nextGeneration }
  const asNew = `Generation ${former.intent.generation} again, as generation ${intent.generation}.`
  if (!context.json) context.out(asNew)
  const terms = { ...options, adopt: false }
  return options.dryRun ? planIntent(context, intent, terms) : applyIntent(context, intent, terms)
}

function showEnd(context: Context, end: ChangeProgress): ExitStatus {
  if (context.json) context.out(JSON.stringify(end, null, 2))
  else if (end.phase === 'provisional') context.out(confirmHint(end))
  return end.phase === 'confirmed' || end.phase === 'provisional'
    ? EXIT.done
    : exitStatus(end.faults ?? [])
}

function confirmHint(end: ChangeProgress): string {
  return `Keep it with "demarc confirm ${end.change}", take it back with "demarc cancel ${end.change}".`
}

/** Phases after which nothing more happens by itself. */
function isFinal({ phase }: ChangeProgress): boolean {
  return ['confirmed', 'rolled-back', 'stuck'].includes(phase)
}

/** Prints every phase as it comes and waits for the one that ends the wait. */
function follow(context: Context) {
  const seen: ChangeProgress[] = []
  let wake: () => void = () => undefined
  return {
    see(progress: ChangeProgress) {
      seen.push(progress)
      if (!context.json) context.out(renderProgress(progress))
      wake()
      return { ok: true as const, value: {} }
    },
    async end(
      change: string,
      isEnd: (one: ChangeProgress) => boolean,
      limits: { readonly agent: AgentClient; readonly seconds: number },
    ): Promise<ChangeProgress> {
      const late = AbortSignal.any([
        AbortSignal.timeout(limits.seconds * 1000),
        limits.agent.signal,
      ])
      for (;;) {
        const end = seen.find((one) => one.change === change && isEnd(one))
        if (end !== undefined) return end
        if (late.aborted) {
          const why = 'it was not settled in time; "demarc status" shows how far it is'
          throw new Refusal([fault('CHANGE_BUSY', change, why)])
        }
        await new Promise<void>((resolve) => {
          wake = resolve
          late.addEventListener('abort', () => resolve(), { once: true })
        })
      }
    },
  }
}

/** `demarc confirm NAME` and `demarc cancel NAME`: end a provisional change. */
export async function decide(
  context: Context,
  verdict: 'change.confirm' | 'change.cancel',
  change: string,
): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    answered(await agent.call(verdict, { change }, { timeout: CHANGE_TIMEOUT }))
    const done = verdict === 'change.confirm' ? 'confirmed' : 'taken back'
    return show(context, { change, done }, () => `Change ${change} is ${done}.`)
  })
}

/** `demarc repair`: leads out of a stuck change, by another undo or by taking what is there. */
export async function repair(context: Context, accept: boolean): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const answer = answered(
      await agent.call('change.repair', { accept }, { timeout: CHANGE_TIMEOUT }),
    )
    const { change, phase } = answer
    show(context, answer, () =>
      change === null
        ? 'Nothing is stuck; demarc keeps repairing what differs by itself.'
        : `Change ${change} is ${phase ?? 'unsettled'}.`,
    )
    return phase === 'stuck' ? EXIT.failed : EXIT.done
  })
}

/** `demarc release`: takes demarc's marks off the router and leaves all in place. */
export async function release(context: Context): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const released = answered(await agent.call('router.release', {}, { timeout: CHANGE_TIMEOUT }))
    return show(context, released, renderRelease)
  })
}

/** `demarc history`: settled changes, newest last. */
export async function history(context: Context): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const { changes } = answered(await agent.call('show.history', {}))
    return show(context, changes, renderHistory)
  })
}
