import { FaultError, type Fault } from '../../core/base/fault.js'
import { layout, type Layout } from '../../core/intent/survey/layout.js'
import type { Have, Want } from '../../core/model/plan.js'
import type { HaveLink } from '../../core/model/link.js'
import { toInterfaceAddress } from '../../core/model/names.js'
import type { Conflict } from '../../core/model/host-facts.js'
import type { OpticReading } from '../../core/model/optic.js'
import type {
  AttachmentState,
  ConnectionState,
  FrrState,
  HostState,
  LacpState,
  NeighborState,
  PortLink,
  PortState,
} from '../../core/model/state.js'
import type { RouterState } from '../../core/model/state.js'
import type { Intent } from '../../core/wire/intent.js'

/** What health takes of what a turn reads. */
interface Seen {
  readonly links: Have['links']
  readonly frr: Pick<Have['frr'], 'version' | 'faults'>
}

/** A neighbour as FRR shows it. */
type SeenNeighbor = Omit<NeighborState, 'attachment' | 'drained'>

/** What health needs from the world, beyond what a turn reads. */
export interface ObservePorts {
  readonly read: () => Promise<Seen>
  readonly ports: (names: readonly string[]) => Promise<readonly PortLink[]>
  readonly lacp: (bond: string) => Promise<LacpState | null>
  /** Read at the optics' own pace; the newest reading there is. */
  readonly optic: (port: PortLink) => Promise<OpticReading>
  readonly neighbors: () => Promise<readonly SeenNeighbor[]>
  readonly host: () => Promise<HostState>
  readonly conflicts: (want: Want | null, have: Pick<Have, 'links'>) => Promise<readonly Conflict[]>
  readonly wall: () => Date
  /** The agent's id. */
  readonly router: string
}

/** Looks at everything the intent names, and at the managed ports when there is no intent. */
export async function observe(
  intent: Intent | null,
  want: Want | null,
  ports: ObservePorts,
): Promise<RouterState> {
  const have = await ports.read()
  const links = new Map(have.links.map((link) => [link.name, link]))
  const names =
    intent === null ? { connections: new Map(), attachments: new Map() } : layout(intent)
  const [portStates, connections, bgp, host, conflicts] = await Promise.all([
    observePorts(intent, ports),
    observeConnections(intent, names, { ports, links }),
    observeNeighbors(want, ports),
    ports.host(),
    ports.conflicts(want, have),
  ])
  return {
    at: ports.wall().toISOString(),
    router: ports.router,
    host,
    frr: bgp.silence === null ? frrState(have) : unreachable(bgp.silence),
    conflicts,
    ports: portStates,
    connections,
    attachments: observeAttachments(intent, names, links),
    neighbors: bgp.neighbors,
  }
}

function frrState(have: Seen): FrrState {
  const reason: Fault | undefined = have.frr.faults[0]
  if (have.frr.version !== null && reason === undefined) {
    return { reachable: true, version: have.frr.version }
  }
  return unreachable(reason?.message ?? 'FRR does not say its version')
}

function unreachable(reason: string): FrrState {
  return { reachable: false, reason }
}

async function observePorts(intent: Intent | null, ports: ObservePorts): Promise<PortState[]> {
  const wanted = intent?.connections.flatMap((connection) => connection.ports) ?? []
  const links = await ports.ports(wanted.map((port) => port.name))
  return Promise.all(
    links.map(async (link, i) => ({
      ...link,
      expectedOptic: wanted[i]?.optic ?? null,
      expectedAutoNegotiate: wanted[i]?.autoNegotiate ?? null,
      optic: await ports.optic(link),
    })),
  )
}

type Links = ReadonlyMap<string, HaveLink>

async function observeConnections(
  intent: Intent | null,
  names: Layout,
  from: { readonly ports: ObservePorts; readonly links: Links },
): Promise<ConnectionState[]> {
  const wanted = intent?.connections ?? []
  return Promise.all(
    wanted.map(async ({ name, ports, aggregation }) => {
      const carrier = names.connections.get(name) ?? name
      const link = from.links.get(carrier)
      return {
        name,
        interface: carrier,
        ports: ports.map((port) => port.name),
        present: link !== undefined,
        carrier: link?.carrier ?? false,
        lacp: aggregation === undefined ? null : await from.ports.lacp(carrier),
      }
    }),
  )
}

function observeAttachments(intent: Intent | null, names: Layout, links: Links): AttachmentState[] {
  return (intent?.attachments ?? []).map((attachment) => {
    const carrier = names.attachments.get(attachment.name) ?? attachment.name
    const seen = seenLink(links.get(carrier))
    const wanted = attachment.l3?.addresses.map((one) => toInterfaceAddress(one) ?? one) ?? []
    return {
      ...seen,
      name: attachment.name,
      connection: attachment.connection,
      interface: carrier,
      vlanId: attachment.vlanId,
      expectedMtu: expectedMtu(attachment),
      missingAddresses: wanted.filter((one) => !seen.addresses.includes(one)),
      bridge: attachment.l2 === undefined ? null : seen.bridge,
    }
  })
}

/** An untagged one in a bridge says the bridge's MTU and not its link's. */
function expectedMtu({ mtu, vlanId, l2 }: Intent['attachments'][number]): number | null {
  return vlanId === null && l2 !== undefined ? null : (mtu ?? null)
}

/** What an attachment's interface shows, or that there is none. */
function seenLink(link: HaveLink | undefined) {
  if (link === undefined) return { ...NO_LINK, addresses: [] as readonly string[] }
  const { up, carrier, mtu, master: bridge } = link
  const addresses: readonly string[] = link.addresses.map(({ address }) => address)
  return { present: true, up, carrier, mtu, bridge, addresses }
}

const NO_LINK = { present: false, up: false, carrier: false, mtu: null, bridge: null }

interface SeenBgp {
  readonly neighbors: readonly NeighborState[]
  /** Why FRR did not answer; null: it did. */
  readonly silence: string | null
}

/**
 * FRR's view of the wanted neighbours; one that FRR does not have is `missing`, as all are where it
 * does not answer.
 */
async function observeNeighbors(want: Want | null, ports: ObservePorts): Promise<SeenBgp> {
  const wanted = want?.bgp.flatMap(({ vrf, neighbors }) =>
    neighbors.map((neighbor) => ({ vrf, neighbor })),
  )
  if (wanted === undefined || wanted.length === 0) return { neighbors: [], silence: null }
  const { found, silence } = await askFrr(ports)
  const seen = new Map(found.map((state) => [`${state.vrf ?? ''} ${state.address}`, state]))
  const neighbors = wanted.map(({ vrf, neighbor }) => ({
    ...(seen.get(`${vrf ?? ''} ${neighbor.address}`) ?? missing(neighbor, vrf)),
    attachment: neighbor.attachment,
    drained: neighbor.drain,
  }))
  return { neighbors, silence }
}

async function askFrr(ports: Pick<ObservePorts, 'neighbors'>) {
  try {
    return { found: await ports.neighbors(), silence: null }
  } catch (error) {
    if (error instanceof FaultError) return { found: [], silence: error.fault.message }
    throw error
  }
}

function missing(
  neighbor: Want['bgp'][number]['neighbors'][number],
  vrf: string | null,
): SeenNeighbor {
  return {
    address: neighbor.address,
    vrf,
    peerAs: neighbor.peerAs,
    sessionState: 'missing',
    adminDown: false,
    lastEstablished: null,
    establishedTransitions: 0,
    lastError: null,
    bfd: null,
    families: [],
  }
}
