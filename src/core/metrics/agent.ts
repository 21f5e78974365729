import type { ProbedTarget } from '../model/probe.js'
import type { ConnectionState, LacpMemberState } from '../model/state.js'
import type { SubjectKind } from '../model/health.js'
import type { HealthDocument, VerdictHealth } from '../wire/health.js'
import { ROUTER_STATES, type Status } from '../wire/messages.js'
import { complete, definitionsOf, PROCESS_METRICS, type ProcessFigures } from './exposed.js'
import {
  type Family,
  flag,
  gauge,
  group,
  type Group,
  instant,
  severityValue,
  SEVERITY_SCALE,
  states,
} from './family.js'
import { MEMBER_RULES } from './members.js'
import { NEIGHBOR_RULES } from './neighbors.js'
import { type MeasuredPort, PORT_RULES, type SeenPort } from './ports.js'
import { PROBE_RULES } from './probes.js'
import {
  ATTACHMENT_RULES,
  CONNECTION_RULES,
  type MeasuredAttachment,
  type SeenAttachment,
} from './services.js'

/** What the metrics of the agent are made of. */
export interface AgentSource {
  readonly status: Omit<Status, 'health'>
  /** The settings name a hub. */
  readonly hasHub: boolean
  /** null: the router was not looked at yet. */
  readonly health: HealthDocument | null
  /**
   * What the newest look found. Its counters and measurements are those of the look; the document keeps a figure
   * until it changes much, and counters for ten minutes. null: there was none yet.
   */
  readonly seen: SeenParts | null
  readonly process: ProcessFigures
}

export interface SeenParts {
  readonly ports: readonly SeenPort[]
  readonly connections: readonly Pick<ConnectionState, 'name' | 'lacp'>[]
  readonly attachments: readonly SeenAttachment[]
}

/** Series of one exposition. A router with 1,000 attachments and as many neighbours and targets has some 35,000. */
const SERIES_MAX = 50_000

const ROUTER = group<AgentSource, AgentSource>(
  ['router'],
  (source) => [[[source.status.router], source]],
  [
    gauge(
      'demarc_router_severity',
      `Severity of the router, that of its worst part: ${SEVERITY_SCALE}.`,
      ({ health }) => severityValue(health?.router.severity ?? 'unknown'),
    ),
    gauge(
      'demarc_router_state',
      '1: the state of the router against its intent, as `demarc status` names it.',
      ({ status }) => states(ROUTER_STATES, status.state),
      ['state'],
    ),
    gauge(
      'demarc_router_faults',
      'Faults that keep the router from being in sync.',
      ({ status }) => status.faults.length,
    ),
    gauge(
      'demarc_router_observed_timestamp_seconds',
      'When the router was looked at last, seconds since 1970.',
      ({ health }) => instant(health?.router.observedAt),
    ),
    gauge(
      'demarc_agent_info',
      'Always 1; the version of the agent.',
      ({ status }) => [{ labels: [status.agentVersion], value: 1 }],
      ['version'],
    ),
    gauge(
      'demarc_intent_generation',
      'Generation of the intent that runs; absent: none does.',
      ({ status }) => status.running?.generation,
    ),
    gauge(
      'demarc_intent_last_good_generation',
      'Generation of the intent that was confirmed last; absent: none was.',
      ({ status }) => status.lastGood?.generation,
    ),
    gauge(
      'demarc_change_deadline_timestamp_seconds',
      'When a provisional change is rolled back unless it is confirmed, seconds since 1970; absent: there is none.',
      ({ status }) =>
        status.change?.phase === 'provisional' ? instant(status.change.until) : null,
    ),
    gauge(
      'demarc_hub_connected',
      '1: the hub is connected; absent where the settings name none.',
      ({ status, hasHub }) => (hasHub ? flag(status.hub.connected) : null),
    ),
    gauge(
      'demarc_hub_reports_unacknowledged',
      'Reports that wait for the hub; absent where the settings name none.',
      ({ status, hasHub }) => (hasHub ? status.hub.unacknowledged : null),
    ),
    gauge(
      'demarc_frr_reachable',
      '1: every daemon of FRR that the intent needs answers.',
      ({ health }) => (health === null ? null : flag(health.router.frr.reachable)),
    ),
    gauge(
      'demarc_frr_daemon_reachable',
      '1: this daemon of FRR answers; only those that the intent needs.',
      ({ health }) =>
        Object.entries(health?.router.frr.daemons ?? {})
          .filter(([, { needed }]) => needed)
          .map(([daemon, { reachable }]) => ({ labels: [daemon], value: flag(reachable) })),
      ['daemon'],
    ),
  ],
)

type Judged = Pick<VerdictHealth, 'findings'>

const FINDINGS = group<AgentSource, Judged>(
  ['kind', 'name'],
  ({ health, status }) =>
    health === null
      ? []
      : [
          [['router', status.router], health.router],
          ...verdicts('port', health.ports),
          ...verdicts('connection', health.connections),
          ...verdicts('attachment', health.attachments),
          ...verdicts('neighbor', health.neighbors),
        ],
  [
    gauge(
      'demarc_finding',
      '1: this is wrong with it now; docs/health.md has the codes.',
      ({ findings = {} }) =>
        Object.entries(findings).map(([code, { severity }]) => ({
          labels: [code, severity],
          value: 1,
        })),
      ['code', 'severity'],
    ),
  ],
)

function verdicts(
  kind: SubjectKind,
  parts: Readonly<Record<string, Judged>>,
): (readonly [readonly string[], Judged])[] {
  return Object.entries(parts).map(([name, part]) => [[kind, name], part])
}

const PORTS = group<AgentSource, MeasuredPort>(
  ['port'],
  ({ health, seen }) => {
    const ports = byName(seen?.ports)
    return Object.entries(health?.ports ?? {}).map(([name, port]) => [
      [name],
      { health: port, seen: ports.get(name) },
    ])
  },
  PORT_RULES,
)

const CONNECTIONS = group(
  ['connection'],
  ({ health }: AgentSource) =>
    Object.entries(health?.connections ?? {}).map(([name, part]) => [[name], part]),
  CONNECTION_RULES,
)

const MEMBERS = group<AgentSource, LacpMemberState>(
  ['connection', 'port'],
  ({ seen }) =>
    [...byName(seen?.connections)].flatMap(([connection, { lacp }]) =>
      [...uniqueBy(lacp?.members, ({ port }) => port)].map(
        ([port, member]) => [[connection, port], member] as const,
      ),
    ),
  MEMBER_RULES,
)

const ATTACHMENTS = group<AgentSource, MeasuredAttachment>(
  ['attachment', 'connection'],
  ({ health, seen }) => {
    const attachments = byName(seen?.attachments)
    return Object.entries(health?.attachments ?? {}).map(([name, part]) => [
      [name, part.connection],
      { health: part, seen: attachments.get(name) },
    ])
  },
  ATTACHMENT_RULES,
)

const PROBES = group<AgentSource, ProbedTarget>(
  ['attachment', 'target', 'kind'],
  ({ seen }) =>
    [...byName(seen?.attachments)].flatMap(([attachment, { probe }]) =>
      [...uniqueBy(probe?.targets, ({ target }) => target.address)].map(
        ([address, probed]) => [[attachment, address, probed.target.kind], probed] as const,
      ),
    ),
  PROBE_RULES,
)

function byName<Part extends { readonly name: string }>(
  parts: readonly Part[] | undefined,
): ReadonlyMap<string, Part> {
  return uniqueBy(parts, ({ name }) => name)
}

/** No series may be there twice. */
function uniqueBy<Part>(
  parts: readonly Part[] | undefined,
  keyOf: (part: Part) => string,
): ReadonlyMap<string, Part> {
  return new Map(parts?.map((part) => [keyOf(part), part]))
}

const NEIGHBORS = group(
  ['attachment', 'neighbor'],
  ({ health }: AgentSource) =>
    Object.values(health?.neighbors ?? {}).map((part) => [
      [part.attachment, part.neighborAddress],
      part,
    ]),
  NEIGHBOR_RULES,
)

/** All metrics of the agent. What comes first stays where there are too many series. */
const GROUPS: readonly Group<AgentSource>[] = [
  PROCESS_METRICS,
  ROUTER,
  FINDINGS,
  CONNECTIONS,
  MEMBERS,
  PORTS,
  ATTACHMENTS,
  NEIGHBORS,
  PROBES,
]

export const AGENT_DEFINITIONS = definitionsOf(GROUPS)

/** The metrics of one router at this moment, from its health document and its status. */
export function agentFamilies(source: AgentSource, most = SERIES_MAX): Iterable<Family> {
  return complete(GROUPS, source, most)
}
