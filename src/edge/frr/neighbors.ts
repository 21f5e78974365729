import { fault, FaultError } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import type { BfdState, FamilyState, NeighborState } from '../../core/model/state.js'
import { looseMembers, looseNumber, looseObject, looseText, type Loose } from './loose.js'

/** A neighbour as bgpd and bfdd report it. */
export type FrrNeighbor = Omit<NeighborState, 'drained' | 'attachment'> & {
  /** ms since the newest message of the peer, rounded down to seconds; null while there is no session. */
  readonly sinceHeard: number | null
  /** ms since the session came up, rounded down to seconds; null while there is none. */
  readonly upFor: number | null
  /** ms, as negotiated; 0: the peers send no keepalives. null: not known. */
  readonly holdTime: number | null
}

/**
 * Reads `show bgp vrf all neighbors json`: the neighbours of every VRF, whoever made them. Throws a
 * FaultError where it is no JSON.
 */
export function readNeighbors(json: string): FrrNeighbor[] {
  const found = parseJson(json)
  if (found === undefined) {
    const text = `its answer to "show bgp neighbors" is no JSON: ${json.slice(0, 80)}`
    throw new FaultError(fault('FRR_UNAVAILABLE', 'bgpd', text))
  }
  return looseMembers(found).flatMap(([name, neighbors]) => {
    const vrf = name === 'default' ? null : name
    return looseMembers(neighbors)
      .filter(([, one]) => looseMembers(one).length > 0)
      .map(([address, one]) => neighbor({ address, vrf }, looseObject(one)))
  })
}

function neighbor(who: Pick<FrrNeighbor, 'address' | 'vrf'>, found: Loose): FrrNeighbor {
  const sessionState = STATES.find((state) => state === found['bgpState']) ?? 'Idle'
  const established = sessionState === 'Established'
  const since = looseNumber(found['bgpTimerUpEstablishedEpoch'])
  return {
    ...who,
    peerAs: looseNumber(found['remoteAs']) ?? 0,
    sessionState,
    adminDown: found['adminShutDown'] === true,
    sinceHeard: established ? looseNumber(found['bgpTimerLastRead']) : null,
    upFor: established ? looseNumber(found['bgpTimerUpMsec']) : null,
    holdTime: looseNumber(found['bgpTimerHoldTimeMsecs']),
    lastEstablished: established ? since : null,
    establishedTransitions: looseNumber(found['connectionsEstablished']) ?? 0,
    lastError: lastError(found),
    bfd: bfd(looseObject(found['peerBfdInfo'])),
    families: families(looseObject(found['addressFamilyInfo'])),
  }
}

const STATES = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const

/** FRR's words for no reset, and 8.4's for any reset, whatever the reason was. */
const SAYS_NOTHING: readonly unknown[] = ['never', 'No AFI/SAFI activated for peer']

/** A notification says more than FRR's reason for the reset. A first session has had no error. */
function lastError(found: Loose): string | null {
  const first = found['bgpState'] === 'Established' && found['connectionsDropped'] === 0
  const reset = looseText(found['lastResetDueTo'])
  const reason =
    looseText(found['lastNotificationReason']) ?? (SAYS_NOTHING.includes(reset) ? undefined : reset)
  return first || reason === undefined ? null : reason.slice(0, 200)
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

const FAMILY_NAMES = { ipv4Unicast: 'ipv4-unicast', ipv6Unicast: 'ipv6-unicast' } as const

function families(found: Loose): FamilyState[] {
  return (['ipv4Unicast', 'ipv6Unicast'] as const).flatMap((key) => {
    if (found[key] === undefined) return []
    const one = looseObject(found[key])
    return [
      {
        family: FAMILY_NAMES[key],
        received: looseNumber(one['acceptedPrefixCounter']) ?? 0,
        sent: looseNumber(one['sentPrefixCounter']) ?? 0,
        limit: looseNumber(one['prefixAllowedMax']),
      },
    ]
  })
}
