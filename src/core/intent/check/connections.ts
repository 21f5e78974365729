import { type Fault, fault } from '../../base/fault.js'
import type { IntentConnection } from '../../wire/intent.js'
import { BOND_DEFAULTS } from '../../model/intent-defaults.js'
import type { IntentIndex } from '../survey/intent-index.js'

/** The options of a bundle fit together, VRFs have different tables. */
export function checkConnections({ intent, trunks }: IntentIndex): Fault[] {
  return [
    ...checkTables(intent.vrfs ?? []),
    ...trunks.flatMap(({ at, connection }) => checkBundle(at, connection)),
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
  const { minLinks = 0, miimon = BOND_DEFAULTS.miimon, systemIdMac } = aggregation
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
    ...(systemIdMac !== undefined && !isUnicast(systemIdMac)
      ? [fault('INTENT_VALUE', `${at}.aggregation.systemIdMac`, 'must be a unicast address')]
      : []),
  ]
}

/** Not a group address (IEEE 802, lowest bit of the first octet), not all zeroes. */
function isUnicast(mac: string): boolean {
  return parseInt(mac.slice(0, 2), 16) % 2 === 0 && mac !== '00:00:00:00:00:00'
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
