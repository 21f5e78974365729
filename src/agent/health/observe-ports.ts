import type { OpticReading } from '../../core/model/optic.js'
import type { PortLink, PortState } from '../../core/model/state.js'
import type { Intent } from '../../core/wire/intent.js'

/** Where the state of ports comes from. */
export interface PortSource {
  /** The links of these ports, in the same order. */
  readonly ports: (names: readonly string[]) => Promise<readonly PortLink[]>
  /** The newest reading of the port's module; modules are read at their own interval. */
  readonly optic: (port: PortLink) => Promise<OpticReading>
}

/** The ports of every connection, with their optics and what the intent expects of them. */
export async function observePorts(
  intent: Intent | null,
  { ports, optic }: PortSource,
): Promise<PortState[]> {
  const wanted = intent?.connections.flatMap((connection) => connection.ports) ?? []
  const links = await ports(wanted.map(({ name }) => name))
  return Promise.all(
    links.map(async (link, place) => ({
      ...link,
      expectedOptic: wanted[place]?.optic ?? null,
      expectedAutoNegotiate: wanted[place]?.autoNegotiate ?? null,
      optic: await optic(link),
    })),
  )
}
