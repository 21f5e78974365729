import { faultsOf } from '../core/base/result.js'
import { secretsIn } from '../core/frr/tree.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { HubRoute } from '../core/change/hub-path.js'
import { systemClock } from '../edge/host/clock.js'
import { bootId, sha256 } from '../edge/host/facts/identity.js'
import { readHostFacts } from '../edge/host/facts/network-managers.js'
import { ping } from '../edge/host/ping.js'
import type { ChangePorts } from './change/apply.js'
import type { EngineOptions } from './change/engine.js'
import { NO_LIVENESS, type HubLiveness } from './hub/liveness.js'
import { openChangeJournal } from './change/journal.js'
import { createCoexistence, type Coexistence } from './health/coexistence.js'
import { openStateStore } from './state/state-store.js'
import { establishedSessions, queryWitnesses } from './change/witnesses.js'
import { openSecretStore, type SecretStore } from './state/secrets.js'
import type { Edges } from './edges.js'

/** The hub as changes know it; it may come later than they do. */
export interface HubProbe {
  readonly liveness: () => HubLiveness
  readonly requestPing: () => void
}

export const NO_HUB: HubProbe = { liveness: () => NO_LIVENESS, requestPing: () => undefined }

/** What a change needs, on the real router. */
export async function openChangePorts(
  settings: AgentSettings,
  world: Edges,
  about: {
    readonly ear: HubProbe
    /** The generation of the change under way, whose pushed secrets are kept. */
    readonly unsettled: () => number | null
    /** What becomes of a last good intent that is damaged; `refused` when left out. */
    readonly damaged?: 'refused' | 'spared'
  },
): Promise<ChangePorts & { readonly secrets: SecretStore; readonly others: Coexistence }> {
  const { kernel, frr, files } = world
  const { ear } = about
  const clock = systemClock
  const memory = await openStateStore(files, world.log, about.damaged)
  const secrets = await openSecretStore({
    settings: settings.secrets,
    world,
    needed: () =>
      [memory.lastGood()?.ref.generation, about.unsettled()].filter(
        (one) => typeof one === 'number',
      ),
  })
  const others = createCoexistence({
    read: readHostFacts,
    managedPorts: settings.ports.manage,
    now: clock.now,
  })
  return {
    ports: { kernel, frr },
    context: {
      managedPorts: settings.ports.manage,
      secrets: secrets.named,
      sha256,
      refusals: others.refusals,
    },
    secrets,
    others,
    memory,
    journal: openChangeJournal(files),
    clock,
    bootId: await bootId(),
    isKnown: (digest) => world.vault.reveal(digest) !== undefined,
    established: () => establishedSessions(frr.neighbors),
    queryWitnesses: (intent, probes) =>
      queryWitnesses(intent, probes, {
        neighbors: frr.neighbors,
        lacp: kernel.lacp,
        hub: ear.liveness,
        askHub: ear.requestPing,
        ping,
        announcers: frr.announcers,
        now: clock.now,
      }),
  }
}

/** The passwords that were in FRR before a change travel with its journal. */
export function journalSecrets({
  vault,
}: Edges): Pick<EngineOptions, 'sealSecrets' | 'openSecrets'> {
  return {
    sealSecrets: ({ frr }) => vault.exportSealed(secretsIn(frr.bgpd ?? [])),
    openSecrets: (sealed) => faultsOf(vault.importSealed(sealed)),
  }
}

/** Where the kernel sends packets for the hub; null while nothing answered there yet. */
export function hubRoute({ kernel }: Edges, ear: HubProbe): () => Promise<HubRoute | null> {
  return async () => {
    const { address } = ear.liveness()
    const route = address === null ? null : await kernel.route(address)
    return address === null || route === null ? null : { address, ...route }
  }
}
