import type { LldpNeighbor, PortLink, PortState } from '../../core/model/state.js'
import { wantedModes } from '../../core/intent/survey/modes.js'
import type { Intent } from '../../core/wire/intent.js'
import type { OpticState } from './optic-cache.js'

/** Names of the ports of every connection. */
export function portNames(intent: Intent | null): readonly string[] {
  return wantedPorts(intent).map(({ name }) => name)
}

/**
 * The ports of every connection, with their modules and what the intent expects of them. A port that the kernel
 * has never shown is left out.
 */
export async function observePorts(
  intent: Intent | null,
  links: ReadonlyMap<string, PortLink>,
  optic: (port: PortLink) => Promise<OpticState>,
  /** The far devices by port; null: they are not known. */
  neighbors: ReadonlyMap<string, readonly LldpNeighbor[]> | null,
): Promise<PortState[]> {
  const ports = await Promise.all(
    wantedPorts(intent).map(async (wanted): Promise<PortState | null> => {
      const link = links.get(wanted.name)
      return link === undefined
        ? null
        : {
            ...link,
            expectedOptic: wanted.optic ?? null,
            expectedModes: wantedModes(wanted),
            ...(wanted.lldp && { expectedLldp: wanted.lldp }),
            ...(neighbors && { lldpNeighbors: neighbors.get(wanted.name) ?? [] }),
            ...(await optic(link)),
          }
    }),
  )
  return ports.filter((port) => port !== null)
}

/** The intent expects a far end at a port. */
export function expectsNeighbors(intent: Intent | null): boolean {
  return wantedPorts(intent).some(({ lldp }) => lldp !== undefined)
}

function wantedPorts(intent: Intent | null) {
  return intent?.connections.flatMap((connection) => connection.ports) ?? []
}
