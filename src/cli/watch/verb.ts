import { ok } from '../../core/base/result.js'
import { millis } from '../../core/base/time.js'
import { aborted, EXIT, type ExitStatus } from '../../edge/host/program.js'
import { openTerminal, type Terminal } from '../../edge/host/screen.js'
import { withAgent, type AgentClient } from '../command/agent-client.js'
import { accepted, type Context } from '../command/context.js'
import { renderPhase } from '../render/change.js'
import { renderFrame, type WatchView } from './frame.js'
import { printable } from '../render/table.js'
import { renderEvent, watchLine } from './lines.js'

/**
 * `demarc watch`: on a terminal a live screen; with `plain`, or elsewhere, lines. Until Ctrl-C, or until nobody reads
 * its output. When the agent ends, that is a failure.
 */
export async function watch(context: Context, plain: boolean): Promise<ExitStatus> {
  const terminal = plain || context.json ? null : openTerminal()
  if (terminal === null) return watchLines(context)
  try {
    return await watchScreen(context, terminal)
  } finally {
    terminal.close()
  }
}

/** The time between two looks at whether there is something to draw, ms. */
const DRAW_EVERY = 250
/** Events that are kept for the screen. */
const EVENTS_KEPT = 200

async function watchScreen(context: Context, terminal: Terminal): Promise<ExitStatus> {
  let view: WatchView | null = null
  let drawn = ''
  const change = (part: Partial<WatchView>): void => {
    if (view !== null) view = { ...view, ...part }
  }
  const draw = (): void => {
    if (view === null) return
    const size = terminal.size()
    const lines = renderFrame(view, size, millis(Date.now()))
    const frame = [size.columns, size.rows, ...lines].join('\n')
    if (frame !== drawn) terminal.draw(lines)
    drawn = frame
  }
  return withAgent(
    context,
    async (agent) => {
      view = await firstView(agent)
      accepted(await agent.call('watch', {}))
      const timer = setInterval(draw, DRAW_EVERY)
      draw()
      await Promise.race([agent.closed, aborted(context.outputClosed), aborted(terminal.ended)])
      clearInterval(timer)
      return context.outputClosed.aborted || terminal.ended.aborted ? EXIT.done : EXIT.unreachable
    },
    {
      'change.progress'(progress) {
        change({ change: progress })
        return ok({})
      },
      'report.events'({ events }) {
        change({ events: [...(view?.events ?? []), ...events].slice(-EVENTS_KEPT) })
        return ok({})
      },
      'report.health'({ health }) {
        change({ health })
        return ok({})
      },
    },
  )
}

/** What the agent shows before anything happens. */
async function firstView(agent: AgentClient): Promise<WatchView> {
  const { router, health, change } = accepted(await agent.call('show.status', {}))
  const { events } = accepted(await agent.call('show.events', { limit: EVENTS_KEPT }))
  return { router, health, change, events }
}

/**
 * One line for each phase of a change, each event, and each change of the router's severity; with `--json` also every
 * health document.
 */
async function watchLines(context: Context): Promise<ExitStatus> {
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
