import { type Fault, fault } from '../../base/fault.js'
import { familiesOf } from '../survey/families.js'
import { localAsIn } from '../survey/vrf-parts.js'
import { type IntentIndex, type Peering, peerings } from '../survey/intent-index.js'

/** The options of a session fit the kind of session that it is: to another AS, or inside the router's own. */
export function checkSessions({ intent, sites }: IntentIndex): Fault[] {
  return peerings(sites).flatMap((peering) => {
    const ownAs = localAsIn(intent, peering.site.vrf)
    return [
      ...checkLocalAs(peering, ownAs),
      ...checkTtlSecurity(peering, ownAs),
      ...checkAsOverride(peering, ownAs),
    ]
  })
}

function checkLocalAs({ at, neighbor }: Peering, ownAs: number | undefined): Fault[] {
  const { localAs, peerAs } = neighbor
  if (localAs === undefined) return []
  const place = `${at}.localAs`
  return [
    ...(localAs === ownAs
      ? [conflict(place, `is the router's own AS, ${ownAs}, there: leave it out`)]
      : []),
    ...(localAs === peerAs
      ? [conflict(place, `is the neighbour's AS, ${peerAs}: FRR accepts another AS only`)]
      : []),
    ...(peerAs === ownAs
      ? [conflict(place, `an iBGP session (peerAs ${peerAs} is the router's own AS) has none`)]
      : []),
  ]
}

function checkTtlSecurity({ at, neighbor }: Peering, ownAs: number | undefined): Fault[] {
  const { ttlSecurity, multihop = 1, peerAs } = neighbor
  if (ttlSecurity === undefined) return []
  const place = `${at}.ttlSecurity`
  return [
    ...(multihop > 1
      ? [conflict(place, `excludes multihop, which is ${multihop}: FRR refuses both together`)]
      : []),
    ...(peerAs === ownAs
      ? [conflict(place, 'is for neighbours of another AS: an iBGP session has no hop limit')]
      : []),
  ]
}

function checkAsOverride({ at, neighbor }: Peering, ownAs: number | undefined): Fault[] {
  if (neighbor.peerAs !== ownAs) return []
  return familiesOf(neighbor)
    .filter(({ policy }) => policy.asOverride === true)
    .map(({ key }) =>
      conflict(`${at}.${key}.asOverride`, 'an iBGP session has none: FRR refuses it'),
    )
}

function conflict(at: string, message: string): Fault {
  return fault('INTENT_CONFLICT', at, message)
}
