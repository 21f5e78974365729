import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startFrr, type FrrDaemons, type FrrVersion } from '../peers/frr-daemons.js'
import { startHub, type HubProcess } from './hub.js'
import { BGP_PASSWORD, buildInterconnect, HUB_ADDRESS, type Interconnect } from './interconnect.js'
import { startAgent, type AgentProcess } from './programs.js'

/** The whole scene: interconnect, the customer's FRR, demarcd on it, and its hub. */
export interface Scene extends Interconnect {
  readonly frr: FrrDaemons
  readonly hub: HubProcess
  readonly agent: AgentProcess
  readonly startHub: () => Promise<HubProcess>
  readonly startAgent: () => Promise<AgentProcess>
}

export const ROUTER = 'par-edge-1'

export interface SceneOptions {
  readonly dir: string
  readonly frr: FrrVersion
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
  const hubAgain = () =>
    startHub({ dir: join(dir, 'hub'), router: ROUTER, address: HUB_ADDRESS, port: 7480 })
  step('demarc-hub with TLS on the management network')
  const hub = await hubAgain()
  const agentAgain = () =>
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
  const agent = await agentAgain()
  return {
    ...interconnect,
    frr,
    hub,
    agent,
    startHub: hubAgain,
    startAgent: agentAgain,
    async remove() {
      await agent.stop()
      await hub.stop()
      await frr.stop()
      await interconnect.remove()
    },
  }
}
