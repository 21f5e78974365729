import { toMillis, type Millis } from '../../base/time.js'
import type { NeighborState, Notification, SessionReset } from '../../model/state.js'
import { peerText, type CauseCode, type SessionCause } from './terms.js'

/** What one NOTIFICATION says about the fault. */
interface Meaning {
  readonly code: CauseCode
  readonly what: (
    neighbor: NeighborState,
    reset: SessionReset,
    /** Of the session that ended; null: unknown. */
    holdTime: Millis | null,
  ) => string
  readonly remedy: (neighbor: NeighborState) => string
}

/**
 * By direction, code and subcode; `*` stands for every other one. RFC 4271 section 4.5, RFC 4486 (Cease), RFC 8538
 * (hard reset), RFC 9003 (message of a shutdown), RFC 9384 (BFD).
 */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({
    'received 2.2': {
      code: 'LOCAL_AS_REFUSED',
      what: ({ address, localAs }) =>
        `${address} refuses AS ${localAs} of this router (NOTIFICATION received: Bad Peer AS)`,
      remedy: ({ localAs }) =>
        `compare AS ${localAs} with the AS that the provider's papers give this side; if it is right, ask the far end to mend its neighbor`,
    },
    'sent 2.2': {
      code: 'PEER_AS_DIFFERS',
      what: ({ address, peerAs }) =>
        `${address} opens the session with another AS than AS ${peerAs ?? 'unknown'} (NOTIFICATION sent: Bad Peer AS)`,
      remedy: () =>
        'compare "peerAs" with the AS in the provider\'s papers; if it is right, ask the far end to mend its AS',
    },
    'received 2.3': badIdentifier('received'),
    'sent 2.3': badIdentifier('sent'),
    'received 2.6': {
      code: 'HOLD_TIME_REFUSED',
      what: ({ address }) => `${address} does not accept the hold time of this router`,
      remedy: () => 'set the hold time that the far end asks for ("holdTime")',
    },
    'sent 2.6': {
      code: 'HOLD_TIME_INVALID',
      what: ({ address }) => `${address} offers a hold time that FRR does not accept`,
      remedy: () => 'ask the far end for a hold time of 3 seconds or more',
    },
    'received 2.7': capability(
      ({ address }) => `${address} misses an address family or a capability of this router`,
    ),
    'sent 2.7': capability(
      ({ address }) => `${address} offers none of the address families of this router`,
    ),
    'received 2.*': {
      code: 'OPEN_REFUSED',
      what: ({ address }, { reason }) =>
        `${address} refuses the OPEN of this router (NOTIFICATION received: ${peerText(reason)})`,
      remedy: () => 'compare the address families and settings of both ends',
    },
    'sent 2.*': {
      code: 'OPEN_INVALID',
      what: ({ address }, { reason }) =>
        `FRR refuses the OPEN of ${address} (NOTIFICATION sent: ${peerText(reason)})`,
      remedy: () => 'compare the address families and settings of both ends',
    },
    'received 4.*': {
      code: 'HOLD_TIMER_THERE',
      what: (neighbor, _reset, holdTime) =>
        `${neighbor.address} received nothing from this router for ${holdTimeText(neighbor, holdTime)} (NOTIFICATION received: Hold Timer Expired)`,
      remedy: () => 'check the path towards the far end, full-size packets included (MTU)',
    },
    'sent 4.*': {
      code: 'HOLD_TIMER_HERE',
      what: (neighbor, _reset, holdTime) =>
        `nothing was received from ${neighbor.address} for ${holdTimeText(neighbor, holdTime)} (NOTIFICATION sent: Hold Timer Expired)`,
      remedy: () => 'check the path from the far end, and ask whether its BGP runs',
    },
    'received 6.1': {
      code: 'PEER_PREFIX_LIMIT',
      what: ({ address }) =>
        `${address} ended the session because this router announced more prefixes than its limit`,
      remedy: () => 'announce fewer prefixes, or ask the far end for a higher limit',
    },
    'received 6.2': endedBy('PEER_SHUTDOWN', 'shut the session down'),
    'received 6.3': endedBy('PEER_DECONFIGURED', 'removed this router from its neighbors'),
    'received 6.4': endedBy('PEER_RESET', 'reset the session'),
    'received 6.5': endedBy('PEER_REJECTED', 'rejected the connection'),
    'received 6.6': endedBy('PEER_CHANGED', 'changed its settings of the session'),
    'received 6.7': {
      code: 'COLLISION',
      what: ({ address }) => `${address} had two connections at once and keeps the other one`,
      remedy: () => 'wait for the next attempt',
    },
    'received 6.8': endedBy('PEER_RESOURCES', 'ended the session because it lacks resources'),
    'received 6.9': endedBy('PEER_RESET', 'reset the session'),
    'received 6.10': {
      code: 'BFD_DOWN_THERE',
      what: ({ address }) =>
        `BFD of ${address} no longer sees this router (NOTIFICATION received: BFD Down)`,
      remedy: () => 'check the path towards the far end, and that both ends run BFD',
    },
    'received 6.*': endedBy('PEER_ENDED', 'ended the session'),
    'received *': {
      code: 'MESSAGE_REFUSED',
      what: ({ address }, { reason }) =>
        `${address} did not understand a message of this router (NOTIFICATION received: ${peerText(reason)})`,
      remedy: () => 'ask the far end for its log, and compare the versions of both ends',
    },
    'sent 1.*': malformed(),
    'sent 3.*': malformed(),
  } satisfies Record<string, Meaning>),
)

/** The smaller offer of both ends counts (RFC 4271 section 4.2). */
function holdTimeText({ wantHoldTime }: NeighborState, holdTime: Millis | null): string {
  if (holdTime === null) return 'the hold time'
  const intent = holdTime === toMillis(wantHoldTime) ? '' : `, and ${wantHoldTime} s in the intent`
  return `the hold time (${holdTime / 1000} s${intent})`
}

/** Unsupported Capability (RFC 5492). */
function capability(what: (neighbor: NeighborState) => string): Meaning {
  return {
    code: 'CAPABILITIES_DIFFER',
    what: (neighbor, { reason }) => `${what(neighbor)} (NOTIFICATION: ${peerText(reason)})`,
    remedy: () => 'compare the address families that both ends activate for this session',
  }
}

function badIdentifier(direction: Notification['direction']): Meaning {
  return {
    code: 'BGP_IDENTIFIER',
    what: ({ address }) =>
      `${address} and this router have the same BGP identifier, or one of them has none (NOTIFICATION ${direction}: Bad BGP Identifier)`,
    remedy: () => 'give this router a "routerId" that no other router has',
  }
}

function endedBy(code: CauseCode, what: string): Meaning {
  return {
    code,
    what: ({ address }, { reason, message }) => {
      const text = message === null ? '' : ` and writes "${peerText(message)}"`
      return `${address} ${what}${text} (NOTIFICATION received: ${peerText(reason)})`
    },
    remedy: () => 'ask the far end when it starts the session again; nothing has to change here',
  }
}

function malformed(): Meaning {
  return {
    code: 'MESSAGE_INVALID',
    what: ({ address }, { reason }) =>
      `${address} sent a message that FRR does not understand (NOTIFICATION sent: ${peerText(reason)})`,
    remedy: () => 'report to the far end what FRR says, and ask for its version',
  }
}

/** null: no NOTIFICATION was exchanged, or it says nothing about a fault of the session. */
export function notificationCause(
  neighbor: NeighborState,
  reset: SessionReset,
  holdTime: Millis | null,
): SessionCause | null {
  const { notification } = reset
  if (notification === null) return null
  const { direction, code, subcode } = notification
  const meaning = [`${code}.${subcode}`, `${code}.*`, '*']
    .map((key) => MEANINGS.get(`${direction} ${key}`))
    .find((found) => found !== undefined)
  return meaning === undefined
    ? null
    : {
        code: meaning.code,
        what: meaning.what(neighbor, reset, holdTime),
        remedy: meaning.remedy(neighbor),
      }
}
