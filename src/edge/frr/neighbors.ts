import { fault, FaultError } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import type {
  BfdState,
  FamilyState,
  Handshakes,
  Negotiated,
  Notification,
  PrefixHold,
  ReceivedMessages,
  SessionReset,
  ShownNeighbor,
} from '../../core/model/state.js'
import { millis, type Millis } from '../../core/base/time.js'
import {
  looseAs,
  looseCount,
  looseMembers,
  looseNumber,
  looseObject,
  looseText,
  type Loose,
} from './loose.js'

/** A neighbour by its place; `vrf` null: the default VRF. */
export interface NeighborId {
  readonly vrf: string | null
  readonly address: string
}

/** Characters of an answer that is not JSON, in a fault. */
const ANSWER_SHOWN = 80
/** Characters of the last error. */
const REASON_MAX = 200

/** The same with its times. */
export interface FrrNeighbor extends ShownNeighbor {
  /** Time since the peer's last message, rounded down to seconds; null while there is no session. */
  readonly sinceLastMessage: Millis | null
  /** Time since the session came up, rounded down to seconds; null while there is none. */
  readonly upFor: Millis | null
  /** Negotiated hold time; 0: the peers send no keepalives. null: unknown. */
  readonly holdTime: Millis | null
}

/**
 * Reads `show bgp vrf all neighbors json`: the neighbours of every VRF, also those that demarc did not
 * make. Throws FRR_UNAVAILABLE where it is not JSON.
 */
export function readNeighbors(json: string): FrrNeighbor[] {
  const vrfs = parseJson(json)
  if (vrfs === undefined) {
    const detail = `the answer to "show bgp neighbors" is not JSON: ${json.slice(0, ANSWER_SHOWN)}`
    throw new FaultError(fault('FRR_UNAVAILABLE', 'bgpd', detail))
  }
  return looseMembers(vrfs).flatMap(([name, neighbors]) => {
    const vrf = name === 'default' ? null : name
    return looseMembers(neighbors)
      .filter(([, found]) => looseMembers(found).length > 0)
      .map(([address, found]) => neighbor({ address, vrf }, looseObject(found)))
  })
}

/** Reads the answer about one neighbour; null: bgpd has none there. */
export function readNeighbor(json: string, id: NeighborId): FrrNeighbor | null {
  const found = looseObject(looseObject(parseJson(json))[id.address])
  return looseMembers(found).length === 0 ? null : neighbor(id, found)
}

function neighbor(id: Pick<FrrNeighbor, 'address' | 'vrf'>, found: Loose): FrrNeighbor {
  const sessionState = STATES.find((state) => state === found['bgpState']) ?? 'Idle'
  const established = sessionState === 'Established'
  const since = looseNumber(found['bgpTimerUpEstablishedEpoch'])
  const holdTime = looseMillis(found['bgpTimerHoldTimeMsecs'])
  return {
    ...id,
    peerAs: looseAs(found['remoteAs']),
    sessionState,
    adminDown: found['adminShutDown'] === true,
    overLimit: overLimit(found),
    peerGroup: looseText(found['peerGroup']) ?? null,
    listenRange: looseText(found['peerSubnetRangeGroup']) ?? null,
    sinceLastMessage: established ? looseMillis(found['bgpTimerLastRead']) : null,
    upFor: established ? looseMillis(found['bgpTimerUpMsec']) : null,
    holdTime,
    negotiated: established ? negotiated(found, holdTime) : null,
    lastEstablished: established ? since : null,
    establishedTransitions: looseCount(found['connectionsEstablished']),
    lastError: lastError(found),
    reset: sessionReset(found),
    handshakes: handshakes(found),
    bfd: bfd(looseObject(found['peerBfdInfo'])),
    families: families(looseObject(found['addressFamilyInfo'])),
    messages: messages(found),
  }
}

function looseMillis(value: unknown): Millis | null {
  const number = looseNumber(value)
  return number === null ? null : millis(number)
}

/**
 * `prefixesConfigExceedMax` is PEER_STATUS_PREFIX_OVERFLOW of bgpd, which the summary shows as
 * `Idle (PfxCt)`. FRR 8.4 and 10.3 keep it when the limit is raised (bgp_vty.c bgp_show_peer).
 */
function overLimit(found: Loose): PrefixHold | null {
  if (found['prefixesConfigExceedMax'] !== true) return null
  const restartIn = looseCount(found['restartInTimerMsec'])
  return { restartIn: restartIn === null ? null : Math.ceil(restartIn / 1000) }
}

const STATES = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const

/** FRR's text where there was no reset, and the text that 8.4 has for resets of any reason. */
const WITHOUT_REASON: readonly unknown[] = ['never', 'No AFI/SAFI activated for peer']

/** The last notification, else FRR's reason for the last reset; null while the first session lasts. */
function lastError(found: Loose): string | null {
  const first = found['bgpState'] === 'Established' && found['connectionsDropped'] === 0
  const reset = looseText(found['lastResetDueTo'])
  const reason =
    looseText(found['lastNotificationReason']) ??
    (WITHOUT_REASON.includes(reset) ? undefined : reset)
  return first || reason === undefined ? null : reason.slice(0, REASON_MAX)
}

/** `lastResetDueTo` of a NOTIFICATION (bgpd, peer_down_str). */
const DIRECTIONS: ReadonlyMap<string, Notification['direction']> = new Map([
  ['BGP Notification received', 'received'],
  ['BGP Notification send', 'sent'],
])

function sessionReset(found: Loose): SessionReset | null {
  const reason = lastError(found)
  if (reason === null) return null
  const message = looseText(found['lastShutdownDescription'])?.slice(0, REASON_MAX) ?? null
  return { notification: notification(found), reason, message }
}

/** `lastErrorCodeSubcode` has two octets in hexadecimal. */
function notification(found: Loose): Notification | null {
  const direction = DIRECTIONS.get(looseText(found['lastResetDueTo']) ?? '')
  const [, code, subcode] =
    /^([0-9a-f]{2})([0-9a-f]{2})$/i.exec(looseText(found['lastErrorCodeSubcode']) ?? '') ?? []
  return direction === undefined || code === undefined || subcode === undefined
    ? null
    : { direction, code: Number.parseInt(code, 16), subcode: Number.parseInt(subcode, 16) }
}

function handshakes(found: Loose): Handshakes {
  const stats = looseObject(found['messageStats'])
  return {
    opensSent: looseCount(stats['opensSent']),
    notificationsReceived: looseCount(stats['notificationsRecv']),
    notificationsSent: looseCount(stats['notificationsSent']),
  }
}

/** `neighborCapabilities` that matter to a router at the end of an interconnect, in words. */
const CAPABILITIES = {
  '4byteAs': '4-octet AS numbers',
  routeRefresh: 'route refresh',
  gracefulRestart: 'graceful restart',
} as const

/** FRR says `advertised` of what only this router offered. */
function negotiated(found: Loose, holdTime: Millis | null): Negotiated | null {
  const capabilities = looseObject(found['neighborCapabilities'])
  if (looseMembers(capabilities).length === 0) return null
  const offers = looseObject(capabilities['multiprotocolExtensions'])
  const isLacking = (key: keyof typeof FAMILY_NAMES) => {
    const { advertised, received, advertisedAndReceived } = looseObject(offers[key])
    return advertised === true && received !== true && advertisedAndReceived !== true
  }
  return {
    holdTime,
    lackingFamilies: FAMILY_KEYS.filter(isLacking).map((key) => FAMILY_NAMES[key]),
    lackingCapabilities: Object.entries(CAPABILITIES)
      .filter(([key]) => capabilities[key] === 'advertised')
      .map(([, words]) => words),
  }
}

const BFD_STATES: Readonly<Record<string, BfdState['sessionState']>> = {
  Up: 'up',
  Down: 'down',
  'Admin Down': 'admin-down',
}

function bfd(found: Loose): BfdState | null {
  const status = looseText(found['status'])
  return status === undefined ? null : { sessionState: BFD_STATES[status] ?? 'unknown' }
}

/** FRR 8.4 has no `prefixStats`. */
function messages(found: Loose): ReceivedMessages {
  const stats = looseObject(found['prefixStats'])
  return {
    updates: looseCount(looseObject(found['messageStats'])['updatesRecv']),
    refused: looseCount(stats['inboundFiltered']),
    loops: looseCount(stats['aspathLoop']),
  }
}

const FAMILY_NAMES = { ipv4Unicast: 'ipv4-unicast', ipv6Unicast: 'ipv6-unicast' } as const
const FAMILY_KEYS = ['ipv4Unicast', 'ipv6Unicast'] as const

function families(found: Loose): FamilyState[] {
  return FAMILY_KEYS.flatMap((key) => {
    if (found[key] === undefined) return []
    const family = looseObject(found[key])
    const outLimit = looseCount(family['prefixOutAllowedMax'])
    return [
      {
        family: FAMILY_NAMES[key],
        received: looseCount(family['acceptedPrefixCounter']),
        sent: looseCount(family['sentPrefixCounter']),
        limit: looseCount(family['prefixAllowedMax']),
        ...(outLimit === null ? {} : { outLimit }),
      },
    ]
  })
}
