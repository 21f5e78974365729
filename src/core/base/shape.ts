import * as z from 'zod'
import type { FaultCode } from './fault.js'
import { quoteValue } from './quote.js'
import { didYouMean } from './suggest.js'

/** A fault of a shape, still with the path that led to it. */
export interface ShapeFault {
  readonly kind: 'value' | 'unknown-key'
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type Issue = z.core.$ZodIssue

/**
 * Every fault of a document that does not fit its schema. Scalars in our schemas carry a sentence
 * of what is allowed as their error message; it becomes "must be …".
 */
export function shapeFaults(
  schema: z.core.$ZodType,
  document: unknown,
  issues: readonly Issue[],
): ShapeFault[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(schema, issue.path, issue.keys)
    return [{ kind: 'value', path: issue.path, message: wrongValue(document, issue) }]
  })
}

/** The code a caller's table has for a shape fault. */
export function shapeCode(
  fault: ShapeFault,
  codes: { readonly value: FaultCode; readonly unknownKey: FaultCode },
): FaultCode {
  return fault.kind === 'value' ? codes.value : codes.unknownKey
}

function unknownKeys(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  keys: readonly string[],
): ShapeFault[] {
  const known = keysAt(schema, path)
  return keys.map((key) => ({
    kind: 'unknown-key',
    path: [...path, key],
    message: `is not a key that demarc knows${didYouMean(key, known)}`,
  }))
}

/** The keys of the object that lies at this path of the schema. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at = bare(schema)
  for (const key of path) {
    if (at instanceof z.ZodArray) at = bare(at.element)
    else at = bare(shapeOf(at)[String(key)])
  }
  return Object.keys(shapeOf(at))
}

function shapeOf(schema: z.core.$ZodType | undefined): z.core.$ZodShape {
  return schema instanceof z.ZodObject ? schema.shape : {}
}

function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  return wrapped ? bare(schema.unwrap()) : schema
}

function wrongValue(document: unknown, issue: Issue): string {
  const value = valueAt(document, issue.path)
  if (value === undefined) return `is required: ${allowed(issue)}`
  return secret(issue.path)
    ? `must be ${allowed(issue)}`
    : `must be ${allowed(issue)}; is ${Array.isArray(value) ? listText(value) : quoteValue(value)}`
}

function listText(list: readonly unknown[]): string {
  return `a list of ${list.length}`
}

function allowed(issue: Issue): string {
  if (issue.code === 'too_big' && issue.origin === 'array') {
    return `a list of at most ${issue.maximum}`
  }
  if (issue.code === 'too_small' && issue.origin === 'array') {
    return `a list of at least ${issue.minimum}`
  }
  if (issue.code === 'invalid_type' && issue.expected === 'array') return 'a list'
  if (issue.code === 'invalid_type' && issue.expected === 'object') return 'an object'
  return issue.message
}

/** What lies under a key that speaks of a secret may be one that was put in the wrong place. */
function secret(path: readonly PropertyKey[]): boolean {
  return path.some((key) => /password|secret|token/i.test(String(key)))
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let at = document
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return at
}
