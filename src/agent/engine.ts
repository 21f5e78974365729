import { fault, type Fault } from '../core/base/fault.js'
import { ok, refused, type Result } from '../core/base/result.js'
import { admit, type Admission } from '../core/change/admission.js'
import type { Have, Plan, Want } from '../core/model/plan.js'
import type { Impact } from '../core/model/plan.js'
import type { ChangeProgress, IntentRef, PlanSummary } from '../core/wire/messages.js'
import { runChange, type ChangeHandle, type ChangePorts } from './change-run.js'
import { doSteps, readHave } from './deeds.js'
import {
  planPushed,
  planRouter,
  readPushed,
  wantOf,
  withinImpact,
  type IntentContext,
} from './intents.js'
import type { KeptIntent } from './memory.js'
import { leftover } from './read-back.js'
import type { Standing } from './standing.js'
import { describeStep, summarize } from './summary.js'

/** One pushed intent with its terms. */
export interface Push {
  readonly intent: unknown
  readonly change: string
  /** Seconds; null: the change confirms itself once it is read back. */
  readonly confirmWithin: number | null
  readonly maxImpact: Impact
  readonly dryRun: boolean
}

export interface Pushed {
  readonly change: string
  readonly ref: IntentRef
  /** With a dry run, or when there was nothing to do. */
  readonly plan: PlanSummary | null
}

/** Holds the router to its intent: changes by push, repair in between. Calls must not overlap. */
export interface Engine {
  readonly push: (push: Push) => Promise<Result<Pushed>>
  readonly confirm: (change: string) => Promise<Result<Record<string, never>>>
  readonly rollback: (change: string) => Promise<Result<Record<string, never>>>
  /**
   * Looks at the whole router and repairs what differs from the last good intent. Gives what was
   * read where nothing differed, so that nobody has to read it again.
   */
  readonly reconcile: () => Promise<Have | null>
  readonly standing: () => Standing
  /** The intent that is in force: the change's while one is under way. */
  readonly running: () => KeptIntent | null
  readonly progress: () => ChangeProgress | null
}

export interface EngineOptions extends ChangePorts {
  readonly routerId: string
  readonly ceiling: Impact
  readonly context: IntentContext
  /** The loop found a difference that no change made, and what it did about it. */
  readonly onRepair: (steps: readonly string[], outcome: readonly Fault[]) => void
}

export function createEngine(options: EngineOptions): Engine {
  const { ports, memory, context } = options
  let current: ChangeHandle | null = null
  let standing: Standing = {
    state: memory.lastGood() === null ? 'no-intent' : 'differs',
    faults: [],
  }
  let last: ChangeProgress | null = memory.history().at(-1) ?? null

  function progress(record: ChangeProgress): void {
    last = record
    options.onProgress(record)
  }

  function settled(state: Standing): void {
    standing = state
  }

  async function push(request: Push): Promise<Result<Pushed>> {
    const pushed = readPushed(request.intent, context.sha256)
    if (!pushed.ok) return pushed
    const kept = pushed.value
    const admission = admitted(kept, request.dryRun)
    if (admission.admitted === false && !request.dryRun) return refused(admission.fault)
    const planned = await planFor(kept, request)
    if (!planned.ok) return planned
    const { want, plan, have } = planned.value
    const answer = { change: request.change, ref: kept.ref }
    if (request.dryRun || admission.admitted === 'same') {
      return ok({ ...answer, plan: summarize(plan) })
    }
    current = runChange(
      { ...answer, kept, want, plan, before: have, confirmWithin: request.confirmWithin },
      { ...options, onProgress: progress, onStanding: settled },
    )
    return ok({ ...answer, plan: null })
  }

  function admitted(kept: KeptIntent, dryRun: boolean): Admission {
    const candidate = { routerId: kept.intent.router.id, ...kept.ref }
    return admit(candidate, {
      routerId: options.routerId,
      lastGood: memory.lastGood()?.ref ?? null,
      rolledBack: memory.rolledBack(),
      pending: dryRun ? null : (underWay()?.name ?? null),
    })
  }

  function underWay(): ChangeHandle | null {
    return current === null || current.settled() ? null : current
  }

  async function planFor(kept: KeptIntent, request: Push) {
    const want = await wantOf(kept.intent, context)
    if (!want.ok) return want
    const have = await readHave(ports)
    const plan = await planPushed(want.value, have, context)
    if (!plan.ok) return plan
    const allowed = request.dryRun
      ? plan
      : withinImpact(plan.value, [request.maxImpact, options.ceiling])
    return allowed.ok ? ok({ want: want.value, plan: plan.value, have }) : allowed
  }

  async function reconcile(): Promise<Have | null> {
    const kept = memory.lastGood()
    if (kept === null || underWay() !== null) return null
    const want = await wantOf(kept.intent, context)
    if (!want.ok) {
      settled(failed(want.faults))
      return null
    }
    const have = await readHave(ports)
    const plan = planRouter(want.value, have)
    if (plan.ok && plan.value.steps.length === 0) {
      settled({ state: 'settled', faults: [] })
      return have
    }
    settled(plan.ok ? await repair(want.value, plan.value) : failed(plan.faults))
    return null
  }

  async function repair(want: Want, plan: Plan): Promise<Standing> {
    const done = await doSteps(steps(plan), ports)
    const faults = done.fault === null ? await leftover(want, ports) : [done.fault]
    options.onRepair(steps(plan).map(describeStep), faults)
    return { state: faults.length === 0 ? 'settled' : 'differs', faults }
  }

  function pending(change: string): Result<ChangeHandle> {
    if (current?.name === change && current.provisional()) return ok(current)
    const waiting = current?.provisional() === true ? `${current.name} does` : 'none does'
    return refused(fault('CHANGE_NOT_PENDING', change, `it does not wait; ${waiting}`))
  }

  return {
    push,
    async confirm(change) {
      const handle = pending(change)
      if (!handle.ok) return handle
      await handle.value.see({ saw: 'confirm' })
      return ok({})
    },
    async rollback(change) {
      const handle = pending(change)
      if (!handle.ok) return handle
      await handle.value.see({ saw: 'cancel' })
      return ok({})
    },
    reconcile,
    standing: () => standing,
    running: () => underWay()?.kept ?? memory.lastGood(),
    progress: () => last,
  }
}

function failed(faults: readonly Fault[]): Standing {
  return { state: 'failed', faults }
}

function steps(plan: Plan) {
  return plan.steps.map(({ step }) => step)
}
