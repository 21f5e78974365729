import { parseJson } from '../../core/base/json.js'
import { attachmentOf } from '../../core/frr/names.js'
import type { BfdState, FamilyState, NeighborState } from '../../core/model/state.js'
import { looseMembers, looseNumber, looseObject, looseText, type Loose } from './loose.js'

/** A neighbour as bgpd and bfdd report it; the attachment is read from its description. */
export type FrrNeighbor = Omit<NeighborState, 'drained'> & {
  /** ms since the newest message of the peer, rounded down to seconds; null before the first. */
  readonly sinceHeard: number | null
}

/** Reads `show bgp vrf all neighbors json`: demarc's own neighbours of every VRF. */
export function readNeighbors(json: string): FrrNeighbor[] {
  const vrfs = looseMembers(parseJson(json))
  return vrfs.flatMap(([vrf, neighbors]) =>
    looseMembers(neighbors).flatMap(([address, one]) => {
      const attachment = attachmentOf(looseText(looseObject(one)['nbrDesc']) ?? '')
      if (attachment === undefined) return []
      return [
        neighbor({ attachment, address, vrf: vrf === 'default' ? null : vrf }, looseObject(one)),
      ]
    }),
  )
}

function neighbor(
  who: Pick<FrrNeighbor, 'attachment' | 'address' | 'vrf'>,
  found: Loose,
): FrrNeighbor {
  const sessionState = STATES.find((state) => state === found['bgpState']) ?? 'Idle'
  const established = sessionState === 'Established'
  const since = looseNumber(found['bgpTimerUpEstablishedEpoch'])
  return {
    ...who,
    peerAs: looseNumber(found['remoteAs']) ?? 0,
    sessionState,
    adminDown: found['adminShutDown'] === true,
    sinceHeard: established ? looseNumber(found['bgpTimerLastRead']) : null,
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
