import type { SubjectKind } from '../model/health.js'
import type {
  AttachmentState,
  ConnectionState,
  NeighborState,
  PortState,
  RouterState,
} from '../model/state.js'
import { countErrors } from './errors.js'
import type { ErrorCount, HealthHistory } from './rules/history.js'
import { ATTACHMENT_RULES } from './rules/attachment.js'
import { CONNECTION_RULES } from './rules/connection.js'
import { NEIGHBOR_RULES } from './rules/neighbor.js'
import { OPTIC_RULES } from './rules/optic.js'
import { PORT_RULES } from './rules/port.js'
import { ROUTER_RULES } from './rules/router.js'
import { judge, type Judgement } from './rules/rule.js'

/** One thing that has a verdict, with every rule put to it. */
export type Subject = {
  readonly name: string
  readonly judgements: readonly Judgement[]
  /** Why what it stands on does not work, traced to its root; null while that works. */
  readonly blockedBy: string | null
} & (
  | { readonly kind: 'router'; readonly state: RouterState }
  | { readonly kind: 'port'; readonly state: PortState; readonly errors: ErrorCount }
  | { readonly kind: 'connection'; readonly state: ConnectionState }
  | { readonly kind: 'attachment'; readonly state: AttachmentState }
  | { readonly kind: 'neighbor'; readonly state: NeighborState }
)

/** `KIND/NAME`, unique on one router: names of one kind are. */
export function keyOf(kind: SubjectKind, name: string): string {
  return `${kind}/${name}`
}

/** A neighbour's name: addresses repeat between VRFs, attachments do not. */
export function neighborName(neighbor: NeighborState): string {
  return `${neighbor.attachment}/${neighbor.address}`
}

/**
 * All subjects from the bottom up: ports stand on nothing, a connection on its ports, an attachment
 * on its connection, a neighbour on its attachment and on FRR.
 */
export function subjectsOf(state: RouterState, memory: HealthHistory, now: number): Subject[] {
  const router = routerSubject(state)
  const ports = state.ports.map((port) => portSubject(port, memory, now))
  const byPort = byName(ports)
  const portStates = new Map(state.ports.map((port) => [port.name, port]))
  const connections = state.connections.map((one) => connectionSubject(one, byPort, portStates))
  const byConnection = byName(connections)
  const attachments = state.attachments.map((one) =>
    attachmentSubject(one, byConnection.get(one.connection)),
  )
  const byAttachment = byName(attachments)
  const neighbors = state.neighbors.map((one) =>
    neighborSubject(one, byAttachment.get(one.attachment), router),
  )
  return [router, ...ports, ...connections, ...attachments, ...neighbors]
}

function byName(subjects: readonly Subject[]): ReadonlyMap<string, Subject> {
  return new Map(subjects.map((subject) => [subject.name, subject]))
}

function routerSubject(state: RouterState): Subject {
  const judgements = judge(ROUTER_RULES, state)
  return { kind: 'router', name: state.router, judgements, blockedBy: null, state }
}

function portSubject(port: PortState, memory: HealthHistory, now: number): Subject {
  const before = memory.subjects[keyOf('port', port.name)]?.seen.errors ?? null
  const errors = countErrors(before, port.counters, now)
  const subject = { port, burst: errors.burst }
  const judgements = [...judge(PORT_RULES, subject), ...judge(OPTIC_RULES, subject)]
  return { kind: 'port', name: port.name, judgements, blockedBy: null, state: port, errors }
}

function connectionSubject(
  connection: ConnectionState,
  subjects: ReadonlyMap<string, Subject>,
  states: ReadonlyMap<string, PortState>,
): Subject {
  const ports = connection.ports.flatMap((name) => states.get(name) ?? [])
  const judgements = judge(CONNECTION_RULES, { connection, ports })
  const roots = connection.ports.map((name) => rootOf(subjects.get(name)))
  const blockedBy = roots.every((root) => root !== null) ? (roots[0] ?? null) : null
  return { kind: 'connection', name: connection.name, judgements, blockedBy, state: connection }
}

function attachmentSubject(state: AttachmentState, below: Subject | undefined): Subject {
  const judgements = judge(ATTACHMENT_RULES, state)
  return { kind: 'attachment', name: state.name, judgements, blockedBy: rootOf(below), state }
}

function neighborSubject(
  state: NeighborState,
  below: Subject | undefined,
  router: Subject,
): Subject {
  const judgements = judge(NEIGHBOR_RULES, state)
  const blockedBy = rootOf(router) ?? rootOf(below)
  return { kind: 'neighbor', name: neighborName(state), judgements, blockedBy, state }
}

/** Why nothing can stand on this subject: its own sentence, or that of what it stands on itself. */
function rootOf(subject: Subject | undefined): string | null {
  if (subject === undefined || !isStopped(subject)) return null
  return subject.blockedBy ?? ownReason(subject)
}

/** Something it cannot work with is true of it, whether or not anyone was told yet. */
export function isStopped(subject: Subject): boolean {
  return subject.judgements.some(({ rule, says }) => rule.stops && says !== null)
}

/** The sentence nearest to the root: no light rather than no link. */
function ownReason(subject: Subject): string {
  const isTrue = new Set(
    subject.judgements.filter(({ says }) => says !== null).map(({ rule }) => rule.code),
  )
  const open = subject.judgements.filter(
    ({ rule, says }) =>
      says !== null &&
      rule.severity === 'critical' &&
      !rule.hiddenBy.some((code) => isTrue.has(code)),
  )
  return `${subject.kind} ${subject.name}: ${open[0]?.says ?? 'it does not work'}`
}
