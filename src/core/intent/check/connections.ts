import { type Fault, fault } from '../../base/fault.js'
import type { IntentConnection, IntentPort } from '../../wire/intent.js'
import { INTENT_LIMITS } from '../../wire/limits.js'
import { BOND_DEFAULTS } from '../../model/intent-defaults.js'
import type { IntentIndex } from '../survey/intent-index.js'

/** The options of a bundle fit together, VRFs have different tables. */
export function checkConnections(survey: IntentIndex): Fault[] {
  return [
    ...checkTables(survey.intent.vrfs ?? []),
    ...checkCircuits(survey),
    ...survey.trunks.flatMap(({ at, connection }) => [
      ...connection.ports.flatMap((port, i) => checkModes(`${at}.ports[${i}]`, port)),
      ...checkBundle(at, connection),
    ]),
  ]
}

/** The fastest Ethernet with half duplex, in Mb/s (IEEE 802.3 clause 41). */
const HALF_DUPLEX_MAX = 1000

/** With auto-negotiation the two ends agree on speed and duplex; by hand they are set without it. */
function checkModes(at: string, { autoNegotiate, speed, duplex }: IntentPort): Fault[] {
  const byHand = (['speed', 'duplex'] as const).filter(
    (key) => ({ speed, duplex })[key] !== undefined && autoNegotiate !== false,
  )
  const tooFast = duplex === 'HALF' && speed !== undefined && speed > HALF_DUPLEX_MAX
  return [
    ...byHand.map((key) =>
      fault('INTENT_CONFLICT', `${at}.${key}`, 'is set by hand: it needs "autoNegotiate": false'),
    ),
    ...(tooFast
      ? [fault('INTENT_CONFLICT', `${at}.duplex`, `there is no half duplex at ${speed} Mb/s`)]
      : []),
  ]
}

function checkBundle(at: string, connection: IntentConnection): Fault[] {
  const { aggregation, ports } = connection
  const conflict = (key: string, message: string) =>
    fault('INTENT_CONFLICT', `${at}.${key}`, message)
  if (aggregation === undefined) {
    return [
      ...(ports.length > 1 ? [conflict('ports', 'more than one port needs "aggregation"')] : []),
      ...(connection.interface === undefined
        ? []
        : [conflict('interface', 'names a bond, and without "aggregation" there is none')]),
    ]
  }
  const { minLinks = 0, miimon = BOND_DEFAULTS.miimon } = aggregation
  const delays = (['upDelay', 'downDelay'] as const).filter(
    (key) => (aggregation[key] ?? 0) % miimon !== 0,
  )
  return [
    ...(minLinks > ports.length
      ? [conflict('aggregation.minLinks', `is ${minLinks}, and there are ${ports.length} ports`)]
      : []),
    ...delays.map((key) =>
      conflict(`aggregation.${key}`, `must be a multiple of miimon, which is ${miimon} ms`),
    ),
    ...(['systemIdMac', 'macAddress'] as const).flatMap((key) => {
      const address = aggregation[key]
      if (address === undefined || isUnicast(address)) return []
      return [fault('INTENT_VALUE', `${at}.aggregation.${key}`, 'must be a unicast address')]
    }),
  ]
}

/** Not a group address (IEEE 802, lowest bit of the first octet), not all zeroes. */
function isUnicast(mac: string): boolean {
  return parseInt(mac.slice(0, 2), 16) % 2 === 0 && mac !== '00:00:00:00:00:00'
}

/** The health of the router carries all circuits, and a hub keeps a limited document. */
function checkCircuits({ intent: { connections, attachments } }: IntentIndex): Fault[] {
  const circuits = [...connections, ...attachments].flatMap(({ circuit }) => circuit ?? [])
  const length = circuits.reduce((sum, circuit) => sum + JSON.stringify(circuit).length, 0)
  if (length <= INTENT_LIMITS.circuits) return []
  const text = `the circuits of all connections and attachments have ${length} characters of JSON; at most ${INTENT_LIMITS.circuits} are taken: leave out notes`
  return [fault('INTENT_VALUE', 'attachments', text)]
}

function checkTables(vrfs: readonly { readonly name: string; readonly table: number }[]): Fault[] {
  const first = new Map<number, string>()
  return vrfs.flatMap(({ name, table }, i) => {
    const at = `vrfs[${i}].table`
    if (table >= 253 && table <= 255) {
      return [fault('INTENT_VALUE', at, `must not be 253-255, the kernel's own; is ${table}`)]
    }
    const before = first.get(table)
    if (before !== undefined) {
      return [fault('INTENT_CONFLICT', at, `table ${table} already belongs to VRF "${before}"`)]
    }
    first.set(table, name)
    return []
  })
}
