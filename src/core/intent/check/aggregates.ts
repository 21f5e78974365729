import { type Fault, fault } from '../../base/fault.js'
import { parseCidr, width } from '../../base/ip.js'
import { type IntentIndex, peerings } from '../survey/intent-index.js'
import { type VrfPart, vrfParts } from '../survey/vrf-parts.js'

/** Every aggregate can have parts, is listed once, and has a neighbour that it can be announced to. */
export function checkAggregates({ intent, sites }: IntentIndex): Fault[] {
  const spoken = new Set(peerings(sites).map(({ site }) => site.vrf))
  return vrfParts(intent).flatMap((part) => [
    ...checkEach(part),
    ...(part.aggregates.length === 0 || spoken.has(part.vrf) ? [] : [unheard(part)]),
  ])
}

function checkEach({ at, aggregates }: VrfPart): Fault[] {
  return aggregates.flatMap(({ prefix }, i) => {
    const place = `${at}.aggregates[${i}].prefix`
    const before = aggregates.findIndex((other) => other.prefix === prefix)
    const cidr = parseCidr(prefix)
    return [
      ...(cidr !== undefined && cidr.length === width(cidr.ip)
        ? [fault('INTENT_VALUE', place, `"${prefix}" is one address and has no parts`)]
        : []),
      ...(before === i
        ? []
        : [fault('INTENT_CONFLICT', place, `is the same as ${at}.aggregates[${before}]`)]),
    ]
  })
}

function unheard({ at, vrf }: VrfPart): Fault {
  const where = vrf === null ? 'the default VRF' : `VRF "${vrf}"`
  return fault(
    'INTENT_CONFLICT',
    `${at}.aggregates`,
    `${where} has no neighbour that an aggregate could be announced to`,
  )
}
