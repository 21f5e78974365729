import * as z from 'zod'
import { quoteValue } from './quote.js'

type RawIssue = z.core.$ZodRawIssue
type Kind = NonNullable<RawIssue['code']>

/** What a schema without a text of its own allows; completes "must be …". */
export function allowedBy(issue: RawIssue): string {
  const describe = SENTENCES[issue.code] as (issue: RawIssue) => string
  return describe(issue)
}

/** A text for each kind of issue that zod has. */
const SENTENCES: {
  readonly [K in Kind]: (issue: Extract<RawIssue, { readonly code: K }>) => string
} = {
  invalid_type: ({ expected, inst }) =>
    inst instanceof z.core.$ZodNumberFormat ? 'a whole number' : (TYPES[expected] ?? UNNAMED),
  invalid_value: ({ values }) => oneOf(values),
  too_big: (issue) => sized(issue.origin, 'at most', issue.maximum),
  too_small: (issue) => sized(issue.origin, 'at least', issue.minimum),
  not_multiple_of: ({ divisor }) => `a multiple of ${divisor}`,
  invalid_format: (issue) => formatted(issue.format, issue.pattern),
  invalid_union: (issue) => oneOfShapes(issue),
  // What a key must be is the sentence of the schema of keys.
  invalid_key: ({ issues }) => issues[0]?.message ?? UNNAMED,
  invalid_element: ({ issues }) => issues[0]?.message ?? UNNAMED,
  // Its faults are made from the list of keys.
  unrecognized_keys: () => 'an object with known keys only',
  custom: () => UNNAMED,
}

/** Only for a schema that says nothing about what it allows; a test finds each. */
export const UNNAMED = 'a value of another kind'

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  // What `z.unknown()` misses where a key is left out.
  nonoptional: 'any JSON value',
}

/** What may be counted in a value; a number itself has no unit. */
const UNITS: Readonly<Record<string, (bound: string) => string>> = {
  string: (bound) => `a text of ${bound} characters`,
  array: (bound) => `a list of ${bound}`,
  int: (bound) => `a whole number, ${bound}`,
}

function sized(origin: string, bound: string, limit: number | bigint): string {
  const text = `${bound} ${limit}`
  return UNITS[origin]?.(text) ?? `a number, ${text}`
}

/** Texts that zod checks by itself (ISO 8601). */
const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'an instant such as "2026-01-31T12:00:00.000Z"',
}

function formatted(format: string, pattern: string | undefined): string {
  return FORMATS[format] ?? `a text that matches ${pattern ?? format}`
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map(quoteValue)
  return texts.length === 1 ? (texts[0] ?? '') : `one of ${texts.join(', ')}`
}

/** The values of the key that tells the options apart, or what each option allows at this place. */
function oneOfShapes(issue: Extract<RawIssue, { readonly code: 'invalid_union' }>): string {
  const { options } = issue
  if (Array.isArray(options) && options.length > 0) return oneOf(options)
  const texts = issue.errors.flatMap((issues) => issues.slice(0, 1).map(({ message }) => message))
  return [...new Set(texts)].join(' or ') || UNNAMED
}
