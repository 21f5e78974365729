import * as z from 'zod'
import { merge } from '../base/merge-patch.js'
import { HealthDocument } from './health.js'

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
    return z.record(z.string(), member(opened(schema.valueType, member)))
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
