import type { ExpectedLldp, LldpNeighbor, PortState } from '../model/state.js'

/** A far device and its port as one text, which is the same as long as the cable is. */
export function neighborText(neighbor: LldpNeighbor): string {
  return `${neighbor.systemName ?? neighbor.chassisId} port ${neighbor.portId}`
}

/** The far end that the intent expects, as one text. */
export function expectedText({ systemName, portId }: ExpectedLldp): string {
  const port = portId === undefined ? [] : [`port ${portId}`]
  return [systemName ?? 'any device', ...port].join(' ')
}

/** Whether one of the far devices is the expected one; null: nothing is expected, or nothing is known. */
export function isExpected({
  expectedLldp,
  lldpNeighbors,
}: Pick<PortState, 'expectedLldp' | 'lldpNeighbors'>): boolean | null {
  if (expectedLldp === undefined || lldpNeighbors === undefined) return null
  return lldpNeighbors.some((neighbor) => matches(neighbor, expectedLldp))
}

/** Names are compared without case. A device may call its port by the id or by the description. */
function matches(neighbor: LldpNeighbor, { systemName, portId }: ExpectedLldp): boolean {
  const isOneOf = (wanted: string | undefined, found: readonly (string | null)[]): boolean =>
    wanted === undefined || found.some((each) => each?.toLowerCase() === wanted.toLowerCase())
  return (
    isOneOf(systemName, [neighbor.systemName, neighbor.chassisId]) &&
    isOneOf(portId, [neighbor.portId, neighbor.portDescription])
  )
}

/** Far devices that were not there before; nothing while the port has none, which keeps what was there. */
export function newNeighbors(
  before: readonly string[] | null,
  { lldpNeighbors = [] }: PortState,
): { readonly added: readonly string[]; readonly known: readonly string[] | null } {
  if (lldpNeighbors.length === 0) return { added: [], known: before }
  const known = lldpNeighbors.map(neighborText)
  const added = before === null ? [] : known.filter((each) => !before.includes(each))
  return { added, known }
}
