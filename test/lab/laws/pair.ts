import { converge, remainingSteps } from '../../../src/agent/router/converge.js'
import { doSteps, readHave } from '../../../src/agent/router/steps.js'
import { planRouter } from '../../../src/core/router/plan.js'
import { describeStep } from '../../../src/core/router/describe.js'
import { planRestore } from '../../../src/core/router/restore.js'
import type { Fault } from '../../../src/core/base/fault.js'
import type { Effect, Have, Plan, PlannedStep, Want } from '../../../src/core/model/plan.js'
import { unmet } from '../../support/kernel/unmet.js'
import { hostNetns } from '../topology/netns.js'
import { FOREIGN, foreignState } from './foreign.js'
import type { LabRouter } from './lab-router.js'
import { sameSession, type Uptimes } from './provider.js'
import { promised, reachable, settled, shared } from './sessions.js'

/** What one pair showed; every breach is a broken law. */
export interface Findings {
  readonly breaches: readonly string[]
  readonly steps: number
  /** Sessions that stood before and were the same in both intents, or promised to stay. */
  readonly sharedSessions: number
  readonly promisedSessions: number
  /** Sessions that the peer has of those it could have. */
  readonly established: number
  readonly reachable: number
}

export interface PairOptions {
  readonly before: Want
  readonly after: Want
  /** Goes back as the undo of a change does, in one attempt, and forth again. */
  readonly thereAndBack: boolean
  /** Something else was damaged meanwhile: what is shared may have been hit. */
  readonly damaged: boolean
  /** Seconds to wait for sessions at the end. */
  readonly patience: number
}

/** Takes the router from one intent to the next and holds it to the laws. */
export async function proveLaws(router: LabRouter, options: PairOptions): Promise<Findings> {
  const { before, after } = options
  const host = hostNetns()
  const breaches: string[] = []
  const named = new Set<string>([...before.links, ...after.links].map(({ name }) => name))
  const have = await readHave(router.ports)
  const foreign = foreignState(host, await router.config(), have.links, named)
  const sessions = await router.sessions()
  const plan = planRouter(after, have)
  if (!plan.ok) return { ...NOTHING, breaches: [`refused: ${told(plan.faults)}`] }
  breaches.push(...(await apply(router, plan.value, after)))
  if (options.thereAndBack) {
    breaches.push(...(await goBack(router, { plan: plan.value, have }, options)))
    breaches.push(...(await apply(router, plan.value, after)))
  }
  const now = await readHave(router.ports)
  breaches.push(
    ...unmet(after.links, now.links).map((one) => `unmet: ${one}`),
    ...differences(foreign, foreignState(host, await router.config(), now.links, named)),
  )
  const kept = keptSessions(options, plan.value.effects, sessions)
  const stands = [...kept.all, FOREIGN.peerAddress]
  const later = await settled(router.sessions, reachable(after.bgp), options.patience)
  breaches.push(
    ...stands
      .filter((each) => !sameSession(sessions.get(each), later.get(each)))
      .map((each) => `session ${each} was reset: ${text(sessions, each)} → ${text(later, each)}`),
    ...kept.unannounced.map((each) => `session ${each} is shared, but the plan says it is hit`),
  )
  return {
    breaches: breaches.length === 0 ? [] : [...breaches, ...plan.value.steps.map(toldStep)],
    steps: plan.value.steps.length,
    sharedSessions: kept.shared,
    promisedSessions: kept.all.length,
    established: reachable(after.bgp).filter((each) => later.has(each)).length,
    reachable: reachable(after.bgp).length,
  }
}

const NOTHING: Findings = {
  breaches: [],
  steps: 0,
  sharedSessions: 0,
  promisedSessions: 0,
  established: 0,
  reachable: 0,
}

function keptSessions(options: PairOptions, effects: readonly Effect[], sessions: Uptimes) {
  const { before, after, damaged } = options
  const promise = new Set(promised(before, after, effects))
  const same = damaged ? [] : shared(before, after).filter((each) => sessions.has(each))
  const all = [...promise].filter((each) => sessions.has(each))
  return {
    all: damaged ? [] : all,
    shared: same.length,
    unannounced: same.filter((each) => !promise.has(each)),
  }
}

async function apply(router: LabRouter, plan: Plan, want: Want): Promise<readonly string[]> {
  const fault = await doSteps(
    plan.steps.map(({ step }) => step),
    router.ports,
  )
  if (fault !== null) return [`apply: ${told([fault])}`]
  const left = await remainingSteps(want, router.ports)
  return left.map((each) => `the plan is not empty after it was applied: ${told([each])}`)
}

async function goBack(
  { ports }: LabRouter,
  { plan, have }: { readonly plan: Plan; readonly have: Have },
  { before, damaged }: PairOptions,
): Promise<readonly string[]> {
  const steps = plan.steps.map(({ step }) => step)
  const faults = await converge(
    planRestore(have, steps, () => true),
    ports,
    { pauses: [] },
  )
  const left = damaged ? [] : await remainingSteps(before, ports)
  return [...faults, ...left].map((each) => `undo: ${told([each])}`)
}

function text(sessions: Uptimes, neighbor: string): string {
  return JSON.stringify(sessions.get(neighbor) ?? 'not established')
}

function toldStep({ step, impact }: PlannedStep): string {
  return `step (${impact}): ${step.do === 'frr' ? step.lines.join(' ; ') : describeStep(step)}`
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const [was, is] = [new Set(before), new Set(after)]
  return [
    ...before.filter((line) => !is.has(line)).map((line) => `foreign, gone: ${line}`),
    ...after.filter((line) => !was.has(line)).map((line) => `foreign, new: ${line}`),
  ]
}

function told(faults: readonly Fault[]): string {
  return faults.map(({ code, at, message }) => `${code} ${at}: ${message}`).join('; ')
}
