import type { HealthReading } from '../../core/wire/health-reading.js'
import { printable, table } from './table.js'

type Port = NonNullable<HealthReading['ports']>[string]

/** One line for each far device of each port, beside the one that the intent expects. */
export function renderLldp(health: HealthReading): string {
  const rows = Object.entries(health.ports ?? {}).flatMap(([name, port]) => {
    const expected = expectedText(port.expectedLldp)
    const { lldpNeighbors } = port
    if (lldpNeighbors === undefined) return [[name, expected, 'not known', '', '', '']]
    if (lldpNeighbors.length === 0) return [[name, expected, 'none', '', '', '']]
    return lldpNeighbors.map(({ systemName, chassisId, portId, portDescription }) => [
      ...[name, expected, systemName ?? '', chassisId ?? ''],
      ...[portId ?? '', portDescription ?? ''],
    ])
  })
  return table(['port', 'expected', 'device', 'chassis', 'far port', 'description'], rows)
}

function expectedText(expected: Port['expectedLldp']): string {
  if (expected === undefined) return 'any'
  const { systemName, portId } = expected
  return printable(
    [systemName ?? 'any device', ...(portId === undefined ? [] : [portId])].join(' '),
  )
}
