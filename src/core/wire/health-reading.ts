import * as z from 'zod'
import { record } from '../keyed/record.js'
import { merge } from '../base/merge-patch.js'
import { SEVERITIES, SUBJECT_KINDS } from '../model/health.js'
import { HealthDocument } from './health.js'
import { LIMITS } from './limits.js'
import { count, instant, openWord, Sequence, text } from './message-fields.js'

/**
 * A value as a reader takes it from another version of demarc: any member may be missing, and a text
 * may be one that this version does not know.
 */
type Open<T> = T extends string
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Open<Item>[]
    : T extends object
      ? string extends keyof T
        ? { readonly [key: string]: Open<T[keyof T]> }
        : { readonly [K in keyof T]?: Open<T[K]> }
      : T

/** A JSON Merge Patch (RFC 7386) of such a value: null removes a member, a list is replaced whole. */
type Patch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? string extends keyof T
      ? { readonly [key: string]: Patch<T[keyof T]> | null }
      : { readonly [K in keyof T]?: Patch<T[K]> | null }
    : T

/** Makes a member one that may be left out. */
type Member = (schema: z.ZodType) => z.ZodType

/** The same shape with every object open; zod keeps the members that the shape does not name. */
function opened(schema: z.core.$ZodType, member: Member): z.ZodType {
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries<z.core.$ZodType>(schema.shape)
    return z.looseObject(
      Object.fromEntries(
        shape.map(([key, inner]) => [key, member(opened(inner, member)).exactOptional()]),
      ),
    )
  }
  if (schema instanceof z.ZodRecord) {
    return record(z.string(), member(opened(schema.valueType, member)))
  }
  // A patch replaces a list as a whole, so that nothing in a list is removed by a null.
  if (schema instanceof z.ZodArray) return z.array(opened(schema.element, (inner) => inner))
  if (schema instanceof z.ZodExactOptional) return opened(schema.unwrap(), member)
  if (schema instanceof z.ZodNumber) return z.number()
  if (schema instanceof z.ZodBoolean) return z.boolean()
  return z.string()
}

/**
 * The health of a router as the hub and the command read it. Members that this version does not know
 * pass, and each one that it knows may be missing: the agent may be older or newer.
 */
export type HealthReading = Open<HealthDocument>

export const HealthReading = opened(HealthDocument, (inner) => inner).describe(
  'Health of one router: docs/schemas/health.schema.json, with members added or missing where the agent has another version.',
) as z.ZodType<HealthReading, HealthReading>

/** What changed between two health documents, as a JSON Merge Patch (RFC 7386). */
export type HealthPatch = Patch<HealthReading>

export const HealthPatch = opened(HealthDocument, (inner) => inner.nullable()).describe(
  'JSON Merge Patch (RFC 7386) of the health document that the hub acknowledged last: null removes a member.',
) as z.ZodType<HealthPatch, HealthPatch>

/** Applies a patch. What fits the two schemas gives what fits the first one again. */
export function patchedHealth(health: HealthReading, patch: HealthPatch): HealthReading {
  return merge(health, patch) as HealthReading
}

export const EventRecord = z
  .object({
    at: instant('When it happened'),
    kind: openWord(SUBJECT_KINDS, 'Kind of the subject.'),
    name: text(128, 'Name of the subject; the router has its id, a neighbour ATTACHMENT/ADDRESS.'),
    code: text(64, 'What happened; docs/health.md lists the codes.'),
    severity: openWord(SEVERITIES, 'How bad it is.'),
    message: text(1024, 'One sentence for a person.'),
  })
  .describe('Something that happened. An event is reported once and never changed.')

const healthReport = { sequence: Sequence, at: instant('When the report was made') }
const whole = z.literal('full').describe('The report carries the whole document.')
const patch = z.literal('difference').describe('The report carries a patch.')

/** The whole health document, or what changed since the one that the hub acknowledged last. */
export const HealthReport = z
  .discriminatedUnion('kind', [
    z.object({ ...healthReport, kind: whole, health: HealthReading }),
    z.object({ ...healthReport, kind: patch, health: HealthPatch }),
  ])
  .describe('The health document, whole or as what changed since the last acknowledged one.')

export const EventsReport = z
  .object({
    sequence: Sequence,
    events: z
      .array(EventRecord)
      .min(1)
      .max(LIMITS.eventsPerReport)
      .describe('The events, the oldest first.'),
    dropped: count(
      'Events that were dropped since the last report because the queue was full; normally 0.',
    ).default(0),
  })
  .describe('Events in the order in which they happened.')

export type HealthReport = z.output<typeof HealthReport>
export type EventsReport = z.output<typeof EventsReport>
