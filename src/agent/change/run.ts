import { millis, type Millis } from '../../core/base/time.js'
import {
  isSettled,
  nextChange,
  type ChangeEvent,
  type ChangeState,
  type ChangeTask,
} from '../../core/change/change.js'
import type { Plan } from '../../core/model/plan.js'
import type { Clock } from '../../edge/host/clock.js'
import type { KeptIntent } from '../state/kept-intent.js'
import { createChangeActions, type ChangeActions } from './apply.js'
import { openEntry, type JournalEntry, type OpenEntry } from './journal.js'
import type { ChangeObserver, ChangePorts, ChangeRecords, ChangeSchedule } from './ports.js'
import { ProgressReporter, reportable } from './progress-reporter.js'
import { createWitnessMonitor, type Poll, type WitnessMonitor } from './witness-monitor.js'

/** What a change acts through. */
export interface ChangeParts {
  readonly actions: ChangeActions
  readonly monitor: WitnessMonitor
  readonly records: ChangeRecords
  readonly clock: Clock
  readonly observer: ChangeObserver
}

/** Puts together what the changes of one process act through. */
export function createChangeParts(
  { router, records, clock, witnesses, secrets }: ChangePorts,
  schedule: ChangeSchedule,
  observer: ChangeObserver,
): ChangeParts {
  const { retryPauses } = schedule
  const rollback = { bootId: clock.bootId, isKnown: secrets.isKnown, retryPauses }
  return {
    actions: createChangeActions(router, records, rollback),
    monitor: createWitnessMonitor(witnesses, records.store, clock, schedule),
    records,
    clock,
    observer,
  }
}

/**
 * A change under way. {@link nextChange} decides what follows from an event; this carries it out. Calls
 * must not overlap.
 */
export class RunningChange {
  readonly name: string
  readonly kept: KeptIntent
  #state: ChangeState
  readonly #automatic: boolean
  readonly #openedAt: Millis
  readonly #entry: OpenEntry
  readonly #reporter: ProgressReporter
  readonly #actions: ChangeActions
  readonly #monitor: WitnessMonitor
  readonly #clock: Clock
  readonly #watch: Poll
  readonly #rollbackWatch: Poll
  /** Each task, with the event that follows from it; null: none does. */
  readonly #tasks: Readonly<Record<ChangeTask, () => Promise<ChangeEvent | null>>> = {
    report: () => this.#report(),
    watch: () => this.#beginWatch(),
    'roll-back': () => this.#rollBack(),
    'watch-rollback': () => this.#watchRollback(),
    keep: () => this.#keep(),
    accept: () => this.#accept(),
  }

  /** Takes on a change that is in the journal; `keeping`: its intent is the last good one already. */
  constructor(entry: JournalEntry, parts: ChangeParts, phase: 'applying' | 'keeping' = 'applying') {
    const { actions, monitor, records, clock, observer } = parts
    this.name = entry.change
    this.kept = entry.kept
    this.#state = { phase }
    this.#automatic = entry.automatic
    this.#openedAt = clock.now()
    this.#entry = openEntry(entry, records.journal, clock)
    this.#reporter = new ProgressReporter(this.#entry, clock, records.store, observer)
    this.#actions = actions
    this.#monitor = monitor
    this.#clock = clock
    this.#watch = monitor.poll()
    this.#rollbackWatch = monitor.poll()
  }

  phase(): ChangeState['phase'] {
    return this.#state.phase
  }

  isSettled(): boolean {
    return isSettled(this.#state)
  }

  /** The deadline is over, whether or not the change has been given the event. */
  isLate(): boolean {
    return this.#clock.now() >= this.#entry.current().until
  }

  /** Stops the queries after a rollback, because another change starts. */
  stopWatching(): void {
    this.#rollbackWatch.stop()
  }

  /** Gives the change an event; resolves when everything that follows from it is done. */
  async handle(event: ChangeEvent): Promise<void> {
    for (let next: ChangeEvent | null = event; next !== null;) {
      next = await this.#step(next)
    }
  }

  /**
   * Carries out the plan, up to the first query of the witnesses and what follows from it. `window` is the
   * time until a provisional change is rolled back.
   */
  async apply(plan: Plan, window: Millis): Promise<void> {
    this.#reporter.planned(plan)
    const faults = await this.#actions.apply(this.#entry.current(), plan)
    if (faults.length > 0) return this.handle({ type: 'apply-failed', faults })
    const appliedAt = this.#clock.now()
    // The time for a confirmation begins now that there is something to confirm.
    const until = millis(appliedAt + window)
    const unwritten = await this.#entry.write({ phase: 'provisional', appliedAt, until })
    return this.handle(
      unwritten === null ? { type: 'applied' } : { type: 'apply-failed', faults: [unwritten] },
    )
  }

  /** Ends a change whose intent is the last good one. */
  async finish(): Promise<void> {
    return this.handle(await this.#finish())
  }

  /** The event that follows from the last task of a transition. */
  async #step(event: ChangeEvent): Promise<ChangeEvent | null> {
    const [state, tasks] = nextChange(this.#state, event, { automatic: this.#automatic })
    this.#state = state
    if (state.phase !== 'provisional') this.#watch.stop()
    let next: ChangeEvent | null = null
    for (const task of tasks) next = await this.#tasks[task]()
    return next
  }

  async #report(): Promise<null> {
    await this.#reporter.entered(this.#state)
    return null
  }

  async #beginWatch(): Promise<ChangeEvent | null> {
    try {
      return await this.#query()
    } finally {
      this.#watch.begin(async () => {
        const event = await this.#query()
        if (event !== null) await this.handle(event)
      }, 'after-interval')
    }
  }

  async #query(): Promise<ChangeEvent | null> {
    if (this.#state.phase !== 'provisional') return null
    // An automatic change is judged by its witnesses at the deadline as well.
    if (!this.#automatic && this.isLate()) return { type: 'deadline' }
    const verdict = await this.#monitor.judgeChange(this.#entry.current(), this.#openedAt)
    this.#reporter.queried(verdict)
    if (verdict.status === 'pending') return null
    return verdict.status === 'verified'
      ? { type: 'verified' }
      : { type: 'unhealthy', faults: verdict.faults }
  }

  async #rollBack(): Promise<ChangeEvent> {
    const reasons = this.#state.phase === 'rolling-back' ? reportable(this.#state.reasons) : []
    await this.#entry.write({ phase: 'rolling-back', reasons })
    const faults = await this.#actions.rollBack(this.#entry.current())
    if (faults.length === 0) return { type: 'rolled-back' }
    await this.#entry.write({ phase: 'stuck' })
    return { type: 'rollback-failed', faults }
  }

  async #watchRollback(): Promise<null> {
    const entry = this.#entry.current()
    const rolledBackAt = this.#clock.now()
    if (entry.healthyBefore.length === 0) return null
    this.#rollbackWatch.begin(async () => {
      const verdict = await this.#monitor.judgeRollback(entry, rolledBackAt)
      if (verdict.status === 'pending') return
      this.#rollbackWatch.stop()
      await this.#reporter.rollbackVerified(verdict)
    }, 'now')
    return null
  }

  async #keep(): Promise<ChangeEvent> {
    const failed = await this.#actions.keep(this.#entry.current())
    return failed === null ? this.#finish() : { type: 'keep-failed', faults: [failed] }
  }

  async #finish(): Promise<ChangeEvent> {
    this.#reporter.finished(await this.#actions.finish())
    return { type: 'kept' }
  }

  /** While the end cannot be recorded, the change stays stuck. */
  async #accept(): Promise<ChangeEvent | null> {
    const unwritten = await this.#actions.accept(this.#entry.current())
    return unwritten === null ? { type: 'accepted' } : null
  }
}
