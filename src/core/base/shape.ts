import * as z from 'zod'
import type { FaultCode } from './fault.js'
import { quote, quoteValue } from './quote.js'
import { ok, refused, type Result } from './result.js'
import { didYouMean } from './suggest.js'

/** One thing in a document that its schema does not allow. */
export interface ShapeFault {
  readonly kind: 'value' | 'unknown-key'
  readonly path: readonly PropertyKey[]
  /** What is wrong, what is allowed, and the value where it is no secret; the path is its subject. */
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** Faults of one document that are worded; the rest are counted. */
const FAULTS_LISTED = 20

/**
 * The checked document, or what is wrong with it: at most `listed` faults, and one more that counts the rest.
 * A document of a peer may have as many faults as it has members, and a sentence for each takes long. A
 * schema may carry a text of what it allows as its error message, such as `an absolute path`; it completes
 * "must be …". Where it carries none, `allowedBy` makes one, so that no text of the zod package is ever shown.
 */
export function checkShape<S extends z.ZodType>(
  schema: S,
  document: unknown,
  listed = FAULTS_LISTED,
): Result<z.output<S>, ShapeFault> {
  const parsed = schema.safeParse(document, { error: allowedBy })
  if (parsed.success) return ok(parsed.data)
  const { issues } = parsed.error
  const worded = issues
    .slice(0, listed)
    .flatMap((issue) => faultsOf(issue, { schema, document, listed }))
  const all = distinct(worded)
  const first = all.slice(0, listed)
  const more = countOf(issues) - worded.length + all.length - first.length
  return refused(...first, ...(more > 0 ? [notListed(more)] : []))
}

/** How many faults the issues are; each unknown key is one. */
function countOf(issues: readonly Issue[]): number {
  return issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1),
    0,
  )
}

function notListed(count: number): ShapeFault {
  return { kind: 'value', path: [], message: `has ${count} more faults that are not listed` }
}

/** The code that a caller's table has for a shape fault. */
export function shapeCode(
  fault: ShapeFault,
  codes: { readonly value: FaultCode; readonly unknownKey: FaultCode },
): FaultCode {
  return fault.kind === 'value' ? codes.value : codes.unknownKey
}

/** Unknown keys of one object for which a similar known one is sought; a person mistypes fewer. */
const GUESSED_KEYS = 20

interface Checked {
  readonly schema: z.ZodType
  readonly document: unknown
  readonly listed: number
}

function faultsOf(issue: Issue, { schema, document, listed }: Checked): readonly ShapeFault[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    const isGuessed = issue.keys.length <= GUESSED_KEYS
    return issue.keys.slice(0, listed).map((key) => ({
      kind: 'unknown-key',
      path: [...path, key],
      message: `is not a known key${(isGuessed && didYouMean(key, known)) || listKnown(known)}`,
    }))
  }
  const message =
    issue.code === 'invalid_key'
      ? `its key must be ${issue.message}`
      : wrongValue(valueAt(document, path), issue)
  return [{ kind: 'value', path, message }]
}

/** A text that is too long and has the wrong pattern breaks two rules with one sentence. */
function distinct(faults: readonly ShapeFault[]): readonly ShapeFault[] {
  const seen = new Set<string>()
  return faults.filter(({ path, message }) => {
    const key = JSON.stringify([path.map(String), message])
    return seen.has(key) ? false : seen.add(key)
  })
}

function listKnown(known: readonly string[]): string {
  if (known.length === 0) return '; no key is allowed here'
  return `; the known ones are ${known.map(quote).join(', ')}`
}

/** The keys of the object, or of the alternatives, at this path of the schema. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  let found = [schema].flatMap(alternatives)
  for (const key of path) {
    found = found.flatMap((parent) => member(parent, key)).flatMap(alternatives)
  }
  return [...new Set(found.flatMap((option) => Object.keys(shapeOf(option))))]
}

function member(parent: z.core.$ZodType, key: PropertyKey): readonly z.core.$ZodType[] {
  if (parent instanceof z.ZodArray) return [parent.element]
  if (parent instanceof z.ZodRecord) return [parent.valueType]
  const found = shapeOf(parent)[String(key)]
  return found === undefined ? [] : [found]
}

function shapeOf(schema: z.core.$ZodType): z.core.$ZodShape {
  return schema instanceof z.ZodObject ? schema.shape : {}
}

/** The schema without what makes it optional; for a union its options. */
function alternatives(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives)
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  return wrapped ? alternatives(schema.unwrap()) : [schema]
}

function wrongValue(value: unknown, { path, message }: Issue): string {
  if (value === undefined) return `is required: ${message}`
  if (mayBeSecret(path)) return `must be ${message}`
  return `must be ${message}; is ${Array.isArray(value) ? `a list of ${value.length}` : quoteValue(value)}`
}

/** A value below such a key may be a password, even one that was put in the wrong place. */
function mayBeSecret(path: readonly PropertyKey[]): boolean {
  return path.some((key) => /password|secret|token/i.test(String(key)))
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let found = document
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return found
}

type RawIssue = z.core.$ZodRawIssue
type Kind = NonNullable<RawIssue['code']>

/** What a schema without a text of its own allows; completes "must be …". */
function allowedBy(issue: RawIssue): string {
  const describe = SENTENCES[issue.code] as (issue: RawIssue) => string
  return describe(issue)
}

/** A text for each kind of issue that zod has. */
const SENTENCES: {
  readonly [K in Kind]: (issue: Extract<RawIssue, { readonly code: K }>) => string
} = {
  // Not `z.core`: used as a value it would bring 500 KB of zod into every program.
  invalid_type: ({ expected, inst }) =>
    inst instanceof z.ZodNumberFormat ? 'a whole number' : (TYPES[expected] ?? UNNAMED),
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

/** Values that a sentence names; nobody reads more. */
const NAMED_MOST = 32

function oneOf(values: readonly unknown[]): string {
  const texts = values.map(quoteValue)
  if (texts.length === 1) return texts[0] ?? ''
  const others = texts.length > NAMED_MOST ? ` and ${texts.length - NAMED_MOST} others` : ''
  return `one of ${texts.slice(0, NAMED_MOST).join(', ')}${others}`
}

/** The values of the key that distinguishes the options, or what each option allows at this place. */
function oneOfShapes(issue: Extract<RawIssue, { readonly code: 'invalid_union' }>): string {
  const { options } = issue
  if (Array.isArray(options) && options.length > 0) return oneOf(options)
  const texts = issue.errors.flatMap((issues) => issues.slice(0, 1).map(({ message }) => message))
  return [...new Set(texts)].join(' or ') || UNNAMED
}
