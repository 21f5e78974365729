import { faultsOf } from '../core/base/result.js'
import { linkHosts } from '../core/change/link-hosts.js'
import type { HubRoute } from '../core/change/hub-path.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { ForeignPaths } from '../core/model/foreign-paths.js'
import { probeTargets } from '../core/intent/survey/probe-targets.js'
import { secretsIn } from '../core/frr/tree.js'
import { systemClock } from '../edge/host/clock.js'
import { bootId, sha256 } from '../edge/host/facts/identity.js'
import { readHostFacts } from '../edge/host/facts/network-managers.js'
import { hostsInUse } from '../edge/host/facts/hosts-in-use.js'
import { ping } from '../edge/host/ping.js'
import type { BootClock, ChangePorts, WitnessSource } from './change/ports.js'
import { openChangeJournal } from './change/journal.js'
import { establishedSessions, queryWitnesses } from './change/witnesses.js'
import type { Edges } from './edges.js'
import { createCoexistence, type Coexistence } from './health/coexistence.js'
import { NO_LIVENESS, type HubLiveness } from './hub/liveness.js'
import { openSecretStore, type SecretStore } from './state/secrets.js'
import { openStateStore } from './state/state-store.js'

/** The hub as changes see it; the connection to it may be opened later. */
export interface HubProbe {
  readonly liveness: () => HubLiveness
  readonly requestPing: () => void
}

export const NO_HUB: HubProbe = { liveness: () => NO_LIVENESS, requestPing: () => undefined }

/** Opens the state of changes and connects them to the kernel, FRR and the hub. */
export async function openChangePorts(
  settings: AgentSettings,
  edges: Edges,
  options: {
    readonly hub: HubProbe
    /** The generation of the change under way, whose pushed secrets are kept. */
    readonly unsettled: () => number | null
    /** What a damaged last good intent leads to: `refused` if left out. */
    readonly damaged?: 'refused' | 'spared'
  },
): Promise<{
  readonly ports: ChangePorts
  readonly secrets: SecretStore
  readonly others: Coexistence
}> {
  const { kernel, frr, files, vault } = edges
  const clock: BootClock = { ...systemClock, bootId: await bootId() }
  const store = await openStateStore(files, edges.log, options.damaged)
  const secrets = await openSecretStore({
    settings: settings.secrets,
    world: edges,
    needed: () =>
      [store.lastGood()?.ref.generation, options.unsettled()].filter(
        (generation) => typeof generation === 'number',
      ),
  })
  const managedPorts = settings.ports.manage
  const others = createCoexistence({ read: readHostFacts, managedPorts, now: clock.now })
  const ports: ChangePorts = {
    router: {
      ports: { kernel, frr, sleep: clock.sleep },
      context: { managedPorts, secrets: secrets.named, sha256, refusals: others.refusals },
    },
    records: { store, journal: openChangeJournal(files) },
    clock,
    witnesses: witnessSource(edges, options.hub),
    secrets: {
      isKnown: (digest) => vault.reveal(digest) !== undefined,
      seal: (have) => vault.exportSealed(secretsIn(have.frr.bgpd ?? [])),
      unseal: (sealed) => faultsOf(vault.importSealed(sealed)),
    },
  }
  return { ports, secrets, others }
}

function witnessSource({ kernel, frr, prober }: Edges, hub: HubProbe): WitnessSource {
  return {
    query: (intent, probes, hosts) =>
      queryWitnesses(
        intent,
        { probes, hosts },
        {
          neighbors: frr.neighbors,
          lacp: kernel.lacp,
          hub: hub.liveness,
          askHub: hub.requestPing,
          ping,
          probed: (wanted) => prober.follow(wanted === null ? [] : probeTargets(wanted)).targets,
          announcers: frr.announcers,
          askHosts: kernel.askNeighbors,
          leadsTo: kernel.leadsTo,
          now: systemClock.now,
        },
      ),
    async linkHosts(want, { links }) {
      const [entries, routes] = await Promise.all([kernel.neighbors(), kernel.routes()])
      return linkHosts({ entries, routes, links, want, hub: hub.liveness().address })
    },
    established: () => establishedSessions(frr.neighbors),
    routes: frr.routeView,
    hubRoute: () => hubRoute(kernel, hub),
    foreignPaths: () => foreignPaths(kernel, hub),
  }
}

/** Routes that cannot be read are a fault of the push; the files of the host are read as far as they can be. */
async function foreignPaths(
  kernel: Pick<Edges['kernel'], 'routes'>,
  { liveness }: HubProbe,
): Promise<ForeignPaths> {
  const { address } = liveness()
  const hub = address === null ? [] : [{ address, purpose: 'the hub' }]
  return { routes: await kernel.routes(), hosts: [...hub, ...(await hostsInUse())] }
}

/** null until something has answered at the hub's address. */
async function hubRoute(
  kernel: Pick<Edges['kernel'], 'route'>,
  { liveness }: HubProbe,
): Promise<HubRoute | null> {
  const { address } = liveness()
  const route = address === null ? null : await kernel.route(address)
  return address === null || route === null ? null : { address, ...route }
}
