import { millis } from '../../../src/core/base/time.js'
import type { NeighborState, SessionReset } from '../../../src/core/model/state.js'
import { sessionCause } from '../../../src/core/health/session/cause.js'
import { followSession, type SessionTrace } from '../../../src/core/health/session/trace.js'
import { healthyNeighbor } from '../../support/agent/router-state.js'

/** Looks at a neighbour one after the other, and the cause that follows from them. */

export const NO_MD5 = { unsigned: 0, unexpected: 0, wrong: 0 }
export const QUIET = { isUnresolved: false, isConnecting: false, md5: NO_MD5 }

export function notified(
  direction: 'received' | 'sent',
  code: number,
  subcode: number,
  over: Partial<SessionReset> = {},
): Partial<NeighborState> {
  const reset = { notification: { direction, code, subcode }, reason: 'as FRR says', message: null }
  return { sessionState: 'Idle', lastError: reset.reason, reset: { ...reset, ...over } }
}

function ended(reason: string, over: Partial<NeighborState> = {}): Partial<NeighborState> {
  const reset = { notification: null, reason, message: null }
  return { sessionState: 'Active', lastError: reason, reset, ...over }
}

/** A session that is up with a hold time of 9 s, which the far end has offered. */
const AGREED_LESS: Partial<NeighborState> = {
  negotiated: { holdTime: millis(9000), lackingFamilies: [], lackingCapabilities: [] },
}

/** The cause after these looks, one every 5 s, the first of which sees the session up. */
export function causeAfter(...looks: readonly Partial<NeighborState>[]) {
  let trace: SessionTrace | null = followSession(null, healthyNeighbor(), millis(0))
  let seen = healthyNeighbor()
  for (const [index, look] of looks.entries()) {
    seen = healthyNeighbor({ path: QUIET, ...look })
    trace = followSession(trace, seen, millis(5000 * (index + 1)))
  }
  return sessionCause(seen, trace, millis(5000 * looks.length))
}

export const connecting = { ...QUIET, isConnecting: true }
const twice = (look: Partial<NeighborState>) => [look, look]

/** So many OPENs and NOTIFICATIONs, in a state that is no attempt to connect. */
function attempts(opensSent: number, received: number, sent = 0): Partial<NeighborState> {
  const handshakes = { opensSent, notificationsReceived: received, notificationsSent: sent }
  return { sessionState: 'Idle', handshakes }
}

const WAITING = { waitsForBfd: true, bfd: { sessionState: 'down' } } as const
export const SHUTDOWN = notified('received', 6, 2, { message: 'Maintenance until 5' })

export const CASES: readonly (readonly [
  string,
  readonly Partial<NeighborState>[],
  string,
  RegExp,
])[] = [
  [
    'no ARP after a session',
    [ended('x', { path: { ...QUIET, isUnresolved: true } })],
    'LINK_LAYER_ADDRESS_LOST',
    /10\.0\.0\.1 does not answer ARP requests on attachment net-a/,
  ],
  [
    'no ARP and never a session',
    [ended('x', { establishedTransitions: 0, path: { ...QUIET, isUnresolved: true } })],
    'NO_LINK_LAYER_ADDRESS',
    /ARP/,
  ],
  [
    'no neighbor discovery',
    [ended('x', { address: '2001:db8::1', path: { ...QUIET, isUnresolved: true } })],
    'LINK_LAYER_ADDRESS_LOST',
    /neighbor solicitations/,
  ],
  [
    'no answer to a SYN',
    twice(ended('x', { path: connecting })),
    'TCP_SILENT',
    /not on TCP port 179/,
  ],
  ['a SYN under way at one look', [ended('x', { path: connecting })], 'UNKNOWN', /FRR says "x"/],
  [
    'another password',
    twice(ended('x', { hasPassword: true, path: { ...connecting, md5: { ...NO_MD5, wrong: 3 } } })),
    'PASSWORD_DIFFERS',
    /another password/,
  ],
  [
    'no password there',
    twice(
      ended('x', { hasPassword: true, path: { ...connecting, md5: { ...NO_MD5, unsigned: 3 } } }),
    ),
    'PASSWORD_MISSING_THERE',
    /no TCP MD5 signature/,
  ],
  [
    'a password there only',
    twice(ended('x', { path: { ...connecting, md5: { ...NO_MD5, unexpected: 3 } } })),
    'PASSWORD_MISSING_HERE',
    /the intent has none/,
  ],
  ['a refused connection', twice(ended('x')), 'TCP_REFUSED', /refuses TCP port 179/],
  [
    'waiting for the next attempt',
    [
      ended('x'),
      ended('x', { handshakes: { opensSent: 2, notificationsReceived: 0, notificationsSent: 0 } }),
      ended('x', { handshakes: { opensSent: 2, notificationsReceived: 0, notificationsSent: 0 } }),
    ],
    'CLOSED_BY_PEER',
    /closes it without a NOTIFICATION/,
  ],
  [
    'our AS refused',
    [notified('received', 2, 2)],
    'LOCAL_AS_REFUSED',
    /refuses AS 65010 of this router/,
  ],
  ['another AS there', [notified('sent', 2, 2)], 'PEER_AS_DIFFERS', /another AS than AS 50624/],
  ['same identifier', [notified('sent', 2, 3)], 'BGP_IDENTIFIER', /same BGP identifier/],
  [
    'our hold time refused',
    [notified('received', 2, 6)],
    'HOLD_TIME_REFUSED',
    /hold time of this router/,
  ],
  ['their hold time refused', [notified('sent', 2, 6)], 'HOLD_TIME_INVALID', /does not accept/],
  ['a capability refused', [notified('received', 2, 7)], 'CAPABILITIES_DIFFER', /as FRR says/],
  ['another OPEN refused', [notified('received', 2, 4)], 'OPEN_REFUSED', /as FRR says/],
  ['their OPEN refused', [notified('sent', 2, 11)], 'OPEN_INVALID', /as FRR says/],
  ['a collision', [notified('received', 6, 7)], 'COLLISION', /two connections/],
  [
    'our hold timer',
    [notified('sent', 4, 0)],
    'HOLD_TIMER_HERE',
    /nothing was received from 10\.0\.0\.1 for the hold time \(30 s\) \(/,
  ],
  [
    'our hold timer, shorter than that of the intent',
    [AGREED_LESS, { ...notified('sent', 4, 0), negotiated: null }],
    'HOLD_TIMER_HERE',
    /for the hold time \(9 s, and 30 s in the intent\) \(/,
  ],
  [
    'their hold timer',
    [notified('received', 4, 0)],
    'HOLD_TIMER_THERE',
    /received nothing from this router/,
  ],
  ['BFD', [ended('BFD down received')], 'BFD_DOWN', /BFD to 10\.0\.0\.1 went down/],
  [
    'BFD that BGP waits for',
    [
      ended('User reset', {
        ...WAITING,
        handshakes: { opensSent: 1, notificationsReceived: 0, notificationsSent: 0 },
      }),
    ],
    'BFD_DOWN',
    /BGP waits for BFD to 10\.0\.0\.1, which is not up \(bfd\.strict\)/,
  ],
  [
    'a peer that ended the session, whose BFD is down with it',
    [{ ...WAITING, ...SHUTDOWN }],
    'PEER_SHUTDOWN',
    /Maintenance until 5/,
  ],
  [
    'BFD of the peer',
    [notified('received', 6, 10)],
    'BFD_DOWN_THERE',
    /no longer sees this router/,
  ],
  [
    'a shutdown that BFD hides a second later',
    [SHUTDOWN, ended('BFD down received', WAITING)],
    'PEER_SHUTDOWN',
    /Maintenance until 5/,
  ],
  [
    'an AS refused at each attempt, which BFD hides between them',
    [notified('received', 2, 2), ended('BFD down received', attempts(2, 4))],
    'LOCAL_AS_REFUSED',
    /refuses AS 65010/,
  ],
  [
    'refused at each attempt, and never seen',
    [ended('BFD down received', attempts(3, 6))],
    'OPEN_REFUSED',
    /answers each OPEN of this router with a NOTIFICATION/,
  ],
  [
    'refusing at each attempt, and never seen',
    [ended('BFD down received', attempts(3, 0, 3))],
    'OPEN_INVALID',
    /FRR answers each OPEN of 10\.0\.0\.1 with a NOTIFICATION/,
  ],
  [
    'ended by a NOTIFICATION that was never seen, and refused since',
    twice(ended('BFD down received', { ...attempts(1, 2), sessionState: 'Active', path: QUIET })),
    'PEER_ENDED',
    /sent a NOTIFICATION and then ended BFD/,
  ],
  [
    'a refused AS, and then attempts that end without a word',
    [
      { ...notified('received', 2, 2), ...attempts(2, 2) },
      { ...notified('received', 2, 2), ...attempts(5, 2), path: QUIET },
    ],
    'CLOSED_BY_PEER',
    /closes it without a NOTIFICATION/,
  ],
  [
    'BFD after a NOTIFICATION',
    [
      ended('BFD down received', {
        handshakes: { opensSent: 1, notificationsReceived: 1, notificationsSent: 0 },
      }),
    ],
    'PEER_ENDED',
    /then ended BFD/,
  ],
  [
    'over the limit of the peer',
    [notified('received', 6, 1)],
    'PEER_PREFIX_LIMIT',
    /more prefixes than its limit/,
  ],
  ['shut down by the peer', [SHUTDOWN], 'PEER_SHUTDOWN', /writes "Maintenance until 5"/],
  ['shut down by the peer, port closed', twice(SHUTDOWN), 'PEER_SHUTDOWN', /Maintenance/],
  [
    'shut down by the peer, port silent',
    twice({ ...SHUTDOWN, path: connecting }),
    'PEER_SHUTDOWN',
    /Maintenance/,
  ],
  ['removed by the peer', [notified('received', 6, 3)], 'PEER_DECONFIGURED', /removed this router/],
  ['reset by the peer', [notified('received', 6, 4)], 'PEER_RESET', /reset the session/],
  [
    'rejected by the peer',
    [notified('received', 6, 5)],
    'PEER_REJECTED',
    /rejected the connection/,
  ],
  ['other settings there', [notified('received', 6, 6)], 'PEER_CHANGED', /changed its settings/],
  [
    'other settings there, another password among them',
    twice({
      ...notified('received', 6, 6),
      ...{ sessionState: 'Connect', hasPassword: true },
      path: { ...connecting, md5: { ...NO_MD5, wrong: 3 } },
    }),
    'PASSWORD_DIFFERS',
    /another password/,
  ],
  [
    'reset there, and no answer since',
    twice({ ...notified('received', 6, 4), sessionState: 'Connect', path: connecting }),
    'TCP_SILENT',
    /not on TCP port 179/,
  ],
  [
    'shut down there, and no answer since',
    twice({ ...SHUTDOWN, sessionState: 'Connect', path: connecting }),
    'PEER_SHUTDOWN',
    /Maintenance/,
  ],
  ['no resources there', [notified('received', 6, 8)], 'PEER_RESOURCES', /lacks resources/],
  ['a hard reset', [notified('received', 6, 9)], 'PEER_RESET', /reset the session/],
  ['a Cease of tomorrow', [notified('received', 6, 200)], 'PEER_ENDED', /ended the session/],
  ['a message they refuse', [notified('received', 3, 1)], 'MESSAGE_REFUSED', /did not understand/],
  [
    'an error code of tomorrow',
    [notified('received', 99, 0)],
    'MESSAGE_REFUSED',
    /did not understand/,
  ],
  ['a message FRR refuses', [notified('sent', 3, 1)], 'MESSAGE_INVALID', /does not understand/],
  [
    'an earlier NOTIFICATION, and now no answer',
    twice({ ...notified('sent', 2, 2), path: connecting }),
    'TCP_SILENT',
    /port 179/,
  ],
  ['our own Cease', [notified('sent', 6, 4)], 'UNKNOWN', /as FRR says/],
  ['nothing yet', [{ sessionState: 'Idle' }], 'UNKNOWN', /no attempt has ended yet/],
]
