import { attemptFault } from '../../core/base/attempt.js'
import type { Fault } from '../../core/base/fault.js'
import { refused, type Result } from '../../core/base/result.js'
import type { Sessions } from '../../core/frr/diff/limits.js'
import type { AskedProbe } from '../../core/model/probe.js'
import type { Plan } from '../../core/model/plan.js'
import type { Intent } from '../../core/wire/intent.js'
import type { Clock } from '../../edge/host/clock.js'
import { converge, type RetryPolicy, remainingSteps } from '../router/converge.js'
import { complete } from '../../core/router/restore.js'
import { doSteps } from '../router/steps.js'
import { wantOf, type IntentContext } from '../router/want.js'
import { planRouter } from '../../core/router/plan.js'
import type { JournalEntry, ChangeJournal } from './journal.js'
import type { StateStore } from '../state/state-store.js'
import type { RouterPorts } from '../router/ports.js'
import { planRestore } from '../../core/router/restore.js'
import type { WitnessReports } from './witnesses.js'

/** What a change needs of the agent around it. */
export interface ChangePorts extends RetryPolicy {
  readonly ports: RouterPorts
  readonly context: IntentContext
  readonly memory: StateStore
  readonly journal: ChangeJournal
  readonly clock: Clock
  readonly bootId: string
  /** Whether the password behind a digest can be typed. */
  readonly isKnown: (digest: string) => boolean
  /** The sessions that are up; a fault where FRR does not say. */
  readonly established: () => Promise<Result<Sessions>>
  /** What every witness of this intent says now, and the probes of a push. */
  readonly queryWitnesses: (
    intent: Intent,
    probes: readonly AskedProbe[],
  ) => Promise<WitnessReports>
}

/** Applies and reads back; empty: the router is as the intent wants it. */
export async function applyPlan(
  { kept }: JournalEntry,
  plan: Plan,
  { ports, context }: ChangePorts,
): Promise<readonly Fault[]> {
  const failed = await doSteps(
    plan.steps.map(({ step }) => step),
    ports,
  )
  if (failed !== null) return [failed]
  const want = await wantOf(kept.intent, context)
  return want.ok ? remainingSteps(want.value, ports) : want.faults
}

/**
 * Back to the router before the change. After a reboot that router is gone, kernel state and all:
 * then back to the last good intent.
 */
export async function rollBack(
  entry: JournalEntry,
  options: ChangePorts,
): Promise<readonly Fault[]> {
  const { ports } = options
  if (entry.bootId === options.bootId) {
    return converge(planRestore(entry.before, entry.steps, options.isKnown), ports, options)
  }
  const want = await lastGoodWant(entry, options)
  if (!want.ok) return want.faults
  return converge((have) => complete(planRouter(want.value, have)), ports, options)
}

async function lastGoodWant(entry: JournalEntry, { memory, context }: ChangePorts) {
  await attemptFault(() => memory.restoreLastGood(entry.kept.ref, entry.lastGood))
  const damage = memory.damage()
  if (damage !== null) return refused(damage)
  const kept = memory.lastGood()
  if (kept === null) return { ok: true as const, value: { links: [], bgp: [] } }
  return wantOf(kept.intent, context)
}

/** Writes down how the change ended and closes the journal, in an order that any crash may cut. */
export async function endChange(
  entry: JournalEntry,
  end: 'confirmed' | 'rolled-back',
  { memory, journal }: ChangePorts,
): Promise<void> {
  if (end === 'rolled-back') {
    await memory.archiveRolledBack(entry.kept)
    await memory.recordRolledBack(entry.kept.ref.generation)
    // Storing it may have failed only after it was in its place.
    await memory.restoreLastGood(entry.kept.ref, entry.lastGood)
  }
  await journal.clear()
}
