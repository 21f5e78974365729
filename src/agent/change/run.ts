import { LIMITS } from '../../core/wire/limits.js'
import { attemptFault } from '../../core/base/attempt.js'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { never } from '../../core/base/never.js'
import {
  isSettled,
  nextChange,
  type ChangeAct,
  type ChangeEvent,
  type ChangeState,
} from '../../core/change/change.js'
import { hubMoved, type HubRoute } from '../../core/change/hub-path.js'
import type { Recovery } from '../../core/change/recovery.js'
import { HUB, evaluate } from '../../core/change/witness.js'
import type { Plan } from '../../core/model/plan.js'
import { PHASES_LISTED, type ChangeProgress } from '../../core/wire/messages.js'
import { applyPlan, endChange, rollBack, type ChangePorts } from './apply.js'
import { createRollbackWatch, type Outcome } from './rollback-watch.js'
import type { JournalEntry } from './journal.js'
import type { KeptIntent } from '../state/kept-intent.js'
import type { SyncState } from './reconcile.js'
import { summarize } from '../../core/router/describe.js'

/** A change under way. */
export interface ChangeHandle {
  readonly name: string
  readonly kept: KeptIntent
  readonly phase: () => ChangeState['phase']
  readonly settled: () => boolean
  /** The deadline is over, whether or not the change has noticed. */
  readonly isLate: () => boolean
  /** Tells the change what happened; resolves when what follows from it is done. */
  readonly handle: (event: ChangeEvent) => Promise<void>
  /** Something else happens to the router: what became of a settled change is not looked at any more. */
  readonly stopWatching: () => void
}

export interface ChangeRunOptions extends ChangePorts {
  /** Where the kernel sends packets for the hub; null: not known. */
  readonly hubRoute: () => Promise<HubRoute | null>
  readonly onProgress: (progress: ChangeProgress) => void
  /** Whom a provisional change has not heard yet. */
  readonly onWaiting: (subjects: readonly string[]) => void
  readonly onSyncState: (standing: SyncState) => void
  /** Queues a deed of the change; it never overlaps another. */
  readonly exclusively: (deed: () => Promise<void>) => void
  /** ms between two hearings of the witnesses. */
  readonly pollInterval: number
}

/** Starts a journalled change; its steps are queued through `options.exclusively`. */
export function runChange(
  entry: JournalEntry,
  plan: Plan,
  options: ChangeRunOptions,
): ChangeHandle {
  const change = openChange(entry, options)
  options.exclusively(() => change.apply(plan))
  return change.handle
}

/** Goes on with a change that an earlier process left; resolves when what can be done at once is. */
export async function resumeChange(
  entry: JournalEntry,
  recovery: Recovery,
  options: ChangeRunOptions,
): Promise<ChangeHandle> {
  const change = openChange(entry, options, recovery.do === 'finish' ? 'keeping' : 'applying')
  if (recovery.do === 'roll-back') {
    await change.handle.handle({ saw: 'apply-failed', faults: [...entry.why, ...recovery.why] })
  } else if (recovery.do === 'resume') {
    await change.handle.handle({ saw: 'applied' })
  } else {
    await change.finish()
  }
  return change.handle
}

function openChange(
  first: JournalEntry,
  options: ChangeRunOptions,
  phase: 'applying' | 'keeping' = 'applying',
) {
  let entry = first
  let state: ChangeState = { phase }
  let watching: NodeJS.Timeout | undefined
  const opened = options.clock.now()
  const aftermath = createRollbackWatch(options)
  let toldStuck = false

  async function see(event: ChangeEvent): Promise<void> {
    const [next, acts] = nextChange(state, event, { automatic: entry.automatic })
    state = next
    if (state.phase !== 'provisional') clearTimeout(watching)
    for (const act of acts) await perform(act)
  }

  async function perform(act: ChangeAct): Promise<void> {
    switch (act.do) {
      case 'watch':
        return hear()
      case 'roll-back':
        return undo()
      case 'keep':
        return keep()
      case 'close':
        return close()
      case 'report':
        return reportState()
      default:
        never(act)
    }
  }

  async function apply(plan: Plan): Promise<void> {
    options.onSyncState({ state: 'applying', faults: [] })
    tell({ phase: 'planned', plan: summarize(plan) })
    tell({ phase: 'applying' })
    const faults = await attempted(() => applyPlan(entry, plan, options))
    if (faults.length > 0) return see({ saw: 'apply-failed', faults })
    const unwritten = await note({ phase: 'provisional', appliedAt: options.clock.now() })
    await see(
      unwritten === null ? { saw: 'applied' } : { saw: 'apply-failed', faults: [unwritten] },
    )
  }

  /**
   * One hearing, and the next one only after it: a witness that is slow to answer holds up nothing but
   * itself. Once the change has left its provisional state, a queued one finds nothing to do.
   */
  async function hear(): Promise<void> {
    if (state.phase !== 'provisional') return
    try {
      await hearOnce()
    } finally {
      clearTimeout(watching)
      watching = setTimeout(() => options.exclusively(hear), options.pollInterval).unref()
    }
  }

  async function hearOnce(): Promise<void> {
    const { automatic, grace, until } = entry
    // An automatic one is judged by its witnesses at the deadline as well.
    if (!automatic && isLate()) return see({ saw: 'deadline' })
    const appliedAt = entry.appliedAt ?? opened
    const { witnesses } = await options.queryWitnesses(entry.kept.intent, entry.probes)
    const verdict = evaluate(await expectedNow(), witnesses, {
      about: 'change',
      appliedAt,
      since: Math.max(appliedAt, opened),
      now: options.clock.now(),
      grace,
      until,
    })
    options.onWaiting(verdict.is === 'open' ? verdict.missing : [])
    if (verdict.is === 'verified') return see({ saw: 'verified' })
    if (verdict.is === 'unhealthy') return see({ saw: 'unhealthy', faults: verdict.faults })
  }

  function isLate(): boolean {
    return options.clock.now() >= entry.until
  }

  /** The hub judges too where the change has moved the way to it without touching the old one. */
  async function expectedNow(): Promise<JournalEntry['expected']> {
    const { expected, hubBefore } = entry
    if (hubBefore === null || expected.some(({ subject }) => subject === HUB)) return expected
    const moved = hubMoved(hubBefore, await options.hubRoute())
    return moved ? [...expected, { subject: HUB, fresh: true, optional: false }] : expected
  }

  async function undo(): Promise<void> {
    await note({
      phase: 'rolling-back',
      why: listed(state.phase === 'rolling-back' ? state.why : []),
    })
    const left = await attempted(() => rollBack(entry, options))
    const unwritten =
      left.length > 0 ? null : await attemptFault(() => endChange(entry, 'rolled-back', options))
    const faults = unwritten === null ? left : [unwritten]
    if (faults.length > 0) await note({ phase: 'stuck' })
    await see(faults.length === 0 ? { saw: 'rolled-back' } : { saw: 'rollback-failed', faults })
    if (state.phase === 'rolled-back') aftermath.begin(entry, sayAftermath)
  }

  /** What was lost is only back when those who spoke before do so again. */
  async function sayAftermath(outcome: Outcome): Promise<void> {
    const restored = outcome.is === 'verified'
    const faults = listed([...entry.why, ...(restored ? [] : outcome.faults)])
    await recorded(tellEnd({ phase: 'rolled-back', restored, faults }))
  }

  /** The router is taken as it is; while that cannot be written down, the change stays stuck. */
  async function close(): Promise<void> {
    const unwritten = await attemptFault(() => endChange(entry, 'rolled-back', options))
    if (unwritten === null) await see({ saw: 'rolled-back' })
  }

  async function keep(): Promise<void> {
    const unkept = await attemptFault(() => options.memory.keep(entry.kept))
    if (unkept !== null) return see({ saw: 'keep-failed', faults: [unkept] })
    return finish()
  }

  /**
   * It is the last good intent: a journal that cannot be closed is closed by the next change or the next
   * start, which find it kept.
   */
  async function finish(): Promise<void> {
    const unsaved = await options.ports.frr.save()
    const unclosed = await attemptFault(() => endChange(entry, 'confirmed', options))
    const faults = [unsaved, unclosed].filter((one) => one !== null)
    options.onSyncState({ state: 'in-sync', faults })
    await see({ saw: 'kept' })
  }

  async function reportState(): Promise<void> {
    if (state.phase === 'provisional') {
      options.onSyncState({ state: 'provisional', faults: [] })
      const left = entry.until - options.clock.now()
      const until = new Date(options.clock.wall().getTime() + left).toISOString()
      const confirmation = entry.automatic ? 'automatic' : 'required'
      tell({ phase: 'provisional', until, confirmation })
    } else if (state.phase === 'rolling-back') {
      options.onSyncState({ state: 'rolling-back', faults: state.why })
      tell({ phase: 'rolling-back', faults: listed(state.why) })
    } else if (state.phase === 'stuck') {
      const faults = listed([...state.left, ...state.why])
      options.onSyncState({ state: 'stuck', faults })
      const progress = tellEnd({ phase: 'stuck', faults })
      // Tried again and again, it is stuck once.
      if (!toldStuck) await recorded(progress)
      toldStuck = true
    } else if (state.phase === 'confirmed') {
      await recorded(tellEnd({ phase: 'confirmed' }))
    } else if (state.phase === 'rolled-back') {
      options.onSyncState({ state: 'in-sync', faults: state.why })
      await recorded(tellEnd({ phase: 'rolled-back', faults: listed(state.why) }))
    }
  }

  type ProgressDetail = Omit<ChangeProgress, 'change' | 'generation' | 'digest' | 'at'>

  function tell(what: ProgressDetail): ChangeProgress {
    pass(what.phase)
    const at = options.clock.wall().toISOString()
    const progress = { change: entry.change, ...entry.kept.ref, at, ...what }
    options.onProgress(progress)
    return progress
  }

  /** An end is told with how it came there. */
  function tellEnd(what: ProgressDetail): ChangeProgress {
    pass(what.phase)
    return tell({ ...what, phases: [...entry.phases] })
  }

  /** What is told again is phases once. */
  function pass(through: ChangeProgress['phase']): void {
    const { phases } = entry
    if (phases.at(-1)?.phase === through) return
    const next = { phase: through, at: options.clock.wall().toISOString() }
    entry = { ...entry, phases: [...phases, next].slice(-PHASES_LISTED) }
  }

  /** The history is for people: that it cannot be written changes nothing about the router. */
  async function recorded(progress: ChangeProgress): Promise<void> {
    await attemptFault(() => options.memory.record(progress))
  }

  /** The journal follows; a fault when it cannot. */
  function note(over: Pick<JournalEntry, 'phase'> & Partial<JournalEntry>): Promise<Fault | null> {
    entry = { ...entry, ...over }
    pass(over.phase)
    return attemptFault(() => options.journal.write(entry))
  }

  const handle: ChangeHandle = {
    name: entry.change,
    kept: entry.kept,
    phase: () => state.phase,
    settled: () => isSettled(state),
    handle: see,
    stopWatching: aftermath.stop,
    isLate,
  }
  return { handle, apply, finish }
}

/** What a deed came to; a defect of ours ends as a fault as well, so that the way back is gone. */
async function attempted(deed: () => Promise<readonly Fault[]>): Promise<readonly Fault[]> {
  try {
    return await deed()
  } catch (error) {
    if (error instanceof FaultError) return [error.fault]
    return [fault('BUG', 'change', error instanceof Error ? error.message : String(error))]
  }
}

/** As many faults as one message may carry. */
function listed(faults: readonly Fault[]): Fault[] {
  return faults.slice(0, LIMITS.faultsPerAnswer)
}
