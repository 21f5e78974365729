import { fault, type Fault } from '../core/base/fault.js'
import {
  isSettled,
  nextChange,
  type ChangeAct,
  type ChangeEvent,
  type ChangeState,
} from '../core/change/change.js'
import { notRestored } from '../core/change/restored.js'
import type { Have, Plan, Step, Want } from '../core/model/plan.js'
import type { ChangeProgress, IntentRef } from '../core/wire/messages.js'
import { doSteps, readHave, undoSteps } from './deeds.js'
import type { KeptIntent, Memory } from './memory.js'
import type { RouterPorts } from './ports.js'
import { leftover } from './read-back.js'
import type { Standing } from './standing.js'
import { summarize } from './summary.js'

/** An accepted change with all it needs to run and to be undone. */
export interface AcceptedChange {
  readonly change: string
  readonly ref: IntentRef
  readonly kept: KeptIntent
  readonly want: Want
  readonly plan: Plan
  /** The router before the first step. */
  readonly before: Have
  readonly confirmWithin: number | null
}

/** A change under way. */
export interface ChangeHandle {
  readonly name: string
  readonly kept: KeptIntent
  readonly settled: () => boolean
  readonly provisional: () => boolean
  /** Tells the change what happened; resolves when what follows from it is done. */
  readonly see: (event: ChangeEvent) => Promise<void>
}

/** What a change needs of the agent around it. */
export interface ChangePorts {
  readonly ports: RouterPorts
  readonly memory: Memory
  /** Wall clock, ms since the epoch. */
  readonly now: () => number
  readonly onProgress: (progress: ChangeProgress) => void
  /** Queues a deed of the change; it never overlaps another. */
  readonly exclusively: (deed: () => Promise<void>) => void
}

interface ChangeRunOptions extends ChangePorts {
  readonly onStanding: (standing: Standing) => void
}

/** Starts the change; its steps are queued through `options.exclusively`. */
export function runChange(accepted: AcceptedChange, options: ChangeRunOptions): ChangeHandle {
  let state: ChangeState = { phase: 'applying' }
  let done: readonly Step[] = []
  let timer: NodeJS.Timeout | undefined
  const until =
    accepted.confirmWithin === null ? null : options.now() + accepted.confirmWithin * 1000

  async function see(event: ChangeEvent): Promise<void> {
    const [next, acts] = nextChange(state, event, { until })
    state = next
    if (next.phase !== 'provisional') clearTimeout(timer)
    for (const act of acts) await perform(act)
  }

  async function perform(act: ChangeAct): Promise<void> {
    switch (act.do) {
      case 'arm':
        timer = setTimeout(
          () => options.exclusively(() => see({ saw: 'deadline' })),
          act.until - options.now(),
        )
        return
      case 'undo':
        return see(await undo())
      case 'keep':
        return keep()
      case 'report':
        return reportState()
    }
  }

  async function apply(): Promise<void> {
    options.onStanding({ state: 'applying', faults: [] })
    tell({ phase: 'planned', plan: summarize(accepted.plan) })
    tell({ phase: 'applying' })
    const outcome = await doSteps(
      accepted.plan.steps.map(({ step }) => step),
      options.ports,
    )
    done = outcome.steps
    const faults =
      outcome.fault === null ? await leftover(accepted.want, options.ports) : [outcome.fault]
    await see(faults.length === 0 ? { saw: 'applied' } : { saw: 'apply-failed', faults })
  }

  async function undo(): Promise<ChangeEvent> {
    const faults = await undoSteps(done, options.ports)
    const left = notRestored(accepted.before, await readHave(options.ports))
    if (left.length === 0) {
      await options.memory.rememberRolledBack(accepted.ref.generation)
      return { saw: 'undone' }
    }
    return { saw: 'undo-failed', faults: [...faults, ...left] }
  }

  async function keep(): Promise<void> {
    await options.memory.keep(accepted.kept)
    const unsaved = await options.ports.frr.save()
    options.onStanding({ state: 'settled', faults: unsaved === null ? [] : [unsaved] })
  }

  async function reportState(): Promise<void> {
    if (state.phase === 'provisional') {
      options.onStanding({ state: 'settled', faults: [] })
      tell({ phase: 'provisional', until: new Date(state.until).toISOString() })
    } else if (state.phase === 'confirmed') {
      await options.memory.record(tell({ phase: 'confirmed' }))
    } else if (state.phase === 'rolled-back' || state.phase === 'stuck') {
      const { phase, why } = state
      options.onStanding({ state: phase === 'stuck' ? 'failed' : 'settled', faults: why })
      await options.memory.record(tell({ phase, faults: listed(why) }))
    }
  }

  function tell(what: Pick<ChangeProgress, 'phase' | 'plan' | 'until' | 'faults'>): ChangeProgress {
    const at = new Date(options.now()).toISOString()
    const progress = { change: accepted.change, ...accepted.ref, at, ...what }
    options.onProgress(progress)
    return progress
  }

  options.exclusively(async () => {
    try {
      await apply()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      await see({ saw: 'apply-failed', faults: [fault('BUG', accepted.change, why)] })
    }
  })

  return {
    name: accepted.change,
    kept: accepted.kept,
    settled: () => isSettled(state),
    provisional: () => state.phase === 'provisional',
    see,
  }
}

/** As many faults as one message may carry. */
function listed(faults: readonly Fault[]): Fault[] {
  return faults.slice(0, 200)
}
