import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import type { Millis } from '../../core/base/time.js'
import {
  decideDrift,
  suppressedUntil,
  NO_DRIFT,
  NONE_SUPPRESSED,
  recordRepair,
  recordDrift,
  type DriftHistory,
  type Suppressed,
} from '../../core/change/drift.js'
import type { DriftItem } from '../../core/model/drift.js'
import type { Have, Want } from '../../core/model/plan.js'
import { describeStep } from '../../core/router/describe.js'
import {
  driftSteps,
  isRepair,
  splitSuppressed,
  type DriftStep,
} from '../../core/router/drift-steps.js'
import { planRouter } from '../../core/router/plan.js'
import type { KeptIntent } from '../state/kept-intent.js'
import { remainingSteps } from '../router/converge.js'
import type { ManagedRouter } from '../router/ports.js'
import { doSteps, readHave } from '../router/steps.js'
import { wantOf } from '../router/want.js'
import type { BootClock, ChangeRecords, SyncState } from './ports.js'

/** Differences that no change of demarc's made, and what was done about them. */
export interface DriftReport {
  /** The steps that repair them, in words. */
  readonly what: readonly string[]
  readonly done: 'repaired' | 'left' | 'failed'
  readonly faults: readonly Fault[]
}

/** What happens when the router differs from the intent although no change is under way. */
export interface DriftTerms {
  readonly policy: 'repair' | 'report'
  readonly onDrift: (drift: DriftReport) => void
}

/** `have` is what was read; null if something differed, because the router has changed since. */
interface Reconciliation {
  readonly have: Have | null
  readonly syncState: SyncState
}

/** Holds the router to an intent between changes. Calls must not overlap. */
export class Reconciler {
  readonly #router: ManagedRouter
  readonly #store: Pick<ChangeRecords['store'], 'syncedBoot' | 'recordSynced'>
  readonly #clock: BootClock
  readonly #terms: DriftTerms
  #history: DriftHistory = NO_DRIFT
  /** Keys of the differences that were reported as left; the same ones are not reported again. */
  #reported = ''

  constructor(
    router: ManagedRouter,
    store: Pick<ChangeRecords['store'], 'syncedBoot' | 'recordSynced'>,
    clock: BootClock,
    terms: DriftTerms,
  ) {
    this.#router = router
    this.#store = store
    this.#clock = clock
    this.#terms = terms
  }

  /** Compares the whole router with the intent, and repairs what differs where the policy allows it. */
  async reconcile({ intent }: KeptIntent): Promise<Reconciliation> {
    const { ports, context } = this.#router
    const want = await wantOf(intent, context)
    if (!want.ok) return { have: null, syncState: { state: 'failed', faults: want.faults } }
    const have = await readHave(ports)
    const plan = planRouter(want.value, have)
    if (!plan.ok) return { have: null, syncState: { state: 'failed', faults: plan.faults } }
    const all = driftSteps(
      plan.value.steps.map(({ step }) => step),
      have,
    )
    this.#history = recordDrift(this.#history, itemsOf(all), this.#clock.now())
    if (all.length > 0) {
      const faults = await this.#settle(want.value, all)
      return {
        have: null,
        syncState: { state: faults.length === 0 ? 'in-sync' : 'drifted', faults },
      }
    }
    this.#reported = ''
    await this.#recordSynced()
    return { have, syncState: { state: 'in-sync', faults: [] } }
  }

  async #settle(want: Want, all: readonly DriftStep[]): Promise<readonly Fault[]> {
    const decision = decideDrift(this.#policy(), this.#history, itemsOf(all), this.#clock.now())
    if (decision.action === 'report') return this.#leave(all.filter(isRepair), NONE_SUPPRESSED)
    const { suppressed } = decision
    const { free, left } = splitSuppressed(all, suppressed)
    const failures = free.length === 0 ? [] : await this.#repair(want, free, suppressed)
    return [...failures, ...this.#leave(left, suppressed)]
  }

  /**
   * After a reboot nothing is configured, and a lost journal can leave a change half applied. Neither is
   * somebody's manual change, so both are repaired even with `drift = "report"`.
   */
  #policy(): DriftTerms['policy'] {
    return this.#store.syncedBoot() === this.#clock.bootId ? this.#terms.policy : 'repair'
  }

  async #recordSynced(): Promise<void> {
    const { bootId } = this.#clock
    if (this.#store.syncedBoot() !== bootId) {
      await attemptFault(() => this.#store.recordSynced(bootId))
    }
  }

  async #repair(
    want: Want,
    free: readonly DriftStep[],
    suppressed: Suppressed,
  ): Promise<readonly Fault[]> {
    const { ports } = this.#router
    const steps = free.map(({ step }) => step)
    const failed = await doSteps(steps, ports)
    const faults = failed === null ? await remainingSteps(want, ports, suppressed) : [failed]
    this.#history = recordRepair(this.#history, itemsOf(free), this.#clock.now())
    const done = faults.length === 0 ? 'repaired' : 'failed'
    this.#terms.onDrift({ what: steps.map(describeStep), done, faults })
    // Without a save, FRR would come up without the repair again. The saver keeps the fault of the save.
    if (faults.length === 0 && steps.some((step) => step.do === 'frr')) await ports.frr.save()
    return faults
  }

  /** Reports differences that stay once, even if somebody writes another value each time. */
  #leave(left: readonly DriftStep[], suppressed: Suppressed): readonly Fault[] {
    const faults = left.map((step) => driftFault(step, this.#history, suppressed, this.#clock))
    const keys = itemsOf(left)
      .flatMap((item) => item.keys)
      .join('\n')
    if (keys !== this.#reported && left.length > 0) {
      const what = left.map(({ step }) => describeStep(step))
      this.#terms.onDrift({ what, done: 'left', faults })
    }
    this.#reported = keys
    return faults
  }
}

function itemsOf(steps: readonly DriftStep[]): readonly DriftItem[] {
  return steps.flatMap(({ items }) => items)
}

function driftFault(
  { step, items }: DriftStep,
  history: DriftHistory,
  suppressed: Suppressed,
  clock: BootClock,
): Fault {
  const [now, wall] = [clock.now(), clock.wall().getTime()]
  const instant = (at: number): string => new Date(wall - (now - at)).toISOString()
  const keys = items.flatMap((item) => item.keys)
  const since = Math.min(now, ...keys.map((key): Millis => history.since.get(key) ?? now))
  const until = Math.max(0, ...items.map((item) => suppressedUntil(suppressed, item)))
  const next =
    until > 0
      ? `another program undoes the repair, so the next one is made at ${instant(until)}`
      : 'drift = "report" leaves the repair to you: apply the intent again under a higher generation, or revert the other change by hand'
  const found = `since ${instant(since)} the router differs from the intent`
  return fault('DRIFT', 'router', `${found}; the repair would be: ${describeStep(step)}; ${next}`)
}
