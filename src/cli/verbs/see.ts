import type { Status } from '../../core/wire/messages.js'
import { ok } from '../../core/base/result.js'
import { answered, withAgent } from '../command/agent-client.js'
import { show, type Context } from '../command/context.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import { HealthShape, type Health } from '../render/health-shape.js'
import { renderProgress } from '../render/change.js'
import {
  renderAttachments,
  renderBgp,
  renderConnections,
  renderFindings,
  renderOptics,
  renderPorts,
} from '../render/health.js'
import { printable, span, table } from '../render/table.js'

/** `demarc show THING`; the intent is always JSON. */
export const SHOWN = [
  'ports',
  'optics',
  'connections',
  'attachments',
  'bgp',
  'events',
  'intent',
] as const
export type Shown = (typeof SHOWN)[number]

/** `demarc status`: everything at a glance. Exit 2 when the router differs or is not well. */
export async function status(context: Context): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const report = answered(await agent.call('show.status', {}))
    show(context, report, renderStatus)
    return isWell(report) ? EXIT.done : EXIT.differs
  })
}

function isWell(report: Status): boolean {
  const health = HealthShape.safeParse(report.health)
  const severity = health.success ? health.data.router.severity : 'unknown'
  return (report.state === 'in-sync' || report.state === 'no-intent') && severity === 'ok'
}

function renderStatus(report: Status): string {
  const { running, hub } = report
  const health = HealthShape.safeParse(report.health)
  const lines = [
    `Router   ${report.router}, demarc ${report.agentVersion}, up ${span((Date.parse(report.at) - Date.parse(report.startedAt)) / 1000)}`,
    `State    ${report.state}${running === null ? '' : `, generation ${running.generation}`}`,
    `Hub      ${hubLine(hub)}`,
    ...report.faults.map(
      (one) => `Fault    ${one.code}  ${printable(`${one.at}: ${one.message}`)}`,
    ),
    ...(report.change?.phase === 'provisional'
      ? [`Change   ${renderProgress(report.change)}`]
      : []),
  ]
  if (!health.success) return [...lines, 'Health   not looked at yet'].join('\n')
  return [...lines, ...renderHealth(health.data)].join('\n')
}

function hubLine(hub: Status['hub']): string {
  if (hub.url === null) return 'none configured'
  const state = hub.connected ? 'connected' : `away (${printable(hub.lastError ?? 'dialling')})`
  const since = hub.since === null ? '' : ` since ${hub.since}`
  const waiting = hub.unacknowledged === 0 ? '' : `, ${hub.unacknowledged} reports wait`
  return `${hub.url} ${state}${since}${waiting}`
}

function renderHealth(health: Health): readonly string[] {
  const { router } = health
  const frr = router.frr.reachable ? `FRR ${router.frr.version ?? ''}` : 'FRR not reachable'
  const findings = renderFindings(health)
  return [
    `Health   ${router.severity ?? 'unknown'}, ${printable(router.os)}, ${frr}`,
    ...(findings === '' ? [] : [findings]),
    ...section(health.ports, renderPorts(health)),
    ...section(health.connections, renderConnections(health)),
    ...section(health.attachments, renderAttachments(health)),
    ...section(health.neighbors, renderBgp(health, Date.now())),
  ]
}

function section(things: object, rendered: string): readonly string[] {
  return Object.keys(things).length === 0 ? [] : ['', rendered]
}

const TABLES = {
  ports: renderPorts,
  optics: renderOptics,
  connections: renderConnections,
  attachments: renderAttachments,
  bgp: (health: Health) => renderBgp(health, Date.now()),
} as const

const MEMBER = {
  ports: 'ports',
  optics: 'ports',
  connections: 'connections',
  attachments: 'attachments',
  bgp: 'neighbors',
} as const

/** `demarc show THING`: a table, or the agent's own answer with `--json`; `limit` is about events. */
export async function showThing(
  context: Context,
  thing: Shown,
  limit: number,
): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    if (thing === 'events') {
      const { events } = answered(await agent.call('show.events', { limit }))
      const rows = events.map((one) => [
        one.at,
        one.severity,
        `${one.kind} ${one.name}`,
        printable(one.message),
      ])
      return show(context, events, () => table(['at', 'severity', 'what', 'message'], rows))
    }
    if (thing === 'intent') {
      const { intent } = answered(await agent.call('show.intent', {}))
      return show(context, intent, (value) => JSON.stringify(value, null, 2))
    }
    const report = answered(await agent.call('show.status', {}))
    const health = HealthShape.parse(report.health)
    return show(context, health[MEMBER[thing]], () => TABLES[thing](health))
  })
}

const UNREAD = 'the agent sent health that this command cannot read'

/**
 * `demarc watch`: one line for each change phase, each event and each other grade of the router's health,
 * until Ctrl-C; with `--json` every health document.
 */
export async function watch(context: Context): Promise<ExitStatus> {
  let lastHealth = ''
  const say = (kind: string, value: object, text: string): void =>
    context.out(context.json ? JSON.stringify({ kind, ...value }) : text)
  return withAgent(
    context,
    async (agent) => {
      answered(await agent.call('watch', {}))
      await agent.closed
      return EXIT.unreachable
    },
    {
      'change.progress'(progress) {
        say('change', progress, renderProgress(progress))
        return ok({})
      },
      'report.events'({ events }) {
        for (const one of events) {
          say('event', one, `${one.at}  ${one.severity}  ${one.kind} ${one.name}: ${one.message}`)
        }
        return ok({})
      },
      'report.health'({ health }) {
        const read = HealthShape.safeParse(health)
        const line = read.success ? `router is ${read.data.router.severity ?? 'unknown'}` : UNREAD
        if (context.json || line !== lastHealth) {
          say('health', { health }, `${new Date().toISOString()}  ${line}`)
        }
        lastHealth = line
        return ok({})
      },
    },
  )
}
