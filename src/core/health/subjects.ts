import { groupBy } from '../base/group-by.js'
import { instantOf, type Millis } from '../base/time.js'
import type { Clocks } from '../light/timeline.js'
import type { SubjectKind } from '../model/health.js'
import type {
  AttachmentState,
  ConnectionState,
  NeighborState,
  PortState,
  RouterState,
} from '../model/state.js'
import { followRoutes, type UsualRoutes } from '../routes/usual.js'
import { followRedundancy, redundancyOf, type RedundancyTrend } from './bundle/redundancy.js'
import { countDrops, countErrors } from './errors.js'
import { ATTACHMENT_RULES, PROTECTION_RULES } from './rules/attachment.js'
import { CONNECTION_RULES } from './rules/connection.js'
import type { DropWindow, ErrorWindow, HealthHistory, Observed } from './rules/history.js'
import { LIGHT_RULES } from './rules/light.js'
import { NEIGHBOR_RULES, SESSION_RULES } from './rules/neighbor.js'
import { OPTIC_RULES } from './rules/optic.js'
import { LINK_LOST, PORT_RULES } from './rules/port.js'
import { ROUTER_RULES, silence } from './rules/router.js'
import { ATTACHMENT_ROUTE_RULES, CONNECTION_ROUTE_RULES, ROUTE_RULES } from './rules/routes.js'
import { activeCodes, applyRules, type RuleResult } from './rules/rule.js'
import { isDown, sessionCause } from './session/cause.js'
import type { SessionCause } from './session/terms.js'
import { followSession, type SessionTrace } from './session/trace.js'
import {
  boughtOf,
  capacityOf,
  speedOf,
  trafficOf,
  trunkTraffic,
  type Traffic,
} from './traffic/measured.js'
import { PORT_TRAFFIC_RULES, TRAFFIC_RULES, TRUNK_TRAFFIC_RULES } from './traffic/rules.js'

/** One thing that gets a verdict, with what every rule found on it. */
export type Subject = {
  readonly name: string
  readonly results: readonly RuleResult[]
  /** Why something that the subject depends on does not work, traced to its root; null: all of it works. */
  readonly blockedBy: string | null
  /** Its source does not answer, so that the state is old; `blockedBy` says why. */
  readonly isStale: boolean
} & (
  | { readonly kind: 'router'; readonly state: RouterState }
  | ({ readonly kind: 'port'; readonly state: PortState; readonly errors: ErrorWindow } & Traffic)
  | ({
      readonly kind: 'connection'
      readonly state: ConnectionState
      readonly redundancy: RedundancyTrend | null
    } & Traffic)
  | ({
      readonly kind: 'attachment'
      readonly state: AttachmentState
      readonly drops: DropWindow | null
    } & Traffic)
  | {
      readonly kind: 'neighbor'
      readonly state: NeighborState
      readonly usual: UsualRoutes
      readonly trace: SessionTrace
      readonly cause: SessionCause | null
    }
)

type ConnectionSubject = Extract<Subject, { readonly kind: 'connection' }>

/** `KIND/NAME`, unique on one router because names of one kind are. */
export function keyOf(kind: SubjectKind, name: string): string {
  return `${kind}/${name}`
}

/** A neighbour's name: addresses repeat between VRFs, attachments do not. */
export function neighborName(neighbor: NeighborState): string {
  return `${neighbor.attachment}/${neighbor.address}`
}

/** Takes the subject of the last assessment where all inputs are the same objects as then. */
export type TakeSubject = (key: string, inputs: readonly unknown[], make: () => Subject) => Subject

/**
 * All subjects from the bottom up: ports depend on nothing, a connection on its ports, an attachment
 * on its connection, a neighbour on its attachment and on bgpd.
 */
export function subjectsOf(
  state: RouterState,
  history: HealthHistory,
  now: Millis,
  take: TakeSubject = (_key, _inputs, make) => make(),
): Subject[] {
  const router = routerSubject(state)
  const stale = (source: 'links' | 'ports') => staleCause(state, source)
  const ports = state.ports.map((port) => portSubject(port, stale('ports'), { history, now }))
  const byPort = byName(ports)
  const portStates = new Map(state.ports.map((port) => [port.name, port]))
  const served = servedBy(state)
  const trends = new Map(history.bundles)
  const clocks = { mono: now, wall: instantOf(state.at) ?? 0 }
  const connections = state.connections.map((connection) => {
    const parts = { ports: byPort, states: portStates, neighbors: served.of(connection) }
    const { observed } = history.subjects[keyOf('connection', connection.name)] ?? {}
    return connectionSubject(connection, stale('links'), { ...parts, trends, clocks, observed })
  })
  const staleLinks = stale('links')
  const carriers = carriersOf(connections, portStates)
  const attachments = state.attachments.map((attachment) => {
    const key = keyOf('attachment', attachment.name)
    const before = history.subjects[key]
    const neighbors = served.at(attachment)
    const { capacity = null, cause = null } = carriers.get(attachment.connection) ?? {}
    const inputs = [attachment, staleLinks, capacity, cause, before, ...neighbors]
    return take(key, inputs, () =>
      attachmentSubject(attachment, staleLinks, {
        ...{ below: cause, neighbors, observed: before?.observed, connection: capacity, now },
      }),
    )
  })
  const causes = new Map(attachments.map((subject) => [subject.name, rootCause(subject)]))
  const isSilent = state.frr.daemons.some(
    ({ daemon, fault }) => daemon === 'bgpd' && fault !== null,
  )
  const silent = isSilent ? rootCause(router) : null
  const neighbors = state.neighbors.map((neighbor) => {
    const key = keyOf('neighbor', neighborName(neighbor))
    const before = history.subjects[key]
    const below = causes.get(neighbor.attachment) ?? null
    return take(key, [neighbor, below, silent, before], () =>
      neighborSubject(neighbor, below, silent, { observed: before?.observed, now }),
    )
  })
  return [router, ...ports, ...connections, ...attachments, ...neighbors]
}

/** The neighbours that are reached over a connection, and at an attachment. */
function servedBy({ attachments, neighbors }: Pick<RouterState, 'attachments' | 'neighbors'>) {
  const byAttachment = groupBy(neighbors, ({ attachment }) => attachment)
  const byConnection = groupBy(attachments, ({ connection }) => connection)
  const at = ({ name }: Pick<AttachmentState, 'name'>) => byAttachment.get(name) ?? []
  const of = ({ name }: Pick<ConnectionState, 'name'>) => (byConnection.get(name) ?? []).flatMap(at)
  return { at, of }
}

/** What each connection can carry, in bit/s, and why it carries nothing; null: not known, and it works. */
function carriersOf(
  connections: readonly ConnectionSubject[],
  ports: ReadonlyMap<string, PortState>,
) {
  return new Map(
    connections.map((connection) => {
      const capacity = capacityOf(connection.state, ports)
      return [connection.name, { capacity, cause: rootCause(connection) }]
    }),
  )
}

function byName(subjects: readonly Subject[]): ReadonlyMap<string, Subject> {
  return new Map(subjects.map((subject) => [subject.name, subject]))
}

function routerSubject(state: RouterState): Subject {
  const results = applyRules(ROUTER_RULES, state)
  return { kind: 'router', name: state.router, results, blockedBy: null, isStale: false, state }
}

/** Why a source of the kernel does not answer; null: it does. */
function staleCause(
  { router, seen }: Pick<RouterState, 'router' | 'seen'>,
  source: 'links' | 'ports',
): string | null {
  const reading = seen[source]
  if (reading.fault === null) return null
  return `router ${router}: the kernel does not answer: ${silence(reading)}.`
}

function portSubject(
  port: PortState,
  stale: string | null,
  { history, now }: { readonly history: HealthHistory; readonly now: Millis },
): Subject {
  const before = history.subjects[keyOf('port', port.name)]
  const errors = countErrors(before?.observed.errors ?? null, port.counters, now)
  const capacity = speedOf(port)
  const traffic = trafficOf(before?.observed, port.counted, capacity)
  const worked = before?.lifecycle === 'available' || before?.findings[LINK_LOST]?.reported === true
  const subject = { port, burst: errors.burst, worked }
  const results = [
    ...applyRules(PORT_RULES, subject),
    ...applyRules(OPTIC_RULES, subject),
    ...applyRules(LIGHT_RULES, subject),
    ...applyRules(PORT_TRAFFIC_RULES, { port, ...traffic }),
  ]
  const staleness = { blockedBy: stale, isStale: stale !== null }
  return { kind: 'port', name: port.name, results, ...staleness, ...traffic, state: port, errors }
}

function connectionSubject(
  connection: ConnectionState,
  stale: string | null,
  parts: {
    readonly ports: ReadonlyMap<string, Subject>
    readonly states: ReadonlyMap<string, PortState>
    readonly neighbors: readonly NeighborState[]
    readonly trends: ReadonlyMap<string, RedundancyTrend>
    readonly clocks: Clocks
    readonly observed: Observed | undefined
  },
): ConnectionSubject {
  const { neighbors, clocks } = parts
  const before = parts.trends.get(connection.name) ?? null
  // An old state says nothing of the time since it was read.
  const trend = stale === null ? followRedundancy(before, connection, clocks) : before
  const redundancy = trend === null ? null : redundancyOf(trend)
  const ports = connection.ports.flatMap((name) => parts.states.get(name) ?? [])
  const traffic = trunkTraffic(parts.observed, connection, parts.states)
  const results = [
    ...applyRules(CONNECTION_RULES, { connection, ports, redundancy }),
    ...applyRules(CONNECTION_ROUTE_RULES, { connection, neighbors }),
    ...applyRules(TRUNK_TRAFFIC_RULES, { connection, ...traffic }),
  ]
  const causes = connection.ports.map((name) => rootCause(parts.ports.get(name)))
  const below = causes.every((cause) => cause !== null) ? (causes[0] ?? null) : null
  const staleness = { blockedBy: stale ?? below, isStale: stale !== null }
  const { name } = connection
  const seen = { state: connection, redundancy: trend, ...traffic }
  return { kind: 'connection', name, results, ...staleness, ...seen }
}

function attachmentSubject(
  state: AttachmentState,
  stale: string | null,
  {
    below,
    neighbors,
    observed,
    connection,
    now,
  }: {
    /** Why the connection does not work; null: it does. */
    readonly below: string | null
    readonly neighbors: readonly NeighborState[]
    readonly observed: Observed | undefined
    /** bit/s; null: not known. */
    readonly connection: number | null
    readonly now: Millis
  },
): Subject {
  const drops = countDrops(observed?.drops ?? null, state.protection?.counts, now)
  const traffic = trafficOf(observed, state.counted, boughtOf(state.circuit) ?? connection)
  const results = [
    ...applyRules(ATTACHMENT_RULES, state),
    ...applyRules(ATTACHMENT_ROUTE_RULES, { attachment: state, neighbors }),
    ...applyRules(PROTECTION_RULES, { attachment: state, drops }),
    ...applyRules(TRAFFIC_RULES, { attachment: state, neighbors, ...traffic }),
  ]
  const staleness = { blockedBy: stale ?? below, isStale: stale !== null }
  return { kind: 'attachment', name: state.name, results, ...staleness, ...traffic, state, drops }
}

function neighborSubject(
  state: NeighborState,
  /** Why the attachment does not work; null: it does. */
  below: string | null,
  silent: string | null,
  { observed, now }: { readonly observed: Observed | undefined; readonly now: Millis },
): Subject {
  const name = neighborName(state)
  const { usual, trace } = followNeighbor(observed, state, { isSilent: silent !== null, now })
  const cause = isDown(state) ? sessionCause(state, trace, now) : null
  const results = [
    ...applyRules(NEIGHBOR_RULES, state),
    ...applyRules(SESSION_RULES, { neighbor: state, cause }),
    ...applyRules(ROUTE_RULES, { neighbor: state, usual }),
  ]
  const staleness = { blockedBy: silent ?? below, isStale: silent !== null }
  return { kind: 'neighbor', name, results, ...staleness, state, usual, trace, cause }
}

/** While bgpd is silent, its last answer is not taken in once more. */
function followNeighbor(
  observed: Observed | undefined,
  state: NeighborState,
  { isSilent, now }: { readonly isSilent: boolean; readonly now: Millis },
) {
  const usual = observed?.usual ?? null
  const trace = observed?.trace ?? null
  return {
    usual: isSilent && usual !== null ? usual : followRoutes(usual, state, now),
    trace: isSilent && trace !== null ? trace : followSession(trace, state, now),
  }
}

/** Why this subject does not work: its own finding, or that of what it depends on; null: it works. */
function rootCause(subject: Subject | undefined): string | null {
  if (subject === undefined || !isStopped(subject)) return null
  return subject.blockedBy ?? ownCause(subject)
}

/** A rule that stops the subject is true, whether or not its finding is shown already. */
export function isStopped(subject: Subject): boolean {
  return subject.results.some(({ rule, message }) => rule.stops && message !== null)
}

/** The first critical finding that no other one explains: no light rather than no link. */
function ownCause(subject: Subject): string {
  const active = activeCodes(subject.results)
  const cause = subject.results.find(
    ({ rule, message }) =>
      message !== null &&
      rule.severity === 'critical' &&
      !rule.suppressedBy.some((code) => active.has(code)),
  )
  return `${subject.kind} ${subject.name}: ${cause?.message ?? 'it does not work'}`
}
