import { parseIp } from '../../base/ip.js'
import type { IntentFamily, IntentNeighbor } from '../../wire/intent.js'

/** An address family a neighbour speaks. */
export interface SpokenFamily {
  readonly family: 4 | 6
  readonly key: 'ipv4Unicast' | 'ipv6Unicast'
  readonly policy: IntentFamily
}

const KEYS = [
  { family: 4, key: 'ipv4Unicast' },
  { family: 6, key: 'ipv6Unicast' },
] as const

/** Those the intent names, or that of the neighbour's address, which then carries nothing. */
export function familiesOf(neighbor: IntentNeighbor): readonly SpokenFamily[] {
  const named = KEYS.flatMap((one) => {
    const policy = neighbor[one.key]
    return policy === undefined ? [] : [{ ...one, policy }]
  })
  if (named.length > 0) return named
  const own = parseIp(neighbor.neighborAddress)?.family
  return KEYS.filter(({ family }) => family === own).map((one) => ({ ...one, policy: {} }))
}
