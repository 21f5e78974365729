import { fault, FaultError } from '../../core/base/fault.js'
import type { BfdState, FamilyState, NeighborState } from '../../core/model/state.js'

/** A neighbour as bgpd and bfdd report it. */
export type FrrNeighbor = Omit<NeighborState, 'drained' | 'attachment'> & {
  /** ms since the newest message of the peer, rounded down to seconds; null while there is no session. */
  readonly sinceHeard: number | null
  /** ms since the session came up, rounded down to seconds; null while there is none. */
  readonly upFor: number | null
  /** ms, as negotiated; 0: the peers send no keepalives. null: not known. */
  readonly holdTime: number | null
}

/** JSON of FRR, of which nothing is certain. */
type Loose = Readonly<Record<string, unknown>>

/** Reads `show bgp vrf all neighbors json`: the neighbours of every VRF, whoever made them. */
export function readNeighbors(json: string): FrrNeighbor[] {
  const vrfs = members(parse(json))
  return vrfs.flatMap(([name, neighbors]) => {
    const vrf = name === 'default' ? null : name
    return members(neighbors)
      .filter(([, one]) => isObject(one))
      .map(([address, one]) => neighbor({ address, vrf }, object(one)))
  })
}

function neighbor(who: Pick<FrrNeighbor, 'address' | 'vrf'>, found: Loose): FrrNeighbor {
  const sessionState = STATES.find((state) => state === found['bgpState']) ?? 'Idle'
  const established = sessionState === 'Established'
  const since = number(found['bgpTimerUpEstablishedEpoch'])
  return {
    ...who,
    peerAs: number(found['remoteAs']) ?? 0,
    sessionState,
    adminDown: found['adminShutDown'] === true,
    sinceHeard: established ? number(found['bgpTimerLastRead']) : null,
    upFor: established ? number(found['bgpTimerUpMsec']) : null,
    holdTime: number(found['bgpTimerHoldTimeMsecs']),
    lastEstablished: established ? since : null,
    establishedTransitions: number(found['connectionsEstablished']) ?? 0,
    lastError: lastError(found),
    bfd: bfd(object(found['peerBfdInfo'])),
    families: families(object(found['addressFamilyInfo'])),
  }
}

const STATES = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const

/** FRR's words for no reset, and 8.4's for any reset, whatever the reason was. */
const SAYS_NOTHING: readonly unknown[] = ['never', 'No AFI/SAFI activated for peer']

/** A notification says more than FRR's reason for the reset. A first session has had no error. */
function lastError(found: Loose): string | null {
  const first = found['bgpState'] === 'Established' && found['connectionsDropped'] === 0
  const reset = text(found['lastResetDueTo'])
  const reason =
    text(found['lastNotificationReason']) ?? (SAYS_NOTHING.includes(reset) ? undefined : reset)
  return first || reason === undefined ? null : reason.slice(0, 200)
}

const BFD_STATES: Readonly<Record<string, BfdState['sessionState']>> = {
  Up: 'up',
  Down: 'down',
  'Admin Down': 'admin-down',
}

function bfd(found: Loose): BfdState | null {
  const status = text(found['status'])
  return status === undefined ? null : { sessionState: BFD_STATES[status] ?? 'unknown' }
}

const FAMILY_NAMES = { ipv4Unicast: 'ipv4-unicast', ipv6Unicast: 'ipv6-unicast' } as const

function families(found: Loose): FamilyState[] {
  return (['ipv4Unicast', 'ipv6Unicast'] as const).flatMap((key) => {
    if (found[key] === undefined) return []
    const one = object(found[key])
    return [
      {
        family: FAMILY_NAMES[key],
        received: number(one['acceptedPrefixCounter']) ?? 0,
        sent: number(one['sentPrefixCounter']) ?? 0,
        limit: number(one['prefixAllowedMax']),
      },
    ]
  })
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    const says = `its answer to "show bgp neighbors" is no JSON: ${json.slice(0, 80)}`
    throw new FaultError(fault('FRR_UNAVAILABLE', 'bgpd', says), error)
  }
}

function members(value: unknown): [string, unknown][] {
  return Object.entries(object(value))
}

/** Not a copy: a neighbour has a hundred members. */
function object(value: unknown): Loose {
  return isObject(value) ? value : NOTHING
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null
}

const NOTHING: Loose = {}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
