import * as z from 'zod'
import type { Json } from '../base/json.js'
import { fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import { type HealthEvent, SEVERITIES, SUBJECT_KINDS } from '../model/health.js'
import { LIMITS } from '../wire/limits.js'
import {
  acknowledge,
  enqueueEvents,
  NO_REPORTS,
  numberEvents,
  type InFlight,
  type ReportQueue,
} from './queue.js'

/** What must survive a restart: numbers, and events that the hub may not have. Health is observed anew. */
export function toPersist({ lastSequence: last, events, dropped, flight }: ReportQueue): Json {
  const numbered = flight?.kind === 'events' ? { ...flight.params } : null
  return {
    lastSequence: last,
    events: events.map((event) => ({ ...event })),
    dropped,
    numbered: numbered && { ...numbered, events: numbered.events.map((event) => ({ ...event })) },
  }
}

const EventShape = z.strictObject({
  at: z.string(),
  kind: z.enum(SUBJECT_KINDS),
  name: z.string(),
  code: z.string(),
  severity: z.enum(SEVERITIES),
  message: z.string(),
})

const Count = z.int().min(0)

const KeptShape = z.strictObject({
  lastSequence: Count,
  events: z.array(EventShape),
  dropped: Count,
  numbered: z
    .strictObject({ sequence: z.int().min(1), events: z.array(EventShape), dropped: Count })
    .nullable(),
})

/** Reads what {@link toPersist} wrote. Every fault names its place in the file. */
export function fromPersist(json: unknown): Result<ReportQueue> {
  const parsed = KeptShape.safeParse(json)
  if (!parsed.success) return damaged('reports', parsed.error)
  const { numbered, ...data } = parsed.data
  const kept = { ...data, lastSequence: restarted(data.lastSequence) }
  const flight: InFlight | null =
    numbered === null ? null : { kind: 'events', params: numbered, sent: false }
  return ok({ ...NO_REPORTS, ...kept, flight })
}

/** Numbers begin anew where they were used up, which only a wrong hub can have caused. */
function restarted(lastSequence: number): number {
  return lastSequence < LIMITS.sequence ? lastSequence : 0
}

const EntryShape = z.union([
  z.strictObject({ events: z.array(EventShape) }),
  z.strictObject({ numbered: Count }),
  z.strictObject({ sent: z.int().min(1), count: Count }),
  z.strictObject({ acknowledged: Count }),
])

/** An addition to the stored queue, written without the rest of the queue. */
export type QueueFileEntry =
  | { readonly events: readonly HealthEvent[] }
  /** The number of a health report that is about to be sent. */
  | { readonly numbered: number }
  /** The number of a report of the oldest `count` events, which is about to be sent. */
  | { readonly sent: number; readonly count: number }
  /** The hub has kept everything up to this number. */
  | { readonly acknowledged: number }

/** The stored queue with one more entry. */
export function replay(queue: ReportQueue, entry: unknown): Result<ReportQueue> {
  const parsed = EntryShape.safeParse(entry)
  if (!parsed.success) return damaged('entry', parsed.error)
  return ok(withEntry(queue, parsed.data))
}

function withEntry(queue: ReportQueue, entry: z.infer<typeof EntryShape>): ReportQueue {
  if ('events' in entry) return enqueueEvents(queue, entry.events)
  if ('acknowledged' in entry) return acknowledge(queue, entry.acknowledged)
  if ('numbered' in entry) {
    return { ...queue, lastSequence: Math.max(queue.lastSequence, entry.numbered) }
  }
  const numbered = numberEvents(queue, entry.sent, entry.count)
  // Whether it ever left is not known.
  return { ...numbered, flight: { ...numbered.flight, sent: false } }
}

function damaged(what: string, { issues }: z.ZodError): Result<never> {
  return refused(
    ...issues.map(({ path, message }) =>
      fault('STATE_DAMAGED', `${what}/${path.join('/')}`, message),
    ),
  )
}
