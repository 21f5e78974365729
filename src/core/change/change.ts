import { fault, type Fault } from '../base/fault.js'
import { never } from '../base/never.js'

/**
 * One change from the moment its plan is accepted until it is settled.
 * `kept`: it is the last good intent; `undoing`: its inverse is being applied.
 */
export type ChangeState =
  | { readonly phase: 'applying' }
  | { readonly phase: 'provisional'; readonly until: number }
  | { readonly phase: 'undoing'; readonly why: readonly Fault[] }
  | { readonly phase: 'confirmed' }
  | { readonly phase: 'rolled-back'; readonly why: readonly Fault[] }
  | { readonly phase: 'stuck'; readonly why: readonly Fault[] }

export type ChangeEvent =
  /** Every step is done and the read-back plan is empty. */
  | { readonly saw: 'applied' }
  | { readonly saw: 'apply-failed'; readonly faults: readonly Fault[] }
  | { readonly saw: 'confirm' }
  | { readonly saw: 'cancel' }
  | { readonly saw: 'deadline' }
  /** The inverse is applied and reads back as what was before. */
  | { readonly saw: 'undone' }
  | { readonly saw: 'undo-failed'; readonly faults: readonly Fault[] }

/** What the driver does next; it answers `undo` with `undone` or `undo-failed`. */
export type ChangeAct =
  | { readonly do: 'report' }
  | { readonly do: 'arm'; readonly until: number }
  | { readonly do: 'undo' }
  /** Store the intent as last good and save FRR's configuration. */
  | { readonly do: 'keep' }

export interface ChangeTerms {
  /** Instant (ms) at which an unconfirmed change is undone; null: it confirms itself. */
  readonly until: number | null
}

/** A change that is settled takes no further event. */
export function isSettled(state: ChangeState): boolean {
  return state.phase === 'confirmed' || state.phase === 'rolled-back' || state.phase === 'stuck'
}

/** The next state and what to do; an event that does not fit the state changes nothing. */
export function nextChange(
  state: ChangeState,
  event: ChangeEvent,
  terms: ChangeTerms,
): readonly [ChangeState, readonly ChangeAct[]] {
  switch (state.phase) {
    case 'applying':
      return fromApplying(state, event, terms)
    case 'provisional':
      return fromProvisional(state, event)
    case 'undoing':
      return fromUndoing(state, event)
    case 'confirmed':
    case 'rolled-back':
    case 'stuck':
      return [state, []]
    default:
      return never(state)
  }
}

type Move = readonly [ChangeState, readonly ChangeAct[]]

const report: ChangeAct = { do: 'report' }

function fromApplying(state: ChangeState, event: ChangeEvent, terms: ChangeTerms): Move {
  if (event.saw === 'apply-failed') return undo(event.faults)
  if (event.saw !== 'applied') return [state, []]
  if (terms.until === null) return confirmed()
  return [{ phase: 'provisional', until: terms.until }, [report, { do: 'arm', until: terms.until }]]
}

function fromProvisional(state: ChangeState, event: ChangeEvent): Move {
  if (event.saw === 'confirm') return confirmed()
  if (event.saw === 'cancel') {
    return undo([fault('CHANGE_NOT_CONFIRMED', 'change', 'it was taken back by request')])
  }
  if (event.saw === 'deadline') {
    return undo([fault('CHANGE_NOT_CONFIRMED', 'change', 'nobody confirmed it in time')])
  }
  return [state, []]
}

function fromUndoing(state: ChangeState & { readonly phase: 'undoing' }, event: ChangeEvent): Move {
  if (event.saw === 'undone') return [{ phase: 'rolled-back', why: state.why }, [report]]
  if (event.saw === 'undo-failed') {
    return [{ phase: 'stuck', why: [...state.why, ...event.faults] }, [report]]
  }
  return [state, []]
}

function confirmed(): Move {
  return [{ phase: 'confirmed' }, [{ do: 'keep' }, report]]
}

function undo(why: readonly Fault[]): Move {
  return [{ phase: 'undoing', why }, [{ do: 'undo' }]]
}
