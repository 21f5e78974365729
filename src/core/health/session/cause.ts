import { millis, type Millis } from '../../base/time.js'
import type { NeighborState, SessionReset } from '../../model/state.js'
import { notificationCause } from './notification.js'
import { peerText, type CauseCode, type SessionCause } from './terms.js'
import type { SessionTrace } from './trace.js'

/** The intent wants the session up, and it is not. */
export function isDown({ sessionState, wantShutdown }: NeighborState): boolean {
  return sessionState !== 'Established' && sessionState !== 'missing' && !wantShutdown
}

/**
 * The first step that fails. FRR keeps the reason of the last reset for ever, also when a later attempt fails for
 * another reason: what is measured now counts more. Only a peer that said that it ends the session explains both.
 */
export function sessionCause(
  neighbor: NeighborState,
  trace: SessionTrace,
  now: Millis,
): SessionCause {
  const { path } = neighbor
  const reset = presentReset(neighbor, trace)
  if (path?.isUnresolved === true) return unresolved(neighbor)
  const measured = isEndedByPeer(reset)
    ? null
    : (bfdWait(neighbor) ?? tcpCause(neighbor, trace, now))
  return measured ?? resetCause(neighbor, reset, trace) ?? unknownCause(neighbor)
}

function tcpCause(neighbor: NeighborState, trace: SessionTrace, now: Millis): SessionCause | null {
  if (lasts(trace.silentSince, SILENT_FOR, now)) return silentTcp(neighbor, trace)
  if (!lasts(trace.refusedSince, refusedFor(trace), now)) return null
  return hasEnded(neighbor, trace) ? null : refusedTcp(neighbor)
}

/** The peer has sent a NOTIFICATION that no look has seen, and has taken no connection since: it ended the session. */
function hasEnded({ reset }: NeighborState, trace: SessionTrace): boolean {
  const isHidden = reset !== null && isBfd(reset.reason) && trace.notified === null
  return isHidden && trace.notificationsReceived > 0 && trace.opensSent === 0
}

/** Attempts that end without a NOTIFICATION, after which the last one explains nothing any more. */
const STALE_AFTER = 3

/**
 * The reset that explains the outage now. "BFD down" hides a NOTIFICATION that was seen before it. One about the OPEN
 * is out of date once further OPENs had another end.
 */
function presentReset({ reset }: NeighborState, trace: SessionTrace): SessionReset | null {
  const isHidden = reset !== null && reset.notification === null && isBfd(reset.reason)
  const shown = isHidden ? (trace.notified ?? reset) : reset
  const isStale = trace.opensSince >= STALE_AFTER && !isEndedByPeer(shown)
  return shown !== null && isStale ? { ...shown, notification: null } : shown
}

function resetCause(
  neighbor: NeighborState,
  reset: SessionReset | null,
  trace: SessionTrace,
): SessionCause | null {
  if (reset === null) return null
  const notified = notificationCause(neighbor, reset, trace.holdTime)
  if (notified !== null) return notified
  if (isBfd(reset.reason)) return bfdDown(neighbor, trace)
  return trace.opensSent > 0 ? closedByPeer(neighbor) : null
}

/**
 * Cease, and the subcodes of it (RFC 4486) with which a peer keeps the session down: Maximum Number of Prefixes Reached,
 * Administrative Shutdown, Peer De-configured, Connection Rejected, Out of Resources. After any other it begins again.
 */
const CEASE = 6
const KEPT_DOWN: readonly number[] = [1, 2, 3, 5, 8]

function isEndedByPeer(reset: SessionReset | null): boolean {
  const notification = reset?.notification ?? null
  if (notification === null || notification.direction !== 'received') return false
  return notification.code === CEASE && KEPT_DOWN.includes(notification.subcode)
}

/** How long a SYN must have been without an answer: one look may see a connection that succeeds. */
const SILENT_FOR = millis(3000)

/**
 * How long bgpd must have been without a connection. If it had one in this outage, it may only wait for the next
 * attempt: its timer for that is 120 s at most.
 */
function refusedFor({ opensSent }: SessionTrace): Millis {
  return millis(opensSent === 0 ? 3000 : 150_000)
}

/** Instants from which an attempt that goes on as it does has another cause. */
export function causeChangesAt(trace: SessionTrace): readonly Millis[] {
  const { silentSince, refusedSince } = trace
  return [
    ...(silentSince === null ? [] : [millis(silentSince + SILENT_FOR)]),
    ...(refusedSince === null ? [] : [millis(refusedSince + refusedFor(trace))]),
  ]
}

function lasts(since: Millis | null, time: Millis, now: Millis): boolean {
  return since !== null && now - since >= time
}

function unresolved(neighbor: NeighborState): SessionCause {
  const { address, attachment } = neighbor
  const asked = address.includes(':') ? 'neighbor solicitations' : 'ARP requests'
  return {
    code: worked(neighbor) ? 'LINK_LAYER_ADDRESS_LOST' : 'NO_LINK_LAYER_ADDRESS',
    what: `${address} does not answer ${asked} on attachment ${attachment}`,
    remedy: worked(neighbor)
      ? `ask the far end whether its VLAN and its address ${address} are still there`
      : `compare the VLAN and both addresses of attachment ${attachment} with the provider's papers, and ask the far end whether it has them`,
  }
}

/** An earlier session shows that the settings of both ends once agreed. */
function worked({ establishedTransitions }: NeighborState): boolean {
  return (establishedTransitions ?? 0) > 0
}

function silentTcp(neighbor: NeighborState, trace: SessionTrace): SessionCause {
  const { address, hasPassword } = neighbor
  const { unsigned, unexpected, wrong } = trace.md5
  const silent = `${address} answers at layer 2, and not on TCP port 179`
  if (hasPassword && wrong > 0) {
    return password(
      'PASSWORD_DIFFERS',
      `${silent}; ${wrong} TCP segments that are signed with another password have come since the session ended`,
    )
  }
  if (hasPassword && unsigned > 0) {
    return password(
      'PASSWORD_MISSING_THERE',
      `${silent}; ${unsigned} TCP segments that have no TCP MD5 signature have come since the session ended`,
    )
  }
  if (!hasPassword && unexpected > 0) {
    return password(
      'PASSWORD_MISSING_HERE',
      `${silent}; ${unexpected} TCP segments with a TCP MD5 signature have come since the session ended, and the intent has none`,
    )
  }
  const about = hasPassword ? 'whether both ends have the same password, ' : ''
  return {
    code: 'TCP_SILENT',
    what: silent,
    remedy: `check ${about}whether the far end has this router as a neighbor, and whether a filter on the way drops TCP port 179`,
  }
}

function password(code: CauseCode, what: string): SessionCause {
  const remedy = 'compare the password of this neighbor with the one that the far end has'
  return { code, what, remedy }
}

function refusedTcp({ address }: NeighborState): SessionCause {
  return {
    code: 'TCP_REFUSED',
    what: `${address} refuses TCP port 179`,
    remedy: 'ask the far end whether its BGP runs',
  }
}

/** FRR keeps no NOTIFICATION of a connection that the peer opened: the AS numbers may differ all the same. */
function closedByPeer({ address, localAs, peerAs }: NeighborState): SessionCause {
  return {
    code: 'CLOSED_BY_PEER',
    what: `${address} takes the TCP connection and closes it without a NOTIFICATION`,
    remedy: `ask the far end whether it has this router as a neighbor with AS ${localAs}, whether it is AS ${peerAs} itself, and whether it holds the session shut down`,
  }
}

/** `BFD down received`, and `BFD Down` of a Cease (RFC 9384). */
function isBfd(reason: string): boolean {
  return reason.startsWith('BFD down')
}

const BFD_REMEDY =
  'check the path with "demarc show ports", and ask the far end whether its BFD sees this router'

/** FRR 8.4 and 10.3 count a NOTIFICATION that is received twice. */
const COUNTED = 2

function bfdDown({ address }: NeighborState, trace: SessionTrace): SessionCause {
  const { opensSent, notifications, notificationsReceived } = trace
  const isRefused = opensSent > 1 && notificationsReceived > COUNTED
  if (isRefused || (opensSent > 1 && notifications > notificationsReceived)) {
    const [who, whose] = isRefused ? [address, 'this router'] : ['FRR', address]
    return {
      code: isRefused ? 'OPEN_REFUSED' : 'OPEN_INVALID',
      what: `${who} answers each OPEN of ${whose} with a NOTIFICATION, which FRR does not keep because BFD goes down after it`,
      remedy: 'compare the AS numbers, the hold time and the address families of both ends',
    }
  }
  if (trace.notificationsReceived > 0) {
    return {
      code: 'PEER_ENDED',
      what: `${address} sent a NOTIFICATION and then ended BFD; FRR does not keep what the NOTIFICATION said`,
      remedy: 'ask the far end why it ended the session',
    }
  }
  return {
    code: 'BFD_DOWN',
    what: `BFD to ${address} went down`,
    remedy: BFD_REMEDY,
  }
}

/** bgpd with BFD strict mode neither dials nor takes a connection until BFD is up, and FRR shows no reason for it. */
function bfdWait({ address, waitsForBfd, bfd }: NeighborState): SessionCause | null {
  if (!waitsForBfd || bfd === null || bfd.sessionState === 'up') return null
  return {
    code: 'BFD_DOWN',
    what: `BGP waits for BFD to ${address}, which is not up (bfd.strict)`,
    remedy: BFD_REMEDY,
  }
}

function unknownCause({ lastError }: NeighborState): SessionCause {
  return {
    code: 'UNKNOWN',
    what: lastError === null ? 'no attempt has ended yet' : `FRR says "${peerText(lastError)}"`,
    remedy: 'check the far end, the AS numbers, the password and the path',
  }
}
