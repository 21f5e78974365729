import { fault, type Fault } from '../base/fault.js'
import { never } from '../base/never.js'

/**
 * One change, from the moment its plan is in the journal until it is settled. `provisional`: the plan is
 * applied and read back, and waits for its witnesses or for a confirmation. `keeping`: the intent is being
 * stored as the last good one. `rolling-back`: the rollback is running. `stuck`: the rollback failed.
 */
export type ChangeState =
  | { readonly phase: 'applying' }
  | { readonly phase: 'provisional' }
  | { readonly phase: 'keeping' }
  /** `reasons`: why the change is rolled back. */
  | { readonly phase: 'rolling-back'; readonly reasons: readonly Fault[] }
  | { readonly phase: 'confirmed' }
  | { readonly phase: 'rolled-back'; readonly reasons: readonly Fault[] }
  /** `remaining`: why the rollback failed, or what still differs from before the change. */
  | {
      readonly phase: 'stuck'
      readonly reasons: readonly Fault[]
      readonly remaining: readonly Fault[]
    }

/** What happened to a change. */
export type ChangeEvent =
  /** Every step is done and the read-back plan is empty. */
  | { readonly type: 'applied' }
  | { readonly type: 'apply-failed'; readonly faults: readonly Fault[] }
  /** Every witness that was healthy before the change is healthy again. */
  | { readonly type: 'verified' }
  /** A witness did not come back within its grace period. */
  | { readonly type: 'unhealthy'; readonly faults: readonly Fault[] }
  | { readonly type: 'confirm' }
  | { readonly type: 'cancel' }
  /** The time for the confirmation is over. */
  | { readonly type: 'deadline' }
  /** The intent is stored as the last good one. */
  | { readonly type: 'kept' }
  | { readonly type: 'keep-failed'; readonly faults: readonly Fault[] }
  /** The rollback is done, and the read-back equals the router before the change. */
  | { readonly type: 'rolled-back' }
  | { readonly type: 'rollback-failed'; readonly faults: readonly Fault[] }
  /** Try a failed rollback again. */
  | { readonly type: 'retry' }
  /** The operator accepts the router as it is; the last good intent is in force again. */
  | { readonly type: 'accept' }
  /** The accepted change is recorded as rolled back. */
  | { readonly type: 'accepted' }

/** What the caller does next, in this order; it answers the last task with the event that follows. */
export type ChangeTask =
  /** Report the new state. */
  | 'report'
  /** Query the witnesses until the change leaves `provisional`. */
  | 'watch'
  | 'roll-back'
  /** Query the witnesses once more after the rollback. */
  | 'watch-rollback'
  /** Store the intent as the last good one and save FRR's configuration. */
  | 'keep'
  /** Record the change as rolled back, with the router as it is. */
  | 'accept'

export interface ChangeTerms {
  /** true: the change is kept once its witnesses are healthy; false: it must be confirmed. */
  readonly automatic: boolean
}

/** A settled change holds up no other change. */
export function isSettled(state: ChangeState): boolean {
  return state.phase === 'confirmed' || state.phase === 'rolled-back'
}

/** The next state, and the tasks that go with it. An event that does not fit the state changes nothing. */
export function nextChange(state: ChangeState, event: ChangeEvent, terms: ChangeTerms): Transition {
  switch (state.phase) {
    case 'applying':
      return fromApplying(state, event)
    case 'provisional':
      return fromProvisional(state, event, terms)
    case 'keeping':
      return fromKeeping(state, event)
    case 'rolling-back':
      return fromRollingBack(state, event)
    case 'stuck':
      return fromStuck(state, event)
    case 'confirmed':
    case 'rolled-back':
      return [state, []]
    default:
      return never(state)
  }
}

type Transition = readonly [ChangeState, readonly ChangeTask[]]
type In<P extends ChangeState['phase']> = ChangeState & { readonly phase: P }

function fromApplying(state: ChangeState, event: ChangeEvent): Transition {
  if (event.type === 'apply-failed') return rollBack(event.faults)
  return event.type === 'applied' ? [{ phase: 'provisional' }, ['report', 'watch']] : [state, []]
}

function fromProvisional(
  state: ChangeState,
  event: ChangeEvent,
  { automatic }: ChangeTerms,
): Transition {
  const { type } = event
  if (type === 'confirm' || (type === 'verified' && automatic)) return keep()
  if (type === 'unhealthy') return rollBack(event.faults)
  if (type === 'cancel') return rollBack([notConfirmed('it was cancelled by request')])
  if (type !== 'deadline') return [state, []]
  return rollBack([notConfirmed(automatic ? 'it was not verified in time' : UNCONFIRMED)])
}

/** The message for a change whose time for a confirmation is over. */
export const UNCONFIRMED = 'it was not confirmed in time'

/** The fault of a change that is rolled back because it was not confirmed. */
export function notConfirmed(message: string): Fault {
  return fault('CHANGE_NOT_CONFIRMED', 'change', message)
}

function fromKeeping(state: ChangeState, event: ChangeEvent): Transition {
  if (event.type === 'kept') return [{ phase: 'confirmed' }, ['report']]
  return event.type === 'keep-failed' ? rollBack(event.faults) : [state, []]
}

function fromRollingBack(state: In<'rolling-back'>, event: ChangeEvent): Transition {
  const { reasons } = state
  if (event.type === 'rolled-back') {
    return [{ phase: 'rolled-back', reasons }, ['report', 'watch-rollback']]
  }
  if (event.type !== 'rollback-failed') return [state, []]
  return [{ phase: 'stuck', reasons, remaining: event.faults }, ['report']]
}

function fromStuck(state: In<'stuck'>, event: ChangeEvent): Transition {
  const { reasons } = state
  if (event.type === 'retry') return rollBack(reasons)
  if (event.type === 'accepted') return [{ phase: 'rolled-back', reasons }, ['report']]
  return event.type === 'accept' ? [state, ['accept']] : [state, []]
}

function keep(): Transition {
  return [{ phase: 'keeping' }, ['keep']]
}

function rollBack(reasons: readonly Fault[]): Transition {
  return [{ phase: 'rolling-back', reasons }, ['report', 'roll-back']]
}
