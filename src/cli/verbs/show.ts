import { millis, toSeconds, type Seconds } from '../../core/base/time.js'
import type { HealthReading } from '../../core/wire/health-reading.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import type { Status } from '../../core/wire/messages.js'
import { withAgent, type AgentClient } from '../command/agent-client.js'
import { accepted, show, type Context } from '../command/context.js'
import { showRules } from './rules.js'
import { renderProgress } from '../render/change.js'
import {
  renderAttachments,
  renderBgp,
  renderConnections,
  renderFindings,
  renderOptics,
  renderPorts,
} from '../render/health.js'
import { renderLacp } from '../render/lacp.js'
import { renderLldp } from '../render/lldp.js'
import { printable, table } from '../render/table.js'
import { localTime, span } from '../render/time.js'

/** `demarc status`: everything at a glance. Exit status 2 when something is wrong. */
export async function status(context: Context): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const report = accepted(await agent.call('show.status', {}))
    show(context, report, renderStatus)
    return isHealthy(report) ? EXIT.done : EXIT.differs
  })
}

/** States in which the router is as intended, or on its way there. */
const HEALTHY_STATES: readonly Status['state'][] = [
  'no-intent',
  'in-sync',
  'applying',
  'provisional',
]

/** The hub is left out: a router whose hub is away works as before. */
function isHealthy(report: Status): boolean {
  const { state, faults, health } = report
  const severity = oldness(report) === null ? (health.router?.severity ?? 'unknown') : 'unknown'
  return HEALTHY_STATES.includes(state) && faults.length === 0 && severity === 'ok'
}

/** The agent looks at the router every few seconds, but not while it makes a change. */
const LOOK_OLD = 60

/** Seconds since the last look; null: it is as young as it should be. */
function oldness({ at, health }: Status): Seconds | null {
  const age = toSeconds(millis(Date.parse(at) - Date.parse(health.router?.observedAt ?? '')))
  return age > LOOK_OLD ? age : null
}

function renderStatus(report: Status): string {
  const { running, hub, change, health } = report
  const lines = [
    `Router   ${report.router}, demarc ${report.agentVersion}, up ${uptime(report)}`,
    `State    ${report.state}${running === null ? '' : `, generation ${running.generation}`}`,
    `Hub      ${hubLine(hub)}`,
    ...report.faults.map(
      ({ code, at, message }) => `Fault    ${code}  ${printable(`${at}: ${message}`)}`,
    ),
    ...(change?.phase === 'provisional' ? [`Change   ${renderProgress(change)}`] : []),
  ]
  if (health.router === undefined) return [...lines, 'Health   not measured yet'].join('\n')
  const age = oldness(report)
  return [...lines, ...renderHealth(health, health.router, age)].join('\n')
}

function uptime({ at, startedAt }: Status): string {
  return span(toSeconds(millis(Date.parse(at) - Date.parse(startedAt))))
}

function hubLine({ url, connected, lastError, since, unacknowledged }: Status['hub']): string {
  if (url === null) return 'none configured'
  const state = connected
    ? 'connected'
    : `not connected (${printable(lastError ?? 'still trying')})`
  const when = since === null ? '' : ` since ${localTime(since)}`
  const waiting = unacknowledged === 0 ? '' : `, ${unacknowledged} reports wait`
  return `${url} ${state}${when}${waiting}`
}

function renderHealth(
  health: HealthReading,
  router: NonNullable<HealthReading['router']>,
  age: Seconds | null,
): readonly string[] {
  const findings = renderFindings(health)
  const severity =
    age === null
      ? (router.severity ?? 'unknown')
      : `unknown (${router.severity ?? 'unknown'} ${span(age)} ago, and not looked at since)`
  const os = router.os ?? 'operating system unknown'
  return [
    printable(`Health   ${severity}, ${os}, ${frrText(router.frr)}`),
    ...(findings === '' ? [] : [findings]),
    ...section(health.ports, renderPorts(health)),
    ...section(health.connections, renderConnections(health)),
    ...section(health.attachments, renderAttachments(health)),
    ...section(health.neighbors, renderBgp(health, millis(Date.now()))),
  ]
}

function frrText(frr: NonNullable<HealthReading['router']>['frr']): string {
  if (frr?.reachable !== true) return 'FRR not reachable'
  if (frr.version !== undefined) return `FRR ${frr.version}`
  return 'FRR not needed'
}

function section(members: object | undefined, rendered: string): readonly string[] {
  return Object.keys(members ?? {}).length === 0 ? [] : ['', rendered]
}

const renderNeighbors = (health: HealthReading): string => renderBgp(health, millis(Date.now()))
const renderModules = (health: HealthReading): string => renderOptics(health, millis(Date.now()))

/** The tables of health, by the word after `demarc show`. `bgp` is another word for `neighbors`. */
const TABLES = {
  ports: { member: 'ports', render: renderPorts },
  optics: { member: 'ports', render: renderModules },
  lldp: { member: 'ports', render: renderLldp },
  lacp: { member: 'connections', render: renderLacp },
  connections: { member: 'connections', render: renderConnections },
  attachments: { member: 'attachments', render: renderAttachments },
  neighbors: { member: 'neighbors', render: renderNeighbors },
  bgp: { member: 'neighbors', render: renderNeighbors },
} as const

/** What `demarc show` can show. */
export const SHOWN = [
  'ports',
  'optics',
  'lacp',
  'lldp',
  'connections',
  'attachments',
  'neighbors',
  'bgp',
  'events',
  'intent',
  'rules',
] as const
export type Shown = (typeof SHOWN)[number]

/** `demarc show THING`: a table, or with `--json` what the agent answered; `limit` is about events. */
export async function showThing(
  context: Context,
  thing: Shown,
  limit: number,
): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    if (thing === 'events') return showEvents(context, agent, limit)
    if (thing === 'intent') return showIntent(context, agent)
    if (thing === 'rules') return showRules(context, agent)
    const { member, render } = TABLES[thing]
    const report = accepted(await agent.call('show.status', {}))
    const { health } = report
    return show(context, health[member] ?? {}, () => render(health))
  })
}

async function showEvents(
  context: Context,
  agent: AgentClient,
  limit: number,
): Promise<ExitStatus> {
  const { events } = accepted(await agent.call('show.events', { limit }))
  const rows = events.map(({ at, severity, kind, name, message }) => [
    localTime(at),
    severity,
    `${kind} ${name}`,
    printable(message),
  ])
  return show(context, events, () => table(['at', 'severity', 'what', 'message'], rows))
}

/** The running intent, always as JSON; `null` where there is none. */
async function showIntent(context: Context, agent: AgentClient): Promise<ExitStatus> {
  const { intent } = accepted(await agent.call('show.intent', {}))
  return show(context, intent, (document) => JSON.stringify(document, null, 2))
}
