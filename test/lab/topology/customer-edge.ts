import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startFrr, type FrrDaemons } from '../peers/frr-daemons.js'
import { startHub, type HubProcess } from './hub.js'
import { BGP_PASSWORD, buildInterconnect, HUB_ADDRESS, type Interconnect } from './interconnect.js'
import { startAgent, type AgentProcess } from './programs.js'
import { type FrrVersion } from '../../support/frr/frr-version.js'

/** The whole topology: the interconnect, FRR and demarcd on the customer's router, and the hub. */
export interface Scene extends Interconnect {
  readonly frr: FrrDaemons
  readonly hub: HubProcess
  readonly agent: AgentProcess
  /** Starts the hub again, with the data it has stored. */
  readonly startHub: () => Promise<HubProcess>
  /** Starts the agent again, with the state it has stored. */
  readonly startAgent: () => Promise<AgentProcess>
}

export const ROUTER = 'par-edge-1'

export interface SceneOptions {
  readonly dir: string
  readonly frr: FrrVersion
  /** Called with a description of each part before it is built. */
  readonly onStep?: (what: string) => void
  /** More lines of the agent's `[hub]` table. */
  readonly hubLines?: string
  /** The agent's `[safety]` table with its heading. */
  readonly safety?: string
}

export async function buildScene(options: SceneOptions): Promise<Scene> {
  const { dir, frr: version, hubLines = '' } = options
  const step = options.onStep ?? (() => undefined)
  step('two virtual fibres, a provider with BIRD, a customer with a LAN')
  const interconnect = await buildInterconnect(dir)
  step(`FRR ${version} on the customer's router`)
  const frrDir = join(dir, 'frr')
  mkdirSync(frrDir, { recursive: true })
  const frr = await startFrr(interconnect.customer, { version, name: 'customer', dir: frrDir })
  const startHubHere = () =>
    startHub({ dir: join(dir, 'hub'), router: ROUTER, address: HUB_ADDRESS, port: 7480 })
  step('demarc-hub with TLS on the management network')
  const hub = await startHubHere()
  const startAgentHere = () =>
    startAgent(interconnect.customer, {
      dir: join(dir, 'agent'),
      id: ROUTER,
      manage: ['enp1s0f*', 'enp2s0.*'],
      frrRunDir: frr.runDir,
      hub: `urls = ["${hub.agentUrl}"]\ntoken_file = "${hub.tokenFile}"\nca_file = "${hub.caFile}"\nreconnect_max = 2\n${hubLines}`,
      secrets: { 'net-a-bgp': BGP_PASSWORD },
      ...(options.safety === undefined ? {} : { safety: options.safety }),
    })
  step("demarcd on the customer's router")
  const agent = await startAgentHere()
  return {
    ...interconnect,
    frr,
    hub,
    agent,
    startHub: startHubHere,
    startAgent: startAgentHere,
    async remove() {
      await agent.stop()
      await hub.stop()
      await frr.stop()
      await interconnect.remove()
    },
  }
}
