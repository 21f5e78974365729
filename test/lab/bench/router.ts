import { join } from 'node:path'
import { startFrr, type FrrDaemons } from '../peers/frr-daemons.js'
import { connectFibre, type End } from '../topology/links.js'
import { hostNetns, makeNetns, type Netns } from '../topology/netns.js'
import { startAgent, type AgentProcess } from '../topology/programs.js'
import { FAR_PORT, PORT } from './thousand.js'

export const ROUTER = 'bench'

/** The guest itself as a router with one port, FRR and demarcd. */
export interface BenchRouter {
  readonly frr: FrrDaemons
  readonly agent: AgentProcess
  readonly agentDir: string
  /** Where the other end of the port is. */
  readonly far: Netns
  readonly close: () => Promise<void>
}

/** `hub`: the lines of the `[hub]` table without its heading; null: no hub. */
export async function startBenchRouter(
  dir: string,
  hub: string | null,
  connect: (a: End, b: End) => void = connectFibre,
): Promise<BenchRouter> {
  const host = hostNetns()
  const far = makeNetns('bench-far')
  connect({ netns: host, name: PORT }, { netns: far, name: FAR_PORT })
  host.run('ip', 'link', 'set', PORT, 'up')
  far.run('ip', 'link', 'set', FAR_PORT, 'up')
  const frr = await startFrr(host, { version: '8.4', name: 'bench', dir })
  const agentDir = join(dir, 'agent')
  const agent = await startAgent(host, {
    dir: agentDir,
    id: ROUTER,
    manage: [PORT],
    frrRunDir: frr.runDir,
    hub,
    intervals: null,
  })
  return {
    frr,
    agent,
    agentDir,
    far,
    async close() {
      await agent.stop()
      await frr.stop()
      far.remove()
    },
  }
}
