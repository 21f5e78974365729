import { layout } from '../../core/intent/survey/layout.js'
import type { Conflict } from '../../core/model/host-facts.js'
import type { Have, Want } from '../../core/model/plan.js'
import type { HostState, LacpState, RouterState } from '../../core/model/state.js'
import type { Intent } from '../../core/wire/intent.js'
import { frrState, observeNeighbors, type FrrNeighbor } from './observe-frr.js'
import { observeAttachments, observeConnections } from './observe-links.js'
import { observePorts, type PortSource } from './observe-ports.js'

/** The part of a router's configuration that health needs. */
interface ObservedConfig {
  readonly links: Have['links']
  readonly frr: Pick<Have['frr'], 'version' | 'faults'>
}

/** Where the state of the router comes from. */
export interface ObserveSources extends PortSource {
  readonly read: () => Promise<ObservedConfig>
  readonly lacp: (bond: string) => Promise<LacpState | null>
  readonly neighbors: () => Promise<readonly FrrNeighbor[]>
  readonly host: () => Promise<HostState>
  /** Settings of other programs on this host that disturb what demarc makes. */
  readonly conflicts: (want: Want | null, have: Pick<Have, 'links'>) => Promise<readonly Conflict[]>
  readonly wall: () => Date
  /** The agent's id. */
  readonly router: string
}

/** The state of everything that the intent names; without an intent, of the host and FRR alone. */
export async function observe(
  intent: Intent | null,
  want: Want | null,
  sources: ObserveSources,
): Promise<RouterState> {
  const have = await sources.read()
  const links = new Map(have.links.map((link) => [link.name, link]))
  const names =
    intent === null ? { connections: new Map(), attachments: new Map() } : layout(intent)
  const [ports, connections, bgp, host, conflicts] = await Promise.all([
    observePorts(intent, sources),
    observeConnections(intent, names, links, sources.lacp),
    observeNeighbors(want, sources.neighbors),
    sources.host(),
    sources.conflicts(want, have),
  ])
  return {
    at: sources.wall().toISOString(),
    router: sources.router,
    host,
    frr: frrState(have.frr, bgp.failure),
    conflicts,
    ports,
    connections,
    attachments: observeAttachments(intent, names, links),
    neighbors: bgp.neighbors,
  }
}
