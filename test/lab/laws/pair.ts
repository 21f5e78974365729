import { doSteps, readHave, undoSteps } from '../../../src/agent/deeds.js'
import { planRouter } from '../../../src/agent/intents.js'
import { leftover } from '../../../src/agent/read-back.js'
import type { Fault } from '../../../src/core/base/fault.js'
import type { Effect, Plan, Want } from '../../../src/core/model/plan.js'
import { unmet } from '../../support/unmet.js'
import { hostNetns } from '../topology/netns.js'
import { FOREIGN, foreignState } from './foreign.js'
import type { LabRouter } from './lab-router.js'
import { promised, reachable, settled, shared, type Uptimes } from './sessions.js'

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
  /** Goes back with the plan's inverse and forth again. */
  readonly thereAndBack: boolean
  /** Something else was damaged meanwhile: what is shared may have been hit. */
  readonly damaged: boolean
  /** Seconds to wait for sessions at the end. */
  readonly patience: number
}

/** Takes the router from one intent to the next and holds it to the laws. */
export async function proveLaws(router: LabRouter, options: PairOptions): Promise<Findings> {
  const { before, after } = options
  const breaches: string[] = []
  const named = new Set<string>([...before.links, ...after.links].map(({ name }) => name))
  const have = await readHave(router.ports)
  const foreign = foreignState(hostNetns(), router.frr, have.links, named)
  const sessions = await settled(router.peer, reachable(before.bgp), 0)
  const stood = foreignSession(router)
  const plan = planRouter(after, have)
  if (!plan.ok) return { ...NOTHING, breaches: [`refused: ${told(plan.faults)}`] }
  breaches.push(...(await apply(router, plan.value, after)))
  if (options.thereAndBack) {
    breaches.push(...(await undo(router, plan.value, options)))
    breaches.push(...(await apply(router, plan.value, after)))
  }
  const now = await readHave(router.ports)
  breaches.push(
    ...unmet(after.links, now.links).map((one) => `unmet: ${one}`),
    ...differences(foreign, foreignState(hostNetns(), router.frr, now.links, named)),
    ...(stood === foreignSession(router) ? [] : ['the foreign session was reset']),
  )
  const kept = keptSessions(options, plan.value.effects, sessions)
  const later = await settled(router.peer, reachable(after.bgp), options.patience)
  breaches.push(
    ...kept.all.flatMap((each) =>
      later.get(each) === sessions.get(each)
        ? []
        : [`session ${each} was reset: since ${sessions.get(each)}, now ${later.get(each)}`],
    ),
    ...kept.unannounced.map((each) => `session ${each} is shared, but the plan says it is hit`),
  )
  return {
    breaches,
    steps: plan.value.steps.length,
    sharedSessions: kept.shared,
    promisedSessions: kept.all.length,
    established: later.size,
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
  const promise = new Set(promised(before.bgp, after.bgp, effects))
  const same = damaged ? [] : shared(before, after).filter((each) => sessions.has(each))
  const all = [...promise].filter((each) => sessions.has(each))
  return {
    all: damaged ? [] : all,
    shared: same.length,
    unannounced: same.filter((each) => !promise.has(each)),
  }
}

async function apply(router: LabRouter, plan: Plan, want: Want): Promise<readonly string[]> {
  const { fault } = await doSteps(
    plan.steps.map(({ step }) => step),
    router.ports,
  )
  if (fault !== null) return [`apply: ${told([fault])}`]
  const left = await leftover(want, router.ports)
  return left.map((each) => `the plan is not empty after it was applied: ${told([each])}`)
}

async function undo(
  router: LabRouter,
  plan: Plan,
  { before, damaged }: PairOptions,
): Promise<readonly string[]> {
  const steps = plan.steps.map(({ step }) => step)
  const faults = await undoSteps(steps, router.ports)
  const left = damaged ? [] : await leftover(before, router.ports)
  return [...faults, ...left].map((each) => `undo: ${told([each])}`)
}

function foreignSession(router: LabRouter): string | undefined {
  return router.peer.session(FOREIGN.address)?.since
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
