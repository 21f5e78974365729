import { fault } from '../../core/base/fault.js'
import { didYouMean } from '../../core/base/suggest.js'
import { millis, toSeconds, type Seconds } from '../../core/base/time.js'
import type { HealthReading } from '../../core/wire/health-reading.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import type { Status } from '../../core/wire/messages.js'
import { withAgent, type AgentClient } from '../command/agent-client.js'
import { accepted, Refusal, show, type Context } from '../command/context.js'
import { showRules } from './rules.js'
import { renderProgress } from '../render/change.js'
import {
  renderAttachments,
  renderBgp,
  renderConnections,
  renderFindings,
  renderPorts,
} from '../render/health.js'
import { renderLacp } from '../render/lacp.js'
import { renderLldp } from '../render/lldp.js'
import { renderOptics } from '../render/optics/screen.js'
import { printable, table } from '../render/table.js'
import { localInstants, localTime, span } from '../render/time.js'
import { renderTraffic, trafficOf } from '../render/traffic.js'

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
      ({ code, at, message }) =>
        `Fault    ${code}  ${localInstants(printable(`${at}: ${message}`))}`,
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
const renderRates = (health: HealthReading): string => renderTraffic(health, new Date())

/** The tables of health, by the word after `demarc show`. `bgp` is another word for `neighbors`. */
const TABLES = {
  ports: { members: ['ports'], render: renderPorts },
  optics: { members: ['ports'], render: renderModules },
  traffic: { members: ['ports', 'connections', 'attachments'], render: renderRates },
  lldp: { members: ['ports'], render: renderLldp },
  lacp: { members: ['connections'], render: renderLacp },
  connections: { members: ['connections'], render: renderConnections },
  attachments: { members: ['attachments'], render: renderAttachments },
  neighbors: { members: ['neighbors'], render: renderNeighbors },
  bgp: { members: ['neighbors'], render: renderNeighbors },
} as const

/** What `demarc show` can show. */
export const SHOWN = [
  'ports',
  'optics',
  'traffic',
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
type Member = (typeof TABLES)[keyof typeof TABLES]['members'][number]

/** Which part of a thing is shown. */
interface Shares {
  /** The only port, connection, attachment or neighbour that is shown; undefined: all. */
  readonly name: string | undefined
  /** Events at most. */
  readonly limit: number
}

/** `demarc show THING [NAME]`: a table, or with `--json` what the agent answered. */
export async function showThing(
  context: Context,
  thing: Shown,
  { name, limit }: Shares,
): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    if (thing === 'events' || thing === 'intent' || thing === 'rules') {
      if (name !== undefined) refuse(thing, `"demarc show ${thing}" takes no name`)
      if (thing === 'events') return showEvents(context, agent, limit)
      return thing === 'intent' ? showIntent(context, agent) : showRules(context, agent)
    }
    const { members, render } = TABLES[thing]
    const report = accepted(await agent.call('show.status', {}))
    const health = name === undefined ? report.health : onlyNamed(report.health, members, name)
    const value = thing === 'traffic' ? trafficOf(health) : (health[members[0]] ?? {})
    return show(context, value, () => render(health))
  })
}

/** The health with these members reduced to the subject of this name; refuses one that is in none. */
function onlyNamed(health: HealthReading, members: readonly Member[], name: string): HealthReading {
  const kept = members.map((member): [Member, object] => {
    const parts: Readonly<Record<string, object>> = health[member] ?? {}
    return [member, Object.fromEntries(Object.entries(parts).filter(([key]) => key === name))]
  })
  if (kept.every(([, parts]) => Object.keys(parts).length === 0)) {
    const names = members.flatMap((member) => Object.keys(health[member] ?? {}))
    const near = didYouMean(name, names)
    refuse(name, `the router has nothing of this name among its ${members.join(', ')}${near}`)
  }
  // Nothing but these members, so that no other one is shown whole beside the one that was asked for.
  const { router } = health
  return { ...(router !== undefined && { router }), ...Object.fromEntries(kept) }
}

function refuse(at: string, message: string): never {
  throw new Refusal([fault('SUBJECT_UNKNOWN', at, message)])
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
    localInstants(printable(message)),
  ])
  return show(context, events, () => table(['at', 'severity', 'what', 'message'], rows))
}

/** The running intent, always as JSON; `null` where there is none. */
async function showIntent(context: Context, agent: AgentClient): Promise<ExitStatus> {
  const { intent } = accepted(await agent.call('show.intent', {}))
  return show(context, intent, (document) => JSON.stringify(document, null, 2))
}
