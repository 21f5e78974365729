import { parseIp } from '../../base/ip.js'
import type { IntentFamily, IntentNeighbor } from '../../wire/intent.js'

/** An address family that a neighbour exchanges routes of. */
export interface SpokenFamily {
  readonly family: 4 | 6
  readonly key: 'ipv4Unicast' | 'ipv6Unicast'
  readonly policy: IntentFamily
}

const KEYS = [
  { family: 4, key: 'ipv4Unicast' },
  { family: 6, key: 'ipv6Unicast' },
] as const

/** The families of the intent; without any, that of the neighbour's address, which carries no route. */
export function familiesOf(neighbor: IntentNeighbor): readonly SpokenFamily[] {
  const named = KEYS.flatMap(({ family, key }) => {
    const policy = neighbor[key]
    return policy === undefined ? [] : [{ family, key, policy }]
  })
  if (named.length > 0) return named
  const own = parseIp(neighbor.neighborAddress)?.family
  return KEYS.filter(({ family }) => family === own).map((names) => ({ ...names, policy: {} }))
}
