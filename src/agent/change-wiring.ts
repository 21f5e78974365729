import { faultsOf } from '../core/base/result.js'
import { secretsIn } from '../core/frr/tree.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { HubRoute } from '../core/change/hub-path.js'
import { systemClock } from '../edge/host/clock.js'
import { bootId, sha256 } from '../edge/host/facts/identity.js'
import { readOthers } from '../edge/host/facts/network-managers.js'
import { ping } from '../edge/host/ping.js'
import type { ChangePorts } from './change/apply.js'
import type { EngineOptions } from './change/engine.js'
import { NO_SIGNS, type HubSigns } from './hub/liveness.js'
import { openChangeJournal } from './change/journal.js'
import { createCoexistence, type Coexistence } from './health/coexistence.js'
import { openMemory } from './state/memory.js'
import { establishedSessions, hearWitnesses } from './change/witnesses.js'
import { openSecretDesk, type SecretDesk } from './state/secrets.js'
import type { World } from './edges.js'

/** The hub as changes know it; it may come later than they do. */
export interface HubEar {
  readonly signs: () => HubSigns
  readonly ask: () => void
}

export const NO_EAR: HubEar = { signs: () => NO_SIGNS, ask: () => undefined }

/** What a change needs, on the real router. */
export async function openChangePorts(
  settings: AgentSettings,
  world: World,
  about: {
    readonly ear: HubEar
    /** The generation of the change under way, whose pushed secrets are kept. */
    readonly unsettled: () => number | null
    /** What becomes of a last good intent that is damaged; `refused` when left out. */
    readonly damaged?: 'refused' | 'spared'
  },
): Promise<ChangePorts & { readonly secrets: SecretDesk; readonly others: Coexistence }> {
  const { kernel, frr, files } = world
  const { ear } = about
  const clock = systemClock
  const memory = await openMemory(files, world.log, about.damaged)
  const secrets = await openSecretDesk({
    settings: settings.secrets,
    world,
    needed: () =>
      [memory.lastGood()?.ref.generation, about.unsettled()].filter(
        (one) => typeof one === 'number',
      ),
  })
  const others = createCoexistence({
    read: readOthers,
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
    hear: (intent, probes) =>
      hearWitnesses(intent, probes, {
        neighbors: frr.neighbors,
        lacp: kernel.lacp,
        hub: ear.signs,
        askHub: ear.ask,
        ping,
        announcers: frr.announcers,
        now: clock.now,
      }),
  }
}

/** The passwords that were in FRR before a change travel with its journal. */
export function journalSecrets({
  vault,
}: World): Pick<EngineOptions, 'sealSecrets' | 'openSecrets'> {
  return {
    sealSecrets: ({ frr }) => vault.exportSealed(secretsIn(frr.bgpd ?? [])),
    openSecrets: (sealed) => faultsOf(vault.importSealed(sealed)),
  }
}

/** Where the kernel sends packets for the hub; null while nothing answered there yet. */
export function hubRoute({ kernel }: World, ear: HubEar): () => Promise<HubRoute | null> {
  return async () => {
    const { address } = ear.signs()
    const route = address === null ? null : await kernel.route(address)
    return address === null || route === null ? null : { address, ...route }
  }
}
