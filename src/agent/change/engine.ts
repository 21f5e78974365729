import { LIMITS } from '../../core/wire/limits.js'
import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { faultsOf, ok, refused, type Result } from '../../core/base/result.js'
import { admit, nextGeneration, type Admission } from '../../core/change/admission.js'
import type { Exported } from '../../core/intent/export/export.js'
import type { HaveLink } from '../../core/model/link.js'
import type { Have, Step } from '../../core/model/plan.js'
import { isOurs } from '../../core/model/own-link.js'
import type { ChangeProgress, IntentRef, PlanSummary } from '../../core/wire/messages.js'
import type { ChangePorts } from './apply.js'
import { runChange, type ChangeHandle, type ChangeRunOptions } from './run.js'
import { exportRouter } from '../router/export.js'
import { releaseRouter } from '../router/release.js'
import { readPushed } from '../router/want.js'
import { createReconciler, type ReconcilerOptions, type SyncState } from './reconcile.js'
import type { KeptIntent } from '../state/kept-intent.js'
import { entryOf, planOnRouter, type Push, type PushPorts } from './push.js'
import { recoverChange } from './recovery.js'
import { createSaver } from '../router/saver.js'
import { summarize } from '../../core/router/describe.js'

export interface Pushed {
  readonly change: string
  readonly ref: IntentRef
  /** With a dry run, or when there was nothing to do. */
  readonly plan: PlanSummary | null
}

/** Holds the router to its intent: changes by push, repair in between. Calls must not overlap. */
export interface Engine {
  /** Ends what an earlier process left; before anything else. */
  readonly recover: () => Promise<void>
  readonly push: (push: Push) => Promise<Result<Pushed>>
  readonly confirm: (change: string) => Promise<Result<Record<string, never>>>
  readonly cancel: (change: string) => Promise<Result<Record<string, never>>>
  /** Leads out of a stuck change: another undo, or `accept` what is there. */
  readonly repair: (
    accept: boolean,
  ) => Promise<Result<{ change: string | null; phase: ChangeProgress['phase'] | null }>>
  /** Gives the router back: no marks, no intent, all in place. Gives the steps it took. */
  readonly release: () => Promise<Result<readonly Step[]>>
  /** The intent that says what the router has today. */
  readonly exportIntent: () => Promise<Result<Exported>>
  /**
   * Looks at the whole router and repairs what differs from the intent in force. Gives what was
   * read where nothing differed, so that nobody has to read it again.
   */
  readonly reconcile: () => Promise<Have | null>
  readonly syncState: () => SyncState
  /** The intent that is in force: the change's while one is under way. */
  readonly running: () => KeptIntent | null
  readonly progress: () => ChangeProgress | null
}

export interface EngineOptions
  extends
    PushPorts,
    Pick<ReconcilerOptions, 'drift' | 'onDrift'>,
    Omit<ChangeRunOptions, keyof ChangePorts | 'onSyncState' | 'onWaiting'> {
  readonly routerId: string
  readonly openSecrets: (sealed: string) => readonly Fault[]
}

/** Links with no intent to them: the state was lost, which takes nothing away and is said. */
function orphans(links: readonly HaveLink[]): readonly Fault[] {
  const names = links.filter(isOurs).map(({ name }) => name)
  if (names.length === 0) return []
  const text = `there is no last good intent, but ${names.length} links that demarc made (${names.slice(0, 3).join(', ')}); they stay as they are: push the intent again`
  return [fault('STATE_DAMAGED', 'last-good.json', text)]
}

export function createEngine(options: EngineOptions): Engine {
  const { memory, context } = options
  const saver = createSaver(options.ports.frr.save)
  const ports = { ...options.ports, frr: { ...options.ports.frr, save: saver.save } }
  let current: ChangeHandle | null = null
  let standing: SyncState = {
    state: memory.lastGood() === null ? 'no-intent' : 'drifted',
    faults: [],
  }
  let last: ChangeProgress | null = memory.history().at(-1) ?? null
  const runOptions: ChangeRunOptions = {
    ...options,
    ports,
    onProgress(record) {
      last = record
      options.onProgress(record)
    },
    onWaiting(subjects) {
      if (last?.phase === 'provisional')
        last = { ...last, pendingWitnesses: subjects.slice(0, LIMITS.faultsPerAnswer) }
    },
    onSyncState: (state) => (standing = state),
  }
  const keeper = createReconciler({ ...options, ports })

  async function push(request: Push): Promise<Result<Pushed>> {
    const pushed = readPushed(request.intent, context.sha256)
    if (!pushed.ok) return pushed
    const kept = pushed.value
    const admission = admitted(kept, request.dryRun)
    if (admission.admitted === false && !request.dryRun) return refused(admission.fault)
    const planned = await planOnRouter(kept, request, options)
    if (!planned.ok) return planned
    const answer = { change: request.change, ref: kept.ref }
    if (request.dryRun || admission.admitted === 'same') {
      return ok({ ...answer, plan: summarize(planned.value.plan) })
    }
    const entry = await entryOf(kept, request, planned.value, options)
    if (!entry.ok) return entry
    const unwritten = await attemptFault(() => options.journal.write(entry.value))
    if (unwritten !== null) return refused(unwritten)
    current?.stopWatching()
    current = runChange(entry.value, planned.value.plan, runOptions)
    return ok({ ...answer, plan: null })
  }

  function admitted(kept: KeptIntent, dryRun: boolean): Admission {
    const candidate = { routerId: kept.intent.router.id, ...kept.ref }
    const open = dryRun ? null : underWay()
    return admit(candidate, {
      routerId: options.routerId,
      lastGood: memory.lastGood()?.ref ?? null,
      rolledBack: memory.rolledBack(),
      pending: open && { name: open.name, stuck: open.phase() === 'stuck' },
    })
  }

  async function release(): Promise<Result<readonly Step[]>> {
    const open = underWay()
    if (open !== null) {
      return refused(
        fault('CHANGE_BUSY', open.name, 'it is not settled; confirm or cancel it first'),
      )
    }
    const released = await releaseRouter(ports, memory)
    if (memory.lastGood() === null) {
      standing = { state: 'no-intent', faults: faultsOf(released) }
    }
    return released
  }

  function underWay(): ChangeHandle | null {
    return current === null || current.settled() ? null : current
  }

  async function reconcile(): Promise<Have | null> {
    const stuck = underWay()
    if (stuck?.phase() === 'stuck') await stuck.handle({ saw: 'retry' })
    const kept = running()
    const open = underWay()
    if (kept === null || (open !== null && open.phase() !== 'provisional')) return null
    const { have, standing: found } = await keeper.reconcile(kept)
    if (open !== null) return have
    standing = found
    const unsaved = found.state === 'in-sync' ? await saver.retry() : null
    if (unsaved !== null) standing = { ...found, faults: [...found.faults, unsaved] }
    return have
  }

  function running(): KeptIntent | null {
    return underWay()?.kept ?? memory.lastGood()
  }

  function pending(change: string): Result<ChangeHandle> {
    const open = underWay()
    const waits = open?.phase() === 'provisional' ? open : null
    if (waits?.name === change) return ok(waits)
    const others = waits === null ? 'none does' : `${waits.name} does`
    return refused(fault('CHANGE_UNKNOWN', change, `it does not wait; ${others}`))
  }

  /** The answer is what became of it: a change that cannot be kept is undone, an undo may be stuck. */
  async function decide(change: string, saw: 'confirm' | 'cancel') {
    const late = pending(change)
    if (late.ok && late.value.isLate()) await late.value.handle({ saw: 'deadline' })
    const handle = pending(change)
    if (!handle.ok) return handle
    await handle.value.handle({ saw })
    const phase = handle.value.phase()
    if (phase === (saw === 'confirm' ? 'confirmed' : 'rolled-back')) return ok({})
    const code = phase === 'stuck' ? 'CHANGE_STUCK' : 'CHANGE_NOT_CONFIRMED'
    return refused(fault(code, change), ...(last?.faults ?? []))
  }

  return {
    async recover() {
      current = await recoverChange(runOptions, options.openSecrets)
      if (current !== null || memory.lastGood() !== null) return
      const { links } = await ports.kernel.read()
      standing = { ...standing, faults: [...standing.faults, ...orphans(links)] }
    },
    push,
    confirm: (change) => decide(change, 'confirm'),
    cancel: (change) => decide(change, 'cancel'),
    async repair(accept) {
      const stuck = underWay()
      if (stuck?.phase() !== 'stuck') return ok({ change: null, phase: null })
      await stuck.handle({ saw: 'retry' })
      if (accept && !stuck.settled()) await stuck.handle({ saw: 'accept' })
      return ok({ change: stuck.name, phase: last?.phase ?? null })
    },
    release,
    exportIntent: () =>
      exportRouter(ports, {
        routerId: options.routerId,
        generation: nextGeneration({
          lastGood: running()?.ref ?? null,
          rolledBack: memory.rolledBack(),
        }),
        managedPorts: context.managedPorts,
        running: running()?.intent ?? null,
      }),
    reconcile,
    syncState: () => standing,
    running,
    progress: () => last,
  }
}
