import type { ExitStatus } from '../../edge/host/program.js'
import { withAgent } from '../command/agent-client.js'
import { accepted, show, type Context } from '../command/context.js'

/** `demarc clear neighbor ADDRESS`: starts the session with a neighbour of the intent again. */
export async function clearNeighbor(
  context: Context,
  address: string,
  vrf: string | null,
): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const cleared = accepted(await agent.call('neighbor.clear', { address, vrf }))
    return show(
      context,
      cleared,
      (done) => `The session with ${done.address} was cleared; "demarc show neighbors" shows it.`,
    )
  })
}
