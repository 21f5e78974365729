import type { HealthEvent } from '../model/health.js'
import { difference, merge } from '../base/merge-patch.js'
import type { HealthDocument } from '../wire/health.js'
import type { HealthPatch } from '../wire/health-reading.js'
import { firstPart } from './bounds.js'

/** A report to the hub: `report.health` or `report.events` of `core/wire`. */
export type Report =
  | { readonly method: 'report.health'; readonly params: HealthParams }
  | { readonly method: 'report.events'; readonly params: EventsParams }

type HealthParams = { readonly sequence: number; readonly at: string } & HealthContent

type HealthContent =
  | { readonly kind: 'full'; readonly health: HealthDocument }
  | { readonly kind: 'difference'; readonly health: HealthPatch }

interface EventsParams {
  readonly sequence: number
  readonly events: HealthEvent[]
  readonly dropped: number
}

/** Events kept while no hub is connected. Beyond it the oldest are dropped, and the next report has their number. */
const EVENTS_KEPT = 5000
/** Events in one report; `core/wire` allows no more. */
export const EVENTS_PER_REPORT = 500

/**
 * Reports on their way to the hub. One is in flight at a time, each has the next number, and an
 * acknowledgement covers everything up to its number. A report of events keeps its number and content
 * until it is acknowledged, so that a hub which has it already recognizes the number.
 */
export interface ReportQueue {
  readonly online: boolean
  readonly lastSequence: number
  /** The document that the hub has; null: unknown, so the next health report is full. */
  readonly base: HealthDocument | null
  /** The newest document. */
  readonly health: HealthDocument | null
  readonly events: readonly HealthEvent[]
  /** Events lost since the last events report. */
  readonly dropped: number
  readonly flight: InFlight | null
}

/** A report that is not acknowledged. That of health has the document that the hub will have then. */
export type InFlight =
  | { readonly kind: 'health'; readonly sequence: number; readonly document: HealthDocument }
  | { readonly kind: 'events'; readonly params: EventsParams; readonly sent: boolean }

export const NO_REPORTS: ReportQueue = {
  online: false,
  lastSequence: 0,
  base: null,
  health: null,
  events: [],
  dropped: 0,
  flight: null,
}

/** Replaces a document that waits. */
export function enqueueHealth(queue: ReportQueue, document: HealthDocument): ReportQueue {
  return { ...queue, health: document }
}

/** Adds events behind those that wait. Beyond `limit` the oldest are dropped and counted in `dropped`. */
export function enqueueEvents(
  queue: ReportQueue,
  events: readonly HealthEvent[],
  limit = EVENTS_KEPT,
): ReportQueue {
  const all = [...queue.events, ...events]
  const over = Math.max(0, all.length - limit)
  return { ...queue, events: all.slice(over), dropped: sum(queue.dropped, over) }
}

/**
 * The hub has answered `hello` with the number of the newest report that it has kept. Numbers continue
 * above those of both sides; otherwise the hub would take the new reports of an agent that lost its state
 * for repetitions.
 */
export function connected(queue: ReportQueue, acknowledged: number): ReportQueue {
  const offline = disconnected(queue)
  const next =
    acknowledged > offline.lastSequence
      ? renumbered(offline, acknowledged)
      : acknowledge(offline, acknowledged)
  return { ...next, online: true, base: null }
}

/**
 * For a hub that has higher numbers than this agent: they come from before this router lost its state.
 * The hub does not have the report in flight, and under its old number would take it for a repetition.
 */
function renumbered(queue: ReportQueue, acknowledged: number): ReportQueue {
  const { flight } = queue
  if (flight?.kind !== 'events') return { ...queue, lastSequence: acknowledged }
  const params = { ...flight.params, sequence: acknowledged + 1 }
  return { ...queue, lastSequence: acknowledged + 1, flight: { ...flight, params } }
}

/** Drops a health report in flight, as the next one is full; keeps a report of events as it is. */
export function disconnected(queue: ReportQueue): ReportQueue {
  const { flight } = queue
  const kept = flight?.kind === 'events' ? { ...flight, sent: false } : null
  return { ...queue, online: false, base: null, flight: kept }
}

/** The hub has kept everything up to this number. */
export function acknowledge(queue: ReportQueue, sequence: number): ReportQueue {
  const { flight } = queue
  if (flight === null || sequenceOf(flight) > sequence) return queue
  const base = flight.kind === 'health' ? flight.document : queue.base
  return { ...queue, base, flight: null }
}

/** The hub will never accept this report: its events count as dropped, and the next health report is full. */
export function refuse(queue: ReportQueue, sequence: number): ReportQueue {
  const { flight } = queue
  if (flight === null || sequenceOf(flight) !== sequence) return queue
  if (flight.kind === 'health') return { ...queue, base: null, health: null, flight: null }
  const lost = sum(flight.params.events.length, flight.params.dropped)
  return { ...queue, dropped: sum(queue.dropped, lost), flight: null }
}

/** The report to send now; null while one is in flight, nothing is new, or no hub is connected. */
export function nextReport(
  queue: ReportQueue,
  at: string,
): { readonly queue: ReportQueue; readonly report: Report | null } {
  if (!queue.online) return { queue, report: null }
  if (queue.flight !== null) return resend(queue, queue.flight)
  // Health comes first in a connection, so that the hub has the router's state before its events.
  if (queue.base === null && queue.health !== null) return sendHealth(queue, at)
  return queue.events.length > 0 ? sendEvents(queue) : sendHealth(queue, at)
}

/** Reports that the hub does not have yet. */
export function unacknowledged(queue: ReportQueue): number {
  const inFlight = queue.flight?.kind === 'events' ? queue.flight.params.events.length : 0
  const events = Math.ceil((queue.events.length + inFlight) / EVENTS_PER_REPORT)
  return events + (healthContent(queue) === null ? 0 : 1)
}

/** The number of the newest report; 0 before the first. */
export function lastSequence(queue: ReportQueue): number {
  return queue.lastSequence
}

/** A count that stays a whole number which every reader takes. */
function sum(a: number, b: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, a + b)
}

function sequenceOf(flight: InFlight): number {
  return flight.kind === 'health' ? flight.sequence : flight.params.sequence
}

type Next = ReturnType<typeof nextReport>

function resend(queue: ReportQueue, flight: InFlight): Next {
  if (flight.kind === 'health' || flight.sent) return { queue, report: null }
  const report = { method: 'report.events', params: flight.params } as const
  return { queue: { ...queue, flight: { ...flight, sent: true } }, report }
}

function sendEvents(queue: ReportQueue): Next {
  const next = numberEvents(queue, queue.lastSequence + 1, EVENTS_PER_REPORT)
  return { queue: next, report: { method: 'report.events', params: next.flight.params } }
}

/** Makes a report with this number of the oldest events, at most `count`. */
export function numberEvents(queue: ReportQueue, sequence: number, count: number) {
  const { events, dropped } = queue
  const params = { sequence, events: events.slice(0, count), dropped }
  const flight = { kind: 'events', params, sent: true } as const
  return {
    ...{ ...queue, lastSequence: sequence, events: events.slice(count), dropped: 0 },
    flight,
  } satisfies ReportQueue
}

function sendHealth(queue: ReportQueue, at: string): Next {
  const whole = healthContent(queue)
  if (whole === null) return { queue, report: null }
  const { content, document } = firstReport(whole, queue.base)
  const sequence = queue.lastSequence + 1
  const flight: InFlight = { kind: 'health', sequence, document }
  return {
    queue: { ...queue, lastSequence: sequence, flight },
    report: { method: 'report.health', params: { sequence, at, ...content } },
  }
}

/**
 * What fits into one report, and the document that the hub has then. The rest of a document that is too long
 * goes as differences in the next reports.
 */
function firstReport(
  { kind, health }: HealthContent,
  base: HealthDocument | null,
): { readonly content: HealthContent; readonly document: HealthDocument } {
  const part = firstPart(health)
  const document = merge(base ?? {}, part) as HealthDocument
  return kind === 'full'
    ? { content: { kind, health: document }, document }
    : { content: { kind, health: part }, document }
}

/** The whole document for a hub that has none, else what changed; null when nothing did. */
function healthContent({ base, health }: ReportQueue): HealthContent | null {
  if (health === null) return null
  if (base === null) return { kind: 'full', health }
  const patch = difference(base, health) as HealthPatch | null
  return patch === null ? null : { kind: 'difference', health: patch }
}
