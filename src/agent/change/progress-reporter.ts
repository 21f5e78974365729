import { attemptFault } from '../../core/base/attempt.js'
import type { Fault } from '../../core/base/fault.js'
import { never } from '../../core/base/never.js'
import type { ChangeState } from '../../core/change/change.js'
import type { FinalVerdict, WitnessVerdict } from '../../core/change/witness.js'
import type { Plan } from '../../core/model/plan.js'
import { summarize } from '../../core/router/describe.js'
import { LIMITS } from '../../core/wire/limits.js'
import type { ChangeProgress } from '../../core/wire/messages.js'
import type { Clock } from '../../edge/host/clock.js'
import type { StateStore } from '../state/state-store.js'
import type { OpenEntry } from './journal.js'
import type { ChangeObserver } from './ports.js'

type ProgressDetail = Omit<ChangeProgress, 'change' | 'generation' | 'digest' | 'at'>

/** Reports what happens to one change: its progress, the state of the router, and the history. */
export class ProgressReporter {
  readonly #entry: OpenEntry
  readonly #clock: Clock
  readonly #store: Pick<StateStore, 'record'>
  readonly #observer: ChangeObserver
  #recordedStuck = false

  constructor(
    entry: OpenEntry,
    clock: Clock,
    store: Pick<StateStore, 'record'>,
    observer: ChangeObserver,
  ) {
    this.#entry = entry
    this.#clock = clock
    this.#store = store
    this.#observer = observer
  }

  /** The plan is made and its first step begins. */
  planned(plan: Plan): void {
    this.#observer.onSyncState({ state: 'applying', faults: [] })
    this.#report({ phase: 'planned', plan: summarize(plan) })
    this.#report({ phase: 'applying' })
  }

  /** The change came to this state. */
  async entered(state: ChangeState): Promise<void> {
    const { onSyncState } = this.#observer
    switch (state.phase) {
      case 'applying':
      case 'keeping':
        return
      case 'provisional':
        onSyncState({ state: 'provisional', faults: [] })
        this.#report({
          phase: 'provisional',
          until: this.#deadline(),
          confirmation: this.#entry.current().automatic ? 'automatic' : 'required',
        })
        return
      case 'rolling-back':
        onSyncState({ state: 'rolling-back', faults: state.reasons })
        this.#report({ phase: 'rolling-back', faults: reportable(state.reasons) })
        return
      case 'stuck':
        return this.#stuck(reportable([...state.remaining, ...state.reasons]))
      case 'confirmed':
        return this.#record(this.#reportEnd({ phase: 'confirmed' }))
      case 'rolled-back':
        onSyncState({ state: 'in-sync', faults: state.reasons })
        return this.#record(
          this.#reportEnd({ phase: 'rolled-back', faults: reportable(state.reasons) }),
        )
      default:
        never(state)
    }
  }

  /** The witnesses of the provisional change were queried. */
  queried(verdict: WitnessVerdict): void {
    this.#observer.onPending(verdict.status === 'pending' ? verdict.missing : [])
  }

  /** The intent of the change is in force; `faults` are those of saving it. */
  finished(faults: readonly Fault[]): void {
    this.#observer.onSyncState({ state: 'in-sync', faults })
  }

  /** The witnesses were queried after the rollback: everything is healthy again, or what is not. */
  async rollbackVerified(verdict: FinalVerdict): Promise<void> {
    const restored = verdict.status === 'verified'
    const { reasons } = this.#entry.current()
    const faults = reportable([...reasons, ...(restored ? [] : verdict.faults)])
    await this.#record(this.#reportEnd({ phase: 'rolled-back', restored, faults }))
  }

  async #stuck(faults: Fault[]): Promise<void> {
    this.#observer.onSyncState({ state: 'stuck', faults })
    const progress = this.#reportEnd({ phase: 'stuck', faults })
    // A rollback that is retried and fails again is in the history once.
    if (!this.#recordedStuck) await this.#record(progress)
    this.#recordedStuck = true
  }

  /** When the change is rolled back unless it is confirmed, as wall clock. */
  #deadline(): string {
    const left = this.#entry.current().until - this.#clock.now()
    return new Date(this.#clock.wall().getTime() + left).toISOString()
  }

  #report(detail: ProgressDetail): ChangeProgress {
    this.#entry.enter(detail.phase)
    const { change, kept } = this.#entry.current()
    const progress = { change, ...kept.ref, at: this.#clock.wall().toISOString(), ...detail }
    this.#observer.onProgress(progress)
    return progress
  }

  /** The end of a change is reported with all its phases. */
  #reportEnd(detail: ProgressDetail): ChangeProgress {
    this.#entry.enter(detail.phase)
    return this.#report({ ...detail, phases: [...this.#entry.current().phases] })
  }

  /** The history is for people: where it cannot be written, the change goes on. */
  async #record(progress: ChangeProgress): Promise<void> {
    await attemptFault(() => this.#store.record(progress))
  }
}

/** As many faults as one message may carry. */
export function reportable(faults: readonly Fault[]): Fault[] {
  return faults.slice(0, LIMITS.faultsPerAnswer)
}
