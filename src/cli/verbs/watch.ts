import { ok } from '../../core/base/result.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import { withAgent } from '../command/agent-client.js'
import { accepted, type Context } from '../command/context.js'
import { renderProgress } from '../render/change.js'
import { printable } from '../render/table.js'

/**
 * `demarc watch`: one line for each phase of a change, each event, and each change of the router's
 * severity, until Ctrl-C; with `--json` every health document. It only ends by itself when the agent
 * does, which is a failure.
 */
export async function watch(context: Context): Promise<ExitStatus> {
  let lastHealth = ''
  const print = (kind: string, value: object, text: string): void =>
    context.out(context.json ? JSON.stringify({ kind, ...value }) : text)
  return withAgent(
    context,
    async (agent) => {
      accepted(await agent.call('watch', {}))
      await agent.closed
      return EXIT.unreachable
    },
    {
      'change.progress'(progress) {
        print('change', progress, renderProgress(progress))
        return ok({})
      },
      'report.events'({ events }) {
        for (const event of events) {
          const { at, severity, kind, name, message } = event
          print('event', event, printable(`${at}  ${severity}  ${kind} ${name}: ${message}`))
        }
        return ok({})
      },
      'report.health'({ health }) {
        const line = `router is ${health.router?.severity ?? 'unknown'}`
        if (context.json || line !== lastHealth) {
          print('health', { health }, `${new Date().toISOString()}  ${line}`)
        }
        lastHealth = line
        return ok({})
      },
    },
  )
}
