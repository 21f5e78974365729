import { millis, type Millis } from '../../base/time.js'
import type { Md5Counters, NeighborState, SessionReset } from '../../model/state.js'

/** What the looks have seen since the session was last established, or since the first look. Plain JSON. */
export interface SessionTrace {
  /** Since when bgpd has waited for the answer to its SYN; null: it does not wait. */
  readonly silentSince: Millis | null
  /** Since when bgpd has wanted to connect and had no connection under way; null: it has one, or wants none. */
  readonly refusedSince: Millis | null
  /** Messages and dropped segments in this time. */
  readonly opensSent: number
  readonly notificationsReceived: number
  /** Received and sent. */
  readonly notifications: number
  readonly md5: Md5Counters
  /**
   * The last reset with a NOTIFICATION. FRR shows "BFD down received" in its place as soon as BFD goes down after it,
   * which is within a second where the peer ends BFD with the session (BIRD).
   */
  readonly notified: SessionReset | null
  /** OPENs sent since a NOTIFICATION was last exchanged: as many attempts ended otherwise. */
  readonly opensSince: number
  /** What both ends agreed on for the last session that a look has seen up; FRR forgets it with the session. null: unknown. */
  readonly holdTime: Millis | null
  readonly from: TraceCounters
}

/** The counters as they stood at the beginning. */
interface TraceCounters {
  readonly opensSent: number
  readonly notificationsReceived: number
  readonly notificationsSent: number
  readonly md5: Md5Counters
}

const NO_MD5: Md5Counters = { unsigned: 0, unexpected: 0, wrong: 0 }
const NOTHING: TraceCounters = {
  opensSent: 0,
  notificationsReceived: 0,
  notificationsSent: 0,
  md5: NO_MD5,
}

/** Takes in one look at a neighbour; `before` is null at the first one. */
export function followSession(
  before: SessionTrace | null,
  neighbor: NeighborState,
  now: Millis,
): SessionTrace {
  const counters = countersOf(neighbor, before)
  const isUp = neighbor.sessionState === 'Established' || neighbor.sessionState === 'missing'
  const notified = withNotification(neighbor.reset)
  const holdTime = neighbor.negotiated?.holdTime ?? before?.holdTime ?? null
  if (isUp) return begin(counters, null, holdTime)
  if (before === null || wentBack(before.from, counters)) return begin(counters, notified, holdTime)
  const opensSent = counters.opensSent - before.from.opensSent
  // An OPEN is sent only on a connection.
  const isAnswered = opensSent > before.opensSent
  const { isSilent, isRefused } = attemptOf(neighbor)
  const since = (isSo: boolean, from: Millis | null): Millis | null =>
    isSo && !isAnswered ? millis(Math.min(from ?? now, now)) : null
  return {
    silentSince: since(isSilent, before.silentSince),
    refusedSince: since(isRefused, before.refusedSince),
    opensSent,
    notificationsReceived: counters.notificationsReceived - before.from.notificationsReceived,
    notifications: bothWays(counters) - bothWays(before.from),
    md5: minus(counters.md5, before.from.md5),
    notified: notified ?? before.notified,
    opensSince: opensSince(before, counters),
    holdTime,
    from: before.from,
  }
}

function withNotification(reset: SessionReset | null): SessionReset | null {
  return reset === null || reset.notification === null ? null : reset
}

/** After a connection attempt that was refused at once, bgpd is in Active until the next one. */
function attemptOf({ path, sessionState }: NeighborState) {
  const isWanted = sessionState === 'Active' || sessionState === 'Connect'
  return {
    isSilent: path?.isConnecting === true,
    isRefused: path !== null && !path.isConnecting && isWanted,
  }
}

/** One NOTIFICATION ends one attempt, of which the OPEN was counted before it. */
function opensSince({ from, ...before }: SessionTrace, now: TraceCounters): number {
  if (bothWays(now) > bothWays(from) + before.notifications) return 0
  return before.opensSince + (now.opensSent - from.opensSent - before.opensSent)
}

function bothWays({ notificationsReceived, notificationsSent }: TraceCounters): number {
  return notificationsReceived + notificationsSent
}

function begin(
  from: TraceCounters,
  notified: SessionReset | null,
  holdTime: Millis | null,
): SessionTrace {
  return {
    silentSince: null,
    refusedSince: null,
    opensSent: 0,
    notificationsReceived: 0,
    notifications: 0,
    md5: NO_MD5,
    notified,
    opensSince: 0,
    holdTime,
    from,
  }
}

/** What a look does not say stays as it was. */
function countersOf(
  { handshakes, path }: NeighborState,
  before: SessionTrace | null,
): TraceCounters {
  const last = before?.from ?? NOTHING
  return {
    opensSent: handshakes.opensSent ?? last.opensSent,
    notificationsReceived: handshakes.notificationsReceived ?? last.notificationsReceived,
    notificationsSent: handshakes.notificationsSent ?? last.notificationsSent,
    md5: path?.md5 ?? last.md5,
  }
}

/** FRR was started anew, or somebody cleared its counters. */
function wentBack(from: TraceCounters, now: TraceCounters): boolean {
  return (
    now.opensSent < from.opensSent ||
    now.notificationsReceived < from.notificationsReceived ||
    now.notificationsSent < from.notificationsSent
  )
}

function minus(a: Md5Counters, b: Md5Counters): Md5Counters {
  return {
    unsigned: a.unsigned - b.unsigned,
    unexpected: a.unexpected - b.unexpected,
    wrong: a.wrong - b.wrong,
  }
}
