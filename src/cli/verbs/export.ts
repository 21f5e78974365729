import type { AgentResult } from '../../core/wire/messages.js'
import { CHANGE_TIMEOUT } from '../../edge/socket/peer.js'
import { answered, withAgent } from '../command/agent-client.js'
import type { Context } from '../command/context.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import { printable } from '../render/table.js'

/**
 * `demarc export`: the intent alone on stdout, so that it can go to a file, and what a person has to
 * know about it on stderr.
 */
export async function writeIntent(context: Context): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const exported = answered(await agent.call('router.export', {}, { timeout: CHANGE_TIMEOUT }))
    if (context.json) {
      context.out(JSON.stringify(exported, null, 2))
      return EXIT.done
    }
    context.out(JSON.stringify(exported.intent, null, 2))
    renderLeft(exported).forEach(context.err)
    return EXIT.done
  })
}

function renderLeft({
  notExported,
  notExportedCount,
}: AgentResult<'router.export'>): readonly string[] {
  const more = notExportedCount - notExported.length
  return [
    ...notExported.map(({ at, why }) => printable(`${at}: ${why}`)),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ]
}
