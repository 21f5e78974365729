import type { AgentResult } from '../../core/wire/messages.js'
import { CHANGE_TIMEOUT } from '../../edge/socket/peer.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import { withAgent } from '../command/agent-client.js'
import { accepted, type Context } from '../command/context.js'
import { printable } from '../render/table.js'

/**
 * `demarc export`: prints the intent alone on stdout, so that it can be redirected into a file, and
 * on stderr what is not in it and what a person has to complete.
 */
export async function writeIntent(context: Context): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const exported = accepted(await agent.call('router.export', {}, { timeout: CHANGE_TIMEOUT }))
    if (context.json) {
      context.out(JSON.stringify(exported, null, 2))
      return EXIT.done
    }
    context.out(JSON.stringify(exported.intent, null, 2))
    renderNotExported(exported).forEach(context.err)
    return EXIT.done
  })
}

function renderNotExported({
  notExported,
  notExportedCount,
}: AgentResult<'router.export'>): readonly string[] {
  const more = notExportedCount - notExported.length
  return [
    ...notExported.map(({ at, why }) => printable(`${at}: ${why}`)),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ]
}
