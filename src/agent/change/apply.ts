import { attempt, attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import type { Millis } from '../../core/base/time.js'
import type { PartialWant } from '../../core/intent/want.js'
import type { Plan } from '../../core/model/plan.js'
import { planLastGood, planRestore } from '../../core/router/restore.js'
import { converge, remainingSteps } from '../router/converge.js'
import type { ManagedRouter } from '../router/ports.js'
import { doSteps } from '../router/steps.js'
import { partialWantOf, wantOf } from '../router/want.js'
import { effectiveOf } from '../state/kept-intent.js'
import type { JournalEntry } from './journal.js'
import type { ChangeRecords } from './ports.js'

/** What a change does to the router and to the records of this agent. */
export interface ChangeActions {
  /** Applies the plan and reads back; empty: the router is as the intent wants it. */
  readonly apply: (entry: JournalEntry, plan: Plan) => Promise<readonly Fault[]>
  /** Restores the router before the change and records the end; empty: done and read back. */
  readonly rollBack: (entry: JournalEntry) => Promise<readonly Fault[]>
  /** Stores the intent as the last good one; null: stored. */
  readonly keep: (entry: JournalEntry) => Promise<Fault | null>
  /** Saves FRR's configuration and closes the journal; what failed of that. */
  readonly finish: () => Promise<readonly Fault[]>
  /** Records the change as rolled back, with the router as it is; null: recorded. */
  readonly accept: (entry: JournalEntry) => Promise<Fault | null>
}

/** How rollbacks are done. */
export interface RollbackTerms {
  /** The boot that this process runs in. */
  readonly bootId: string
  /** Whether the text behind a password's digest is known. */
  readonly isKnown: (digest: string) => boolean
  /** Pauses before the second, third … attempt. */
  readonly retryPauses?: readonly Millis[] | undefined
}

export function createChangeActions(
  router: ManagedRouter,
  records: ChangeRecords,
  terms: RollbackTerms,
): ChangeActions {
  return {
    apply: (entry, plan) => faultsFrom(() => applyPlan(entry, plan, router)),
    rollBack: (entry) =>
      faultsFrom(async () => {
        const remaining = await restoreRouter(entry, router, records, terms)
        if (remaining.length > 0) return remaining
        const unwritten = await attemptFault(() => recordRollback(entry, records))
        return unwritten === null ? [] : [unwritten]
      }),
    keep: (entry) => attemptFault(() => records.store.keep(entry.kept)),
    async finish() {
      const unsaved = await router.ports.frr.save()
      // A journal that stays open is closed by the next change or the next start: they find the intent kept.
      const unclosed = await attemptFault(() => records.journal.clear())
      return [unsaved, unclosed].filter((failure) => failure !== null)
    },
    accept: (entry) => attemptFault(() => recordRollback(entry, records)),
  }
}

async function applyPlan(
  { kept }: JournalEntry,
  plan: Plan,
  { ports, context }: ManagedRouter,
): Promise<readonly Fault[]> {
  const failed = await doSteps(
    plan.steps.map(({ step }) => step),
    ports,
  )
  if (failed !== null) return [failed]
  const want = await wantOf(effectiveOf(kept), context)
  return want.ok ? remainingSteps(want.value, ports, plan.leftOut ?? []) : want.faults
}

/**
 * Restores the router before the change. A reboot has removed everything that the kernel had then, so
 * after one the last good intent is applied instead.
 */
async function restoreRouter(
  entry: JournalEntry,
  router: ManagedRouter,
  { store }: ChangeRecords,
  { bootId, isKnown, retryPauses }: RollbackTerms,
): Promise<readonly Fault[]> {
  const { ports } = router
  if (entry.bootId === bootId) {
    return converge(planRestore(entry.before, entry.steps, isKnown), ports, retryPauses)
  }
  const want = await lastGoodWant(entry, store, router)
  if (!want.ok) return want.faults
  return converge(planLastGood(want.value.want, want.value.gaps), ports, retryPauses)
}

async function lastGoodWant(
  entry: JournalEntry,
  store: ChangeRecords['store'],
  { context }: ManagedRouter,
): Promise<Result<PartialWant>> {
  await attemptFault(() => store.restoreLastGood(entry.kept.ref, entry.lastGood))
  const damage = store.damage()
  if (damage !== null) return refused(damage)
  const kept = store.lastGood()
  if (kept === null) return ok({ want: { links: [], bgp: [], routes: [] }, gaps: [] })
  return partialWantOf(effectiveOf(kept), context)
}

/** In this order, so that a crash between any two writes leaves a change that can be rolled back again. */
async function recordRollback(
  { kept, lastGood }: JournalEntry,
  { store, journal }: ChangeRecords,
): Promise<void> {
  await store.archiveRolledBack(kept)
  await store.recordRolledBack(kept.ref.generation)
  // A write of the last good intent that failed may have replaced the file all the same.
  await store.restoreLastGood(kept.ref, lastGood)
  await journal.clear()
}

/** The faults of a task. A defect of demarc's own is a fault as well, so that the rollback goes on. */
async function faultsFrom(task: () => Promise<readonly Fault[]>): Promise<readonly Fault[]> {
  try {
    const done = await attempt(task)
    return done.ok ? done.value : done.faults
  } catch (error) {
    return [fault('BUG', 'change', error instanceof Error ? error.message : String(error))]
  }
}
