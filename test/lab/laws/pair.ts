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
import {
  reachableNeighbors,
  sharedNeighbors,
  undisturbedNeighbors,
  waitForSessions,
} from './sessions.js'

/** What was found in one pair of intents; every breach is a broken law. */
export interface Findings {
  readonly breaches: readonly string[]
  readonly steps: number
  /** Sessions that were established before and are the same in both intents. */
  readonly sharedSessions: number
  /** Sessions that were established before and that the plan leaves alone. */
  readonly keptSessions: number
  /** How many of the `reachable` sessions are established at the end. */
  readonly established: number
  /** Sessions of the new intent at which a peer answers. */
  readonly reachable: number
}

export interface PairOptions {
  readonly before: Want
  readonly after: Want
  /** Rolls the change back, in one attempt, and applies it again. */
  readonly withRollback: boolean
  /** The router was damaged before, so shared sessions may have been reset. */
  readonly damaged: boolean
  /** Seconds to wait for sessions at the end. */
  readonly patience: number
}

/** Applies the change from one intent to the next and checks the laws. */
export async function checkLaws(router: LabRouter, options: PairOptions): Promise<Findings> {
  const { before, after } = options
  const host = hostNetns()
  const breaches: string[] = []
  const named = new Set<string>([...before.links, ...after.links].map(({ name }) => name))
  const have = await readHave(router.ports)
  const foreign = foreignState(host, await router.config(), have.links, named)
  const sessions = await router.sessions()
  const plan = planRouter(after, have)
  if (!plan.ok) return { ...NOTHING, breaches: [`refused: ${faultText(plan.faults)}`] }
  breaches.push(...(await apply(router, plan.value, after)))
  if (options.withRollback) {
    breaches.push(...(await rollBack(router, { plan: plan.value, have }, options)))
    breaches.push(...(await apply(router, plan.value, after)))
  }
  const now = await readHave(router.ports)
  breaches.push(
    ...unmet(after.links, now.links).map((text) => `unmet: ${text}`),
    ...differences(foreign, foreignState(host, await router.config(), now.links, named)),
  )
  const kept = sessionsToKeep(options, plan.value.effects, sessions)
  const undisturbed = [...kept.all, FOREIGN.peerAddress]
  const neighbors = reachableNeighbors(after.bgp)
  const later = await waitForSessions(router.sessions, neighbors, options.patience)
  breaches.push(
    ...undisturbed
      .filter((peer) => !sameSession(sessions.get(peer), later.get(peer)))
      .map((peer) => `session ${peer} was reset: ${text(sessions, peer)} → ${text(later, peer)}`),
    ...kept.unannounced.map((peer) => `session ${peer} is shared, but the plan disturbs it`),
  )
  return {
    breaches: breaches.length === 0 ? [] : [...breaches, ...plan.value.steps.map(stepText)],
    steps: plan.value.steps.length,
    sharedSessions: kept.shared,
    keptSessions: kept.all.length,
    established: neighbors.filter((neighbor) => later.has(neighbor)).length,
    reachable: neighbors.length,
  }
}

const NOTHING: Findings = {
  breaches: [],
  steps: 0,
  sharedSessions: 0,
  keptSessions: 0,
  established: 0,
  reachable: 0,
}

function sessionsToKeep(options: PairOptions, effects: readonly Effect[], sessions: Uptimes) {
  const { before, after, damaged } = options
  const undisturbed = [...new Set(undisturbedNeighbors(before, after, effects))]
  const same = damaged
    ? []
    : sharedNeighbors(before, after).filter((neighbor) => sessions.has(neighbor))
  const all = undisturbed.filter((neighbor) => sessions.has(neighbor))
  return {
    all: damaged ? [] : all,
    shared: same.length,
    unannounced: same.filter((neighbor) => !undisturbed.includes(neighbor)),
  }
}

async function apply(router: LabRouter, plan: Plan, want: Want): Promise<readonly string[]> {
  const fault = await doSteps(
    plan.steps.map(({ step }) => step),
    router.ports,
  )
  if (fault !== null) return [`apply: ${faultText([fault])}`]
  const left = await remainingSteps(want, router.ports)
  return left.map((fault) => `the plan is not empty after it was applied: ${faultText([fault])}`)
}

async function rollBack(
  { ports }: LabRouter,
  { plan, have }: { readonly plan: Plan; readonly have: Have },
  { before, damaged }: PairOptions,
): Promise<readonly string[]> {
  const steps = plan.steps.map(({ step }) => step)
  const faults = await converge(
    planRestore(have, steps, () => true),
    ports,
    [],
  )
  const left = damaged ? [] : await remainingSteps(before, ports)
  return [...faults, ...left].map((fault) => `rollback: ${faultText([fault])}`)
}

function text(sessions: Uptimes, neighbor: string): string {
  return JSON.stringify(sessions.get(neighbor) ?? 'not established')
}

function stepText({ step, impact }: PlannedStep): string {
  return `step (${impact}): ${step.do === 'frr' ? step.lines.join(' ; ') : describeStep(step)}`
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const [linesBefore, linesAfter] = [new Set(before), new Set(after)]
  return [
    ...before.filter((line) => !linesAfter.has(line)).map((line) => `foreign, gone: ${line}`),
    ...after.filter((line) => !linesBefore.has(line)).map((line) => `foreign, new: ${line}`),
  ]
}

function faultText(faults: readonly Fault[]): string {
  return faults.map(({ code, at, message }) => `${code} ${at}: ${message}`).join('; ')
}
