import type { Fault } from '../base/fault.js'
import { never } from '../base/never.js'
import { millis, toSeconds, type Millis } from '../base/time.js'

/** How one agent keeps its control connection. */
export interface SessionPolicy {
  /** Length of the list of hubs, at least 1. A hub is known by its place in the list. */
  readonly hubs: number
  /** Pause between two pings. */
  readonly heartbeat: Millis
  /** Time without an answer after which the hub counts as gone. */
  readonly silence: Millis
  /** Limit for the connection, and again for the hub's answer to hello. */
  readonly patience: Millis
  /** The first wait is at most this long; the limit doubles with every round of failures. */
  readonly backoffBase: Millis
  /** The longest wait. A connection that was up for this long starts over with the shortest wait. */
  readonly backoffCap: Millis
}

/**
 * Where a session is: the hub, the round (times that every hub of the list has failed), and the number of
 * the dial. A number is used once.
 */
interface Place {
  readonly hub: number
  readonly round: number
  readonly dial: number
}

/** The state of one control connection. Instants are monotonic; at `wakeAt` a `timer` event is due. */
export type Session =
  | (Place & { readonly is: 'waiting'; readonly wakeAt: Millis })
  | (Place & { readonly is: 'dialling'; readonly wakeAt: Millis })
  | (Place & { readonly is: 'greeting'; readonly wakeAt: Millis })
  | (Place & {
      readonly is: 'up'
      readonly wakeAt: Millis
      readonly since: Millis
      /** The last answer of the hub. */
      readonly lastSeenAt: Millis
    })
  | { readonly is: 'stopped' }

/**
 * What happened. `dial` is the number of the dial that it happened to. `jitter` is a random number in
 * [0, 1) that comes with the event, so that this machine is deterministic.
 */
export type SessionEvent =
  | { readonly saw: 'timer'; readonly jitter: number }
  | { readonly saw: 'connected'; readonly dial: number }
  | { readonly saw: 'welcomed'; readonly dial: number }
  | { readonly saw: 'pong'; readonly dial: number }
  | {
      readonly saw: 'lost'
      readonly dial: number
      readonly jitter: number
      readonly why: Fault
      /** The hub asked for at least this wait (`Retry-After`); 0: it did not. */
      readonly retryAfter: Millis
    }
  | { readonly saw: 'stop' }

/** What to do next. */
export type SessionAct =
  | { readonly do: 'dial'; readonly hub: number; readonly dial: number }
  | { readonly do: 'greet'; readonly dial: number }
  /** The hub has answered hello: send again what it has not acknowledged, then new reports. */
  | { readonly do: 'resume'; readonly dial: number }
  | { readonly do: 'ping'; readonly dial: number }
  | { readonly do: 'hang-up'; readonly dial: number; readonly why: string }

export type SessionStep = readonly [Session, readonly SessionAct[]]

/** The session before its first event. The first `timer` dials. */
export function startSession(now: Millis): Session {
  return { is: 'waiting', hub: 0, round: 0, dial: 0, wakeAt: now }
}

/**
 * The session after an event, and what to do. The caller owns one timer, set to `wakeAt`. An event of an
 * earlier dial changes nothing.
 */
export function nextSession(
  policy: SessionPolicy,
  state: Session,
  event: SessionEvent,
  now: Millis,
): SessionStep {
  if (state.is === 'stopped') return [state, []]
  if (event.saw === 'stop') return stop(state)
  if (event.saw === 'timer') {
    return now < state.wakeAt ? [state, []] : wake(policy, state, { now, jitter: event.jitter })
  }
  if (event.dial !== state.dial || state.is === 'waiting') return [state, []]
  if (event.saw === 'lost') {
    const { jitter, retryAfter } = event
    return [retreat(policy, state, { now, jitter, retryAfter }), []]
  }
  return advance(policy, state, event.saw, now)
}

type Live = Exclude<Session, { readonly is: 'stopped' }>

interface Moment {
  readonly now: Millis
  readonly jitter: number
  readonly retryAfter?: Millis
}

/** Each of these events moves the connection from one state to the next; in any other state it is ignored. */
function advance(
  policy: SessionPolicy,
  state: Live,
  saw: 'connected' | 'welcomed' | 'pong',
  now: Millis,
): SessionStep {
  const { dial } = state
  if (saw === 'connected' && state.is === 'dialling') {
    const wakeAt = millis(now + policy.patience)
    return [{ ...place(state), is: 'greeting', wakeAt }, [{ do: 'greet', dial }]]
  }
  if (saw === 'welcomed' && state.is === 'greeting') {
    const up = { ...place(state), is: 'up', since: now, lastSeenAt: now } as const
    return [{ ...up, wakeAt: nextPing(policy, now, now) }, [{ do: 'resume', dial }]]
  }
  return saw === 'pong' && state.is === 'up' ? [{ ...state, lastSeenAt: now }, []] : [state, []]
}

/** At the end of the pause, or when the hub has been silent for too long. */
function nextPing({ heartbeat, silence }: SessionPolicy, now: Millis, lastSeenAt: Millis): Millis {
  return millis(Math.min(now + heartbeat, lastSeenAt + silence))
}

function wake(policy: SessionPolicy, state: Live, at: Moment): SessionStep {
  switch (state.is) {
    case 'waiting': {
      const dial = state.dial + 1
      return [
        { ...place(state), is: 'dialling', dial, wakeAt: millis(at.now + policy.patience) },
        [{ do: 'dial', hub: state.hub, dial }],
      ]
    }
    case 'dialling':
      return giveUp(policy, state, at, 'the hub did not answer the connection in time')
    case 'greeting':
      return giveUp(policy, state, at, 'the hub did not answer hello in time')
    case 'up':
      if (at.now >= state.lastSeenAt + policy.silence) {
        return giveUp(
          policy,
          state,
          at,
          `the hub answered no ping for ${toSeconds(policy.silence)} s`,
        )
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
 * Which hub to dial after a failure, and when. A connection that was up for `backoffCap` starts over at
 * the head of the list with the shortest wait. A connection that ended sooner counts as a failed dial;
 * else all agents would storm a hub that accepts them and drops them at once. Within a round the next hub
 * is dialled without a wait. After the last hub comes a wait with full jitter: any time from 0 to a limit
 * that doubles with each round. A wait that the last hub asked for is kept, up to `RETRY_AFTER_MAX`.
 */
function retreat(policy: SessionPolicy, state: Live, moment: Moment): Session {
  const { now, jitter, retryAfter = millis(0) } = moment
  const { dial } = state
  const lasted = state.is === 'up' && now - state.since >= policy.backoffCap
  if (lasted) {
    return { is: 'waiting', hub: 0, round: 1, dial, wakeAt: millis(now + wait(policy, 0, jitter)) }
  }
  const hub = (state.hub + 1) % policy.hubs
  if (hub !== 0) return { is: 'waiting', hub, round: state.round, dial, wakeAt: now }
  const asked = Math.min(retryAfter, RETRY_AFTER_MAX)
  const wakeAt = millis(now + Math.max(asked, wait(policy, state.round, jitter)))
  return { is: 'waiting', hub, round: state.round + 1, dial, wakeAt }
}

/** A hub cannot keep its agents away for longer. */
const RETRY_AFTER_MAX = millis(300_000)

/** Full jitter with a cap: it spreads the dials of a fleet that lost its hub at one moment. */
function wait(policy: SessionPolicy, round: number, jitter: number): Millis {
  const ceiling = Math.min(policy.backoffCap, policy.backoffBase * 2 ** Math.min(round, 30))
  return millis(Math.floor(ceiling * jitter))
}

function place({ hub, round, dial }: Place): Place {
  return { hub, round, dial }
}
