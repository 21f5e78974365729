import {
  ATTACHMENT_STATES,
  CONNECTION_STATES,
  LIFECYCLE_WORDS,
  type LifecycleWord,
  type ServiceKind,
  type ServiceState,
} from '../model/health.js'

/** What a look at the router, or the time, can bring about. */
export const OBSERVED = [
  /** The intent in force names it again, before it was gone. */
  'wanted',
  /** The intent in force does not name it. */
  'unwanted',
  /** It does what it is for. */
  'works',
  /** It does not, and a finding says so. */
  'fails',
  /** The router was read back and has what the intent wants. */
  'applied',
  /** The time to accept it is over. */
  'lapsed',
  /** Nothing of it is on the router any more. */
  'gone',
] as const

export type Trigger = (typeof OBSERVED)[number] | LifecycleWord

/** One row of the table. `before`: the state that the subject had before it was deleted. */
export interface Transition {
  readonly from: readonly ServiceState[]
  readonly on: Trigger
  readonly to: ServiceState | 'before'
}

/** Out of `deleted` leads nothing: a subject that is wanted again gets a new record. */
export const TRANSITIONS: Readonly<Record<ServiceKind, readonly Transition[]>> = {
  connection: [
    { from: ['requested', 'pending', 'down'], on: 'works', to: 'available' },
    { from: ['available'], on: 'fails', to: 'down' },
    { from: ['requested'], on: 'applied', to: 'pending' },
    { from: ['requested', 'pending'], on: 'ordered', to: 'requested' },
    { from: ['requested'], on: 'approved', to: 'requested' },
    { from: ['requested', 'pending'], on: 'loa-sent', to: 'pending' },
    { from: ['requested', 'pending', 'available', 'down'], on: 'unwanted', to: 'deleting' },
    { from: ['deleting'], on: 'wanted', to: 'before' },
    { from: ['deleting'], on: 'gone', to: 'deleted' },
  ],
  attachment: [
    {
      from: ['confirming', 'pending', 'down', 'rejected', 'expired'],
      on: 'works',
      to: 'available',
    },
    { from: ['available'], on: 'fails', to: 'down' },
    { from: ['confirming', 'pending', 'rejected', 'expired'], on: 'offered', to: 'confirming' },
    { from: ['confirming', 'pending'], on: 'accepted', to: 'pending' },
    { from: ['confirming', 'rejected'], on: 'rejected', to: 'rejected' },
    { from: ['confirming'], on: 'lapsed', to: 'expired' },
    {
      from: ['confirming', 'pending', 'available', 'down', 'rejected', 'expired'],
      on: 'unwanted',
      to: 'deleting',
    },
    { from: ['deleting'], on: 'wanted', to: 'before' },
    { from: ['deleting'], on: 'gone', to: 'deleted' },
  ],
}

export const STATES_OF: Readonly<Record<ServiceKind, readonly ServiceState[]>> = {
  connection: CONNECTION_STATES,
  attachment: ATTACHMENT_STATES,
}

/** Where a trigger leads from a state; undefined: nowhere. */
export function leadsTo(
  { kind, state }: { readonly kind: ServiceKind; readonly state: ServiceState },
  on: Trigger,
): Transition['to'] | undefined {
  return TRANSITIONS[kind].find((row) => row.on === on && row.from.includes(state))?.to
}

/** The words that may be said of a subject of this kind, in any state. */
export function wordsOf(kind: ServiceKind): readonly LifecycleWord[] {
  return LIFECYCLE_WORDS.filter((word) => TRANSITIONS[kind].some(({ on }) => on === word))
}

/** The states in which a word may be said. */
export function statesThatAdmit(kind: ServiceKind, word: LifecycleWord): readonly ServiceState[] {
  const rows = TRANSITIONS[kind].filter(({ on }) => on === word)
  return STATES_OF[kind].filter((state) => rows.some(({ from }) => from.includes(state)))
}
