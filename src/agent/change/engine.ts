import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { faultsOf, ok, refused, type Result } from '../../core/base/result.js'
import { admit, busy, nextGeneration, type Admission } from '../../core/change/admission.js'
import type { Exported } from '../../core/intent/export/export.js'
import type { HaveLink } from '../../core/model/link.js'
import { isOurs } from '../../core/model/own-link.js'
import type { Have, Step } from '../../core/model/plan.js'
import { summarize } from '../../core/router/describe.js'
import { LIMITS } from '../../core/wire/limits.js'
import type { ChangeProgress, IntentRef, PlanSummary } from '../../core/wire/messages.js'
import { exportRouter } from '../router/export.js'
import type { ManagedRouter } from '../router/ports.js'
import { releaseRouter } from '../router/release.js'
import { createSaver, type Saver } from '../router/saver.js'
import type { KeptIntent } from '../state/kept-intent.js'
import type { ChangePorts, ChangeSchedule, SafetyLimits, SyncState } from './ports.js'
import {
  journalEntry,
  planPush,
  queryBaseline,
  windowOf,
  type PlannedPush,
  type Push,
} from './push.js'
import { Reconciler, type DriftTerms } from './reconcile.js'
import { recoverChange } from './recovery.js'
import { createChangeParts, RunningChange, type ChangeParts } from './run.js'

/** An accepted push, or what a dry run found. */
export interface Pushed {
  readonly change: string
  readonly ref: IntentRef
  /** After a dry run, or if there was nothing to do; null: a change began. */
  readonly plan: PlanSummary | null
}

/** Holds the router to its intent: changes by push, repairs in between. Calls must not overlap. */
export interface Engine {
  /** Finishes or rolls back what an earlier process left; called before anything else. */
  readonly recover: () => Promise<void>
  readonly push: (push: Push) => Promise<Result<Pushed>>
  readonly confirm: (change: string) => Promise<Result<Record<string, never>>>
  readonly cancel: (change: string) => Promise<Result<Record<string, never>>>
  /**
   * Tries a stuck rollback again; with `accept`, takes the router as it is if that fails. Without a stuck
   * change, tries now the repairs that wait because they failed; with `accept` also one after which an FRR
   * daemon ended.
   */
  readonly repair: (
    accept: boolean,
  ) => Promise<Result<{ change: string | null; phase: ChangeProgress['phase'] | null }>>
  /** Stops managing the router: no marks, no intent, everything stays configured. The steps it took. */
  readonly release: () => Promise<Result<readonly Step[]>>
  /** The intent that describes the router as it is. */
  readonly exportIntent: () => Promise<Result<Exported>>
  /**
   * Compares the whole router with the intent in force and repairs what differs. The value is what was
   * read if nothing differed, so that the caller need not read it again.
   */
  readonly reconcile: () => Promise<Have | null>
  readonly syncState: () => SyncState
  /** The intent that is in force: that of the change while one is under way. */
  readonly running: () => KeptIntent | null
  readonly progress: () => ChangeProgress | null
}

export interface EngineOptions extends ChangePorts {
  readonly routerId: string
  readonly limits: SafetyLimits
  readonly schedule: ChangeSchedule
  readonly drift: DriftTerms
  readonly onProgress: (progress: ChangeProgress) => void
}

export function createEngine(options: EngineOptions): Engine {
  return new RouterEngine(options)
}

/** The members are functions of their own, so that callers can hand them on without the engine. */
class RouterEngine implements Engine {
  readonly #options: EngineOptions
  readonly #router: ManagedRouter
  readonly #saver: Saver
  readonly #parts: ChangeParts
  readonly #reconciler: Reconciler
  /** The newest change of this process. */
  #change: RunningChange | null = null
  #syncState: SyncState
  #progress: ChangeProgress | null

  constructor(options: EngineOptions) {
    const { router, records, clock, schedule, drift } = options
    const { store } = records
    this.#options = options
    this.#saver = createSaver(router.ports.frr.save)
    this.#router = savingBy(this.#saver, router)
    this.#parts = createChangeParts({ ...options, router: this.#router }, schedule, {
      onProgress: (progress) => this.#onProgress(progress),
      onPending: (subjects) => this.#onPending(subjects),
      onSyncState: (state) => (this.#syncState = state),
    })
    this.#reconciler = new Reconciler(this.#router, store, clock, drift)
    this.#syncState = { state: store.lastGood() === null ? 'no-intent' : 'drifted', faults: [] }
    this.#progress = store.history().at(-1) ?? null
  }

  readonly recover: Engine['recover'] = async () => {
    const { clock, records, secrets } = this.#options
    this.#change = await recoverChange(this.#parts, clock, secrets)
    if (this.#change !== null || records.store.lastGood() !== null) return
    const { links } = await this.#router.ports.kernel.read()
    const { state, faults } = this.#syncState
    this.#syncState = { state, faults: [...faults, ...linksWithoutIntent(links)] }
  }

  readonly push: Engine['push'] = async (push) => {
    const admission = this.#admit(push)
    if (admission.admitted === false && !push.dryRun) return refused(admission.fault)
    const inForce = this.#options.records.store.lastGood()
    const planned = await planPush(push, inForce, this.#router, this.#options)
    if (!planned.ok) return planned
    const pushed = { change: push.change, ref: push.kept.ref }
    if (push.dryRun || admission.admitted === 'same') {
      return ok({ ...pushed, plan: summarize(planned.value.plan) })
    }
    const begun = await this.#begin(push, planned.value)
    return begun.ok ? ok({ ...pushed, plan: null }) : begun
  }

  readonly confirm: Engine['confirm'] = (change) => this.#decide(change, 'confirm')

  readonly cancel: Engine['cancel'] = (change) => this.#decide(change, 'cancel')

  readonly repair: Engine['repair'] = async (accept) => {
    const stuck = this.#underWay()
    if (stuck?.phase() !== 'stuck') {
      this.#reconciler.retry(accept)
      await this.reconcile()
      return ok({ change: null, phase: null })
    }
    await stuck.handle({ type: 'retry' })
    if (accept && !stuck.isSettled()) await stuck.handle({ type: 'accept' })
    return ok({ change: stuck.name, phase: this.#progress?.phase ?? null })
  }

  readonly release: Engine['release'] = async () => {
    const { store } = this.#options.records
    const change = this.#underWay()
    if (change !== null) return refused(busy(change.name))
    const released = await releaseRouter(this.#router.ports, store)
    if (store.lastGood() === null) {
      this.#syncState = { state: 'no-intent', faults: faultsOf(released) }
    }
    return released
  }

  readonly exportIntent: Engine['exportIntent'] = () => {
    const { routerId, records } = this.#options
    const running = this.running()
    return exportRouter(this.#router.ports, {
      routerId,
      generation: nextGeneration({
        lastGood: running?.ref ?? null,
        rolledBack: records.store.rolledBack(),
      }),
      managedPorts: this.#router.context.managedPorts,
      running: running?.intent ?? null,
    })
  }

  readonly reconcile: Engine['reconcile'] = async () => {
    const stuck = this.#underWay()
    if (stuck?.phase() === 'stuck') await stuck.handle({ type: 'retry' })
    const kept = this.running()
    const change = this.#underWay()
    if (kept === null || (change !== null && change.phase() !== 'provisional')) return null
    const { have, syncState } = await this.#reconciler.reconcile(kept)
    // While a change is provisional, that is the state to report.
    if (change !== null) return have
    const unsaved = syncState.state === 'in-sync' ? await this.#saver.retry() : null
    this.#syncState =
      unsaved === null ? syncState : { ...syncState, faults: [...syncState.faults, unsaved] }
    return have
  }

  readonly syncState: Engine['syncState'] = () => this.#syncState

  readonly running: Engine['running'] = () =>
    this.#underWay()?.kept ?? this.#options.records.store.lastGood()

  readonly progress: Engine['progress'] = () => this.#progress

  #admit({ kept, dryRun }: Push): Admission {
    const { routerId, records } = this.#options
    const change = dryRun ? null : this.#underWay()
    const candidate = { routerId: kept.intent.router.id, ...kept.ref }
    return admit(candidate, {
      routerId,
      lastGood: records.store.lastGood()?.ref ?? null,
      rolledBack: records.store.rolledBack(),
      pending: change && { name: change.name, stuck: change.phase() === 'stuck' },
    })
  }

  /** Writes the journal and queues the first step. */
  async #begin(push: Push, planned: PlannedPush): Promise<Result<null>> {
    const { clock, limits, records, schedule, secrets, witnesses } = this.#options
    const baseline = await queryBaseline(push, planned, witnesses, records.store.lastGood())
    if (!baseline.ok) return baseline
    const sealed = secrets.seal(planned.have)
    const entry = journalEntry(push, planned, baseline.value, { clock, limits, sealed })
    const unwritten = await attemptFault(() => records.journal.write(entry))
    if (unwritten !== null) return refused(unwritten)
    this.#change?.stopWatching()
    const change = new RunningChange(entry, this.#parts)
    this.#change = change
    schedule.exclusively(() => change.apply(planned.plan, windowOf(push, limits)))
    return ok(null)
  }

  /**
   * Confirms or cancels the change. Refused unless that is how it ends: a change that cannot be kept is
   * rolled back, and a rollback may become stuck.
   */
  async #decide(name: string, type: 'confirm' | 'cancel'): Promise<Result<Record<string, never>>> {
    const late = this.#provisional(name)
    if (late.ok && late.value.isLate()) await late.value.handle({ type: 'deadline' })
    const change = this.#provisional(name)
    if (!change.ok) return change
    await change.value.handle({ type })
    const phase = change.value.phase()
    if (phase === (type === 'confirm' ? 'confirmed' : 'rolled-back')) return ok({})
    const code = phase === 'stuck' ? 'CHANGE_STUCK' : 'CHANGE_NOT_CONFIRMED'
    return refused(fault(code, name), ...(this.#progress?.faults ?? []))
  }

  #provisional(name: string): Result<RunningChange> {
    const change = this.#underWay()
    const provisional = change?.phase() === 'provisional' ? change : null
    if (provisional?.name === name) return ok(provisional)
    const other = provisional === null ? 'no change does' : `change ${provisional.name} does`
    return refused(fault('CHANGE_UNKNOWN', name, `it does not wait for a confirmation; ${other}`))
  }

  #underWay(): RunningChange | null {
    return this.#change === null || this.#change.isSettled() ? null : this.#change
  }

  #onProgress(progress: ChangeProgress): void {
    this.#progress = progress
    this.#options.onProgress(progress)
  }

  #onPending(subjects: readonly string[]): void {
    if (this.#progress?.phase !== 'provisional') return
    const pendingWitnesses = subjects.slice(0, LIMITS.faultsPerAnswer)
    this.#progress = { ...this.#progress, pendingWitnesses }
  }
}

/** The router, with a save of FRR's configuration that is tried again if it fails. */
function savingBy({ save }: Saver, { ports, context }: ManagedRouter): ManagedRouter {
  return { context, ports: { ...ports, frr: { ...ports.frr, save } } }
}

/** demarc's links while no intent is stored: the state was lost. They are reported and stay as they are. */
function linksWithoutIntent(links: readonly HaveLink[]): readonly Fault[] {
  const names = links.filter(isOurs).map(({ name }) => name)
  if (names.length === 0) return []
  const some = names.slice(0, 3).join(', ')
  const text = `there is no last good intent, but ${names.length} links that demarc made (${some}); they stay as they are: push the intent again`
  return [fault('STATE_DAMAGED', 'last-good.json', text)]
}
