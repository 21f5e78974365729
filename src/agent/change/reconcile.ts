import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import {
  decideDrift,
  suppressedUntil,
  NO_DRIFT,
  NONE_SUPPRESSED,
  recordRepair,
  recordDrift,
  type Suppressed,
} from '../../core/change/drift.js'
import type { DriftItem } from '../../core/model/drift.js'
import type { Have, Want } from '../../core/model/plan.js'
import { doSteps, readHave } from '../router/steps.js'
import type { ChangePorts } from './apply.js'
import {
  driftSteps,
  isRepair,
  splitSuppressed,
  type DriftStep,
} from '../../core/router/drift-steps.js'
import { wantOf } from '../router/want.js'
import { planRouter } from '../../core/router/plan.js'
import type { KeptIntent } from '../state/kept-intent.js'
import { remainingSteps } from '../router/converge.js'
import { describeStep } from '../../core/router/describe.js'
import type { Status } from '../../core/wire/messages.js'

/** Holds the router to an intent between changes. */
export interface Reconciler {
  /** `have` is null where something differed, so that what was read is old. */
  readonly reconcile: (kept: KeptIntent) => Promise<{ have: Have | null; standing: SyncState }>
}

export interface ReconcilerOptions extends Pick<
  ChangePorts,
  'ports' | 'context' | 'clock' | 'memory' | 'bootId'
> {
  readonly drift: 'repair' | 'report'
  /** The loop found a difference that no change made, and what it did about it. */
  readonly onDrift: (drift: DriftReport) => void
}

/** A difference that no change of ours made. */
export interface DriftReport {
  readonly what: readonly string[]
  readonly done: 'repaired' | 'left' | 'failed'
  readonly faults: readonly Fault[]
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { ports, context, clock, onDrift, bootId } = options
  let memory = NO_DRIFT
  let told = ''

  async function look(kept: KeptIntent) {
    const want = await wantOf(kept.intent, context)
    if (!want.ok) return { have: null, standing: failed(want.faults) }
    const have = await readHave(ports)
    const plan = planRouter(want.value, have)
    if (!plan.ok) return { have: null, standing: failed(plan.faults) }
    const all = driftSteps(
      plan.value.steps.map(({ step }) => step),
      have,
    )
    memory = recordDrift(memory, differencesIn(all), clock.now())
    if (all.length > 0) return { have: null, standing: await settle(want.value, all) }
    told = ''
    await settled()
    return { have, standing: { state: 'in-sync', faults: [] } as const }
  }

  async function settle(want: Want, all: readonly DriftStep[]): Promise<SyncState> {
    const decision = decideDrift(policy(), memory, differencesIn(all), clock.now())
    if (decision.do === 'report') return differs(leave(all.filter(isRepair), NONE_SUPPRESSED))
    const { free, left } = splitSuppressed(all, decision.held)
    const failures = free.length === 0 ? [] : await repair(want, free, decision.held)
    return differs([...failures, ...leave(left, decision.held)])
  }

  /**
   * After a reboot nothing is there, and without its journal half a change is, which is nobody's doing:
   * it is put right whatever the policy.
   */
  function policy(): ReconcilerOptions['drift'] {
    return options.memory.syncedBoot() === bootId ? options.drift : 'repair'
  }

  async function settled(): Promise<void> {
    if (options.memory.syncedBoot() === bootId) return
    await attemptFault(() => options.memory.recordSynced(bootId))
  }

  async function repair(
    want: Want,
    free: readonly DriftStep[],
    held: Suppressed,
  ): Promise<readonly Fault[]> {
    const steps = free.map(({ step }) => step)
    const refusal = await doSteps(steps, ports)
    const faults = refusal === null ? await remainingSteps(want, ports, held) : [refusal]
    memory = recordRepair(memory, differencesIn(free), clock.now())
    const done = faults.length === 0 ? 'repaired' : 'failed'
    onDrift({ what: steps.map(describeStep), done, faults })
    // FRR that came up with an empty file, or with half of it, would do so again. Who saves says what fails.
    if (faults.length === 0 && steps.some((step) => step.do === 'frr')) await ports.frr.save()
    return faults
  }

  /** Tells it once, even where somebody writes another value each time. */
  function leave(left: readonly DriftStep[], held: Suppressed): readonly Fault[] {
    const faults = left.map((one) => drifted(one, held))
    const news = differencesIn(left)
      .flatMap(({ keys }) => keys)
      .join('\n')
    const what = left.map(({ step }) => describeStep(step))
    if (news !== told && left.length > 0) onDrift({ what, done: 'left', faults })
    told = news
    return faults
  }

  function drifted({ step, items: differences }: DriftStep, held: Suppressed): Fault {
    const [now, wall] = [clock.now(), clock.wall().getTime()]
    const instant = (at: number): string => new Date(wall - (now - at)).toISOString()
    const keys = differences.flatMap((one) => one.keys)
    const since = instant(Math.min(now, ...keys.map((key) => memory.since.get(key) ?? now)))
    const until = Math.max(0, ...differences.map((one) => suppressedUntil(held, one)))
    const then =
      until > 0
        ? `somebody undoes the repair; the next one is made at ${instant(until)}`
        : 'drift = "report" leaves the repair to you: demarc apply the intent under a higher generation, or undo it by hand'
    return fault('DRIFT', 'router', `since ${since} this is to do: ${describeStep(step)}; ${then}`)
  }

  return { reconcile: look }
}

function differencesIn(all: readonly DriftStep[]): readonly DriftItem[] {
  return all.flatMap(({ items: differences }) => differences)
}

function differs(faults: readonly Fault[]): SyncState {
  return { state: faults.length === 0 ? 'in-sync' : 'drifted', faults }
}

function failed(faults: readonly Fault[]): SyncState {
  return { state: 'failed', faults }
}

/** What the last look at the router showed. */
export interface SyncState {
  readonly state: Status['state']
  readonly faults: readonly Fault[]
}
