import { ok } from '../../core/base/result.js'
import { aborted, EXIT, type ExitStatus } from '../../edge/host/program.js'
import { withAgent } from '../command/agent-client.js'
import { accepted, type Context } from '../command/context.js'
import { renderPhase } from '../render/change.js'
import { printable } from '../render/table.js'
import { renderEvent, watchLine } from '../render/watch.js'

/**
 * `demarc watch`: one line for each phase of a change, each event, and each change of the router's
 * severity, until Ctrl-C or until nobody reads its output; with `--json` every health document. When the
 * agent ends, that is a failure.
 */
export async function watch(context: Context): Promise<ExitStatus> {
  let lastSeverity = ''
  const print = (kind: string, value: object, text: string): void =>
    context.out(context.json ? JSON.stringify({ kind, ...value }) : text)
  return withAgent(
    context,
    async (agent) => {
      accepted(await agent.call('watch', {}))
      await Promise.race([agent.closed, aborted(context.outputClosed)])
      return context.outputClosed.aborted ? EXIT.done : EXIT.unreachable
    },
    {
      'change.progress'(progress) {
        print('change', progress, watchLine(progress.at, 'change', renderPhase(progress)))
        return ok({})
      },
      'report.events'({ events }) {
        for (const event of events) {
          print('event', event, renderEvent(event))
        }
        return ok({})
      },
      'report.health'({ health }) {
        const severity = health.router?.severity ?? 'unknown'
        if (context.json || severity !== lastSeverity) {
          const now = new Date().toISOString()
          print('health', { health }, watchLine(now, 'health', `router is ${printable(severity)}`))
        }
        lastSeverity = severity
        return ok({})
      },
    },
  )
}
