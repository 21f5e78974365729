import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import type { Json } from '../../core/base/json.js'
import { same } from '../../core/base/merge-patch.js'
import { latest } from '../../core/base/remember.js'
import {
  bothSuppressed,
  decideDrift,
  NO_DRIFT,
  NONE_SUPPRESSED,
  recordDrift,
  recordFailures,
  recordRepair,
  retryNow,
  type DriftHistory,
  type RepairAttempt,
  type RepairFailure,
  type Suppressed,
} from '../../core/change/drift.js'
import type { PartialWant } from '../../core/intent/want.js'
import type { PlanConflict } from '../../core/model/drift.js'
import type { Have } from '../../core/model/plan.js'
import { describeStep } from '../../core/router/describe.js'
import { driftFault, failureFaults, type DriftClock } from '../../core/router/drift-faults.js'
import {
  findDrift,
  isRepair,
  itemsOf,
  repairTexts,
  splitSuppressed,
  type Drift,
  type DriftStep,
} from '../../core/router/drift-steps.js'
import { effectiveOf, type KeptIntent } from '../state/kept-intent.js'
import type { ManagedRouter } from '../router/ports.js'
import { readHave } from '../router/steps.js'
import { partialWantOf } from '../router/want.js'
import type { BootClock, ChangeRecords, SyncState } from './ports.js'
import { repairSteps, typingOf, type Typing } from './repair.js'

/** Differences that no change of demarc's made, and what was done about them. */
export interface DriftReport {
  /** The steps that repair them, in words. */
  readonly what: readonly string[]
  /** `blocked`: something that demarc does not own, or that is missing, forbids the repair. */
  readonly done: 'repaired' | 'left' | 'failed' | 'blocked'
  readonly faults: readonly Fault[]
}

/** What happens when the router differs from the intent although no change is under way. */
export interface DriftTerms {
  readonly policy: 'repair' | 'report'
  readonly onDrift: (drift: DriftReport) => void
}

/** What is wanted, and what was read. */
interface Compared {
  readonly partial: PartialWant
  readonly have: Have
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
  /** Planning takes long for a thousand attachments, which mostly are as they were at the last turn. */
  readonly #findDrift = latest(
    ({ partial, have }: Compared) => findDrift(partial.want, have, partial.gaps),
    (a, b) => a.partial === b.partial && same(a.have as Json & Have, b.have as Json & Have),
  )
  /** The conflicts that were reported. */
  #reportedConflicts = ''

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
  async reconcile(kept: KeptIntent): Promise<Reconciliation> {
    const { ports, context } = this.#router
    const partial = await partialWantOf(effectiveOf(kept), context)
    if (!partial.ok) return { have: null, syncState: { state: 'failed', faults: partial.faults } }
    const have = await readHave(ports)
    const drift = this.#findDrift({ partial: partial.value, have })
    const now = this.#clock.now()
    const texts = repairTexts(drift.steps)
    this.#history = recordDrift(this.#history, itemsOf(drift.steps), now, texts)
    const faults = drift.steps.length === 0 ? [] : await this.#settle(partial.value, drift)
    const blocked = this.#reportConflicts(drift.conflicts)
    if (drift.steps.length === 0) this.#reported = ''
    if (blocked.length > 0) {
      return { have: null, syncState: { state: 'failed', faults: [...blocked, ...faults] } }
    }
    if (drift.steps.length === 0) {
      await this.#recordSynced()
      return { have, syncState: { state: 'in-sync', faults: [] } }
    }
    const state = faults.length === 0 ? 'in-sync' : 'drifted'
    return { have: null, syncState: { state, faults } }
  }

  /** Lets the next look repair what waits; with `accept` also what ended an FRR daemon before. */
  retry(accept: boolean): void {
    this.#history = retryNow(this.#history, accept)
  }

  async #settle(partial: PartialWant, { steps, blocked }: Drift): Promise<readonly Fault[]> {
    const decision = decideDrift(this.#policy(), this.#history, itemsOf(steps), this.#clock.now())
    const open = splitSuppressed(steps, blocked).free
    if (decision.action === 'report') return this.#leave(open.filter(isRepair), NONE_SUPPRESSED)
    const { suppressed } = decision
    const { free, left } = splitSuppressed(open, suppressed)
    const failures = free.length === 0 ? [] : await this.#repair(partial, free, suppressed)
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
    partial: PartialWant,
    free: readonly DriftStep[],
    suppressed: Suppressed,
  ): Promise<readonly Fault[]> {
    const { ports } = this.#router
    const tried = repairTexts(free)
    const { failed, remaining } = await this.#repairBy(typingOf(free), partial, free, suppressed)
    const now = this.#clock.now()
    this.#history = recordRepair(this.#history, itemsOf(free), now)
    this.#history = recordFailures(this.#history, { tried, remaining, failed }, now)
    const faults = failureFaults(failed, this.#history, driftClock(this.#clock))
    const done = faults.length === 0 ? 'repaired' : 'failed'
    const steps = free.map(({ step }) => step)
    this.#terms.onDrift({ what: steps.map(describeStep), done, faults })
    // Without a save, FRR would come up without the repair again. The saver keeps the fault of the save.
    if (faults.length === 0 && steps.some((step) => step.do === 'frr')) await ports.frr.save()
    return faults
  }

  /** Repairs and reads back. What FRR refuses among other things is tried again by itself, from a new plan. */
  async #repairBy(
    typing: Typing,
    partial: PartialWant,
    free: readonly DriftStep[],
    suppressed: Suppressed,
  ): Promise<Omit<RepairAttempt, 'tried'>> {
    const { ports } = this.#router
    const done = await repairSteps(free, ports, typing)
    const { steps, blocked } = findDrift(partial.want, await readHave(ports), partial.gaps)
    const left = splitSuppressed(steps, bothSuppressed(blocked, suppressed)).free
    if (done.isMixed) return this.#repairBy('apart', partial, left, suppressed)
    const known = new Set(done.failures.flatMap(({ keys }) => keys))
    const unread = left.flatMap((step) => notReadBack(step, known))
    return { failed: [...done.failures, ...unread], remaining: repairTexts(steps) }
  }

  /** Reports differences that stay once, even if somebody writes another value each time. */
  #leave(left: readonly DriftStep[], suppressed: Suppressed): readonly Fault[] {
    const faults = left.map((step) =>
      driftFault(step, this.#history, suppressed, driftClock(this.#clock)),
    )
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

  /** Reports the conflicts once. That a daemon is away is a finding of its own already. */
  #reportConflicts(conflicts: readonly PlanConflict[]): readonly Fault[] {
    const faults = conflicts.map((conflict) => conflict.fault)
    const reported = faults.filter(({ code }) => code !== 'FRR_UNAVAILABLE')
    const what = reported.map(({ at, message }) => `${at} ${message}`)
    if (what.length > 0 && what.join('\n') !== this.#reportedConflicts) {
      this.#terms.onDrift({ what, done: 'blocked', faults: reported })
    }
    this.#reportedConflicts = what.join('\n')
    return faults
  }
}

/** A step that a second plan still has after the repair, unless its failure is known already. */
function notReadBack(
  { step, items }: DriftStep,
  known: ReadonlySet<string>,
): readonly RepairFailure[] {
  const keys = [...new Set(items.flatMap((item) => item.keys))].filter((key) => !known.has(key))
  if (keys.length === 0) return []
  const text = `after the repair, this step is still to do: ${describeStep(step)}`
  return [{ keys, fault: fault('READ_BACK_MISMATCH', step.do, text), endedDaemon: false }]
}

function driftClock({ now, wall }: BootClock): DriftClock {
  return {
    now,
    wallTime: (at) => new Date(wall().getTime() - (now() - at)).toISOString(),
  }
}
