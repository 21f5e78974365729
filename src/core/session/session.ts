import { never } from '../base/never.js'
import type { Fault } from '../base/fault.js'

/** How one agent keeps its control connection. All times are milliseconds on a monotonic clock. */
export interface SessionPolicy {
  /** Length of the hub list, at least 1; hubs are told apart by their place in it. */
  readonly hubs: number
  /** Pause between two pings. */
  readonly heartbeat: number
  /** Time without an answer after which the hub counts as gone. */
  readonly silence: number
  /** Limit for connecting, and again for the hub's answer to hello. */
  readonly patience: number
  /** The first wait is at most this; it doubles with every round of failures. */
  readonly backoffBase: number
  readonly backoffCap: number
}

/** Which hub, in which round of failures, with which dial; a dial's number never comes again. */
interface Place {
  readonly hub: number
  readonly round: number
  readonly dial: number
}

export type Session =
  | (Place & { readonly is: 'waiting'; readonly wakeAt: number })
  | (Place & { readonly is: 'dialling'; readonly wakeAt: number })
  | (Place & { readonly is: 'greeting'; readonly wakeAt: number })
  | (Place & {
      readonly is: 'up'
      readonly wakeAt: number
      readonly since: number
      /** When the hub answered last. */
      readonly lastSeenAt: number
    })
  | { readonly is: 'stopped' }

/** `jitter` is a fresh random number in [0, 1): it comes with the event, so that nothing here is random. */
export type SessionEvent =
  | { readonly saw: 'timer'; readonly jitter: number }
  | { readonly saw: 'connected'; readonly dial: number }
  | { readonly saw: 'welcomed'; readonly dial: number }
  | { readonly saw: 'pong'; readonly dial: number }
  | { readonly saw: 'lost'; readonly dial: number; readonly jitter: number; readonly why: Fault }
  | { readonly saw: 'stop' }

export type SessionAct =
  | { readonly do: 'dial'; readonly hub: number; readonly dial: number }
  | { readonly do: 'greet'; readonly dial: number }
  /** The hub knows us: resend what it has not acknowledged, then the rest as it comes. */
  | { readonly do: 'resume'; readonly dial: number }
  | { readonly do: 'ping'; readonly dial: number }
  | { readonly do: 'hang-up'; readonly dial: number; readonly why: string }

export type SessionStep = readonly [Session, readonly SessionAct[]]

/** Before the first event; the first `timer` dials. */
export function startSession(now: number): Session {
  return { is: 'waiting', hub: 0, round: 0, dial: 0, wakeAt: now }
}

/**
 * One step of the connection's life. The driver owns one timer, set to `wakeAt`; an event that
 * belongs to an earlier dial changes nothing.
 */
export function nextSession(
  policy: SessionPolicy,
  state: Session,
  event: SessionEvent,
  now: number,
): SessionStep {
  if (state.is === 'stopped') return [state, []]
  if (event.saw === 'stop') return stop(state)
  if (event.saw === 'timer') {
    return now < state.wakeAt ? [state, []] : wake(policy, state, { now, jitter: event.jitter })
  }
  if (event.dial !== state.dial || state.is === 'waiting') return [state, []]
  if (event.saw === 'lost') return [retreat(policy, state, { now, jitter: event.jitter }), []]
  return advance(policy, state, event.saw, now)
}

type Live = Exclude<Session, { readonly is: 'stopped' }>

interface Moment {
  readonly now: number
  readonly jitter: number
}

/** Good news takes a connection one state further, and means nothing in any other state. */
function advance(
  policy: SessionPolicy,
  state: Live,
  saw: 'connected' | 'welcomed' | 'pong',
  now: number,
): SessionStep {
  const { dial } = state
  if (saw === 'connected' && state.is === 'dialling') {
    const wakeAt = now + policy.patience
    return [{ ...place(state), is: 'greeting', wakeAt }, [{ do: 'greet', dial }]]
  }
  if (saw === 'welcomed' && state.is === 'greeting') {
    const up = { ...place(state), is: 'up', since: now, lastSeenAt: now } as const
    return [{ ...up, wakeAt: nextPing(policy, now, now) }, [{ do: 'resume', dial }]]
  }
  return saw === 'pong' && state.is === 'up' ? [{ ...state, lastSeenAt: now }, []] : [state, []]
}

/** At the end of the pause, or when the hub has been silent for too long. */
function nextPing({ heartbeat, silence }: SessionPolicy, now: number, lastSeenAt: number): number {
  return Math.min(now + heartbeat, lastSeenAt + silence)
}

function wake(policy: SessionPolicy, state: Live, at: Moment): SessionStep {
  switch (state.is) {
    case 'waiting': {
      const dial = state.dial + 1
      return [
        { ...place(state), is: 'dialling', dial, wakeAt: at.now + policy.patience },
        [{ do: 'dial', hub: state.hub, dial }],
      ]
    }
    case 'dialling':
      return giveUp(policy, state, at, 'the dial led nowhere in time')
    case 'greeting':
      return giveUp(policy, state, at, 'hello was not answered in time')
    case 'up':
      if (at.now >= state.lastSeenAt + policy.silence) {
        return giveUp(policy, state, at, `no ping was answered for ${policy.silence / 1000} s`)
      }
      return [
        { ...state, wakeAt: nextPing(policy, at.now, state.lastSeenAt) },
        [{ do: 'ping', dial: state.dial }],
      ]
    default:
      return never(state)
  }
}

function giveUp(policy: SessionPolicy, state: Live, at: Moment, why: string): SessionStep {
  return [retreat(policy, state, at), [{ do: 'hang-up', dial: state.dial, why }]]
}

function stop(state: Live): SessionStep {
  if (state.is === 'waiting') return [{ is: 'stopped' }, []]
  return [{ is: 'stopped' }, [{ do: 'hang-up', dial: state.dial, why: 'demarcd stops' }]]
}

/**
 * Where to go after a failure. A connection that had lasted starts over at the head of the list
 * with the shortest wait; one that broke at once is a failure like a refused dial, or a hub that
 * welcomes and drops its agents would be stormed by them. Within a round the next hub is tried
 * without a wait; after the last one comes full jitter: anything from 0 to the doubled ceiling.
 */
function retreat(policy: SessionPolicy, state: Live, { now, jitter }: Moment): Session {
  const { dial } = state
  const lasted = state.is === 'up' && now - state.since >= policy.backoffCap
  if (lasted) {
    return { is: 'waiting', hub: 0, round: 1, dial, wakeAt: now + wait(policy, 0, jitter) }
  }
  const hub = (state.hub + 1) % policy.hubs
  if (hub !== 0) return { is: 'waiting', hub, round: state.round, dial, wakeAt: now }
  const wakeAt = now + wait(policy, state.round, jitter)
  return { is: 'waiting', hub, round: state.round + 1, dial, wakeAt }
}

/** Full jitter with a cap: spreads a fleet out that lost its hub all at once. */
function wait(policy: SessionPolicy, round: number, jitter: number): number {
  const ceiling = Math.min(policy.backoffCap, policy.backoffBase * 2 ** Math.min(round, 30))
  return Math.floor(ceiling * jitter)
}

function place({ hub, round, dial }: Place): Place {
  return { hub, round, dial }
}
