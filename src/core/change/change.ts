import { fault, type Fault } from '../base/fault.js'
import { never } from '../base/never.js'

/**
 * One change from the moment its plan is journalled until it is settled. `provisional`: applied and
 * read back, it must now earn its keep; `keeping`: it is being made the last good intent;
 * `undoing`: the way back is being gone.
 */
export type ChangeState =
  | { readonly phase: 'applying' }
  | { readonly phase: 'provisional' }
  | { readonly phase: 'keeping' }
  | { readonly phase: 'rolling-back'; readonly why: readonly Fault[] }
  | { readonly phase: 'confirmed' }
  | { readonly phase: 'rolled-back'; readonly why: readonly Fault[] }
  | { readonly phase: 'stuck'; readonly why: readonly Fault[]; readonly left: readonly Fault[] }

export type ChangeEvent =
  /** Every step is done and the read-back plan is empty. */
  | { readonly saw: 'applied' }
  | { readonly saw: 'apply-failed'; readonly faults: readonly Fault[] }
  /** Every witness that spoke well before the change does so again. */
  | { readonly saw: 'verified' }
  /** A witness did not come back within its grace. */
  | { readonly saw: 'unhealthy'; readonly faults: readonly Fault[] }
  | { readonly saw: 'confirm' }
  | { readonly saw: 'cancel' }
  | { readonly saw: 'deadline' }
  | { readonly saw: 'kept' }
  | { readonly saw: 'keep-failed'; readonly faults: readonly Fault[] }
  /** The way back is gone and reads back as what was before. */
  | { readonly saw: 'rolled-back' }
  | { readonly saw: 'rollback-failed'; readonly faults: readonly Fault[] }
  /** Go the way back once more. */
  | { readonly saw: 'retry' }
  /** The operator takes the router as it is; the last good intent is in force again. */
  | { readonly saw: 'accept' }

/** What the driver does next; it answers `undo` and `keep` with how that went. */
export type ChangeAct =
  | { readonly do: 'report' }
  /** Hear the witnesses until the deadline. */
  | { readonly do: 'watch' }
  | { readonly do: 'roll-back' }
  /** Store the intent as last good and save FRR's configuration. */
  | { readonly do: 'keep' }
  /** Write down that the router is taken as it is. */
  | { readonly do: 'close' }

export interface ChangeTerms {
  /** true: it is kept once it is proven; false: somebody must confirm it. */
  readonly automatic: boolean
}

/** A change that is settled holds up no other. */
export function isSettled(state: ChangeState): boolean {
  return state.phase === 'confirmed' || state.phase === 'rolled-back'
}

/** The next state and what to do; an event that does not fit the state changes nothing. */
export function nextChange(state: ChangeState, event: ChangeEvent, terms: ChangeTerms): Move {
  switch (state.phase) {
    case 'applying':
      return fromApplying(state, event)
    case 'provisional':
      return fromProvisional(state, event, terms)
    case 'keeping':
      return fromKeeping(state, event)
    case 'rolling-back':
      return fromUndoing(state, event)
    case 'stuck':
      return fromStuck(state, event)
    case 'confirmed':
    case 'rolled-back':
      return [state, []]
    default:
      return never(state)
  }
}

type Move = readonly [ChangeState, readonly ChangeAct[]]
type In<P extends ChangeState['phase']> = ChangeState & { readonly phase: P }

const report: ChangeAct = { do: 'report' }

function fromApplying(state: ChangeState, event: ChangeEvent): Move {
  if (event.saw === 'apply-failed') return undo(event.faults)
  if (event.saw !== 'applied') return [state, []]
  return [{ phase: 'provisional' }, [report, { do: 'watch' }]]
}

function fromProvisional(state: ChangeState, event: ChangeEvent, { automatic }: ChangeTerms): Move {
  const { saw } = event
  if (saw === 'confirm' || (saw === 'verified' && automatic)) return keep()
  if (saw === 'unhealthy') return undo(event.faults)
  const why =
    saw === 'cancel'
      ? 'it was taken back by request'
      : automatic
        ? 'it was not proven in time'
        : 'nobody confirmed it in time'
  return saw === 'cancel' || saw === 'deadline' ? undo([notConfirmed(why)]) : [state, []]
}

function notConfirmed(why: string): Fault {
  return fault('CHANGE_NOT_CONFIRMED', 'change', why)
}

function fromKeeping(state: ChangeState, event: ChangeEvent): Move {
  if (event.saw === 'kept') return [{ phase: 'confirmed' }, [report]]
  return event.saw === 'keep-failed' ? undo(event.faults) : [state, []]
}

function fromUndoing(state: In<'rolling-back'>, event: ChangeEvent): Move {
  if (event.saw === 'rolled-back') return rolledBack(state.why)
  if (event.saw !== 'rollback-failed') return [state, []]
  return [{ phase: 'stuck', why: state.why, left: event.faults }, [report]]
}

function fromStuck(state: In<'stuck'>, event: ChangeEvent): Move {
  if (event.saw === 'retry') return undo(state.why)
  if (event.saw === 'rolled-back') return rolledBack(state.why)
  return event.saw === 'accept' ? [state, [{ do: 'close' }]] : [state, []]
}

function rolledBack(why: readonly Fault[]): Move {
  return [{ phase: 'rolled-back', why }, [report]]
}

function keep(): Move {
  return [{ phase: 'keeping' }, [{ do: 'keep' }]]
}

function undo(why: readonly Fault[]): Move {
  return [{ phase: 'rolling-back', why }, [report, { do: 'roll-back' }]]
}
