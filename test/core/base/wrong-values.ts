import * as z from 'zod'

/** A place in a schema: how a document with a value at this place is made, and the path to it. */
interface Place {
  readonly schema: z.core.$ZodType
  readonly path: readonly PropertyKey[]
  readonly put: (value: unknown) => unknown
}

/** A document with one value that the schema does not allow there. */
export interface WrongDocument {
  readonly path: readonly PropertyKey[]
  /** What is wrong with the value. */
  readonly kind: string
  readonly value: unknown
  readonly document: unknown
}

/** Marks a member that is left out. */
const LEFT_OUT = Symbol('left out')

/** Values that most schemas do not allow, by what is wrong with them. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  missing: [LEFT_OUT],
  null: [null],
  'wrong type': [true, 7, 'no', [], [[]], {}],
  'too long': ['x'.repeat(5000)],
  'too short': [''],
  'too big': [1e15, 2 ** 60],
  'too small': [-1e15],
  'not whole': [1.5],
  'bad pattern': ['bad value!', '\u0007', '192.0.2.300/99'],
  'unknown key': [{ unknownKey: 1 }],
}

/** Every place of the schema with every wrong value. */
export function* wrongDocuments(schema: z.core.$ZodType): Generator<WrongDocument> {
  const put = (value: unknown): unknown => (value === LEFT_OUT ? undefined : value)
  for (const place of placesOf({ schema, path: [], put })) {
    for (const [kind, values] of Object.entries({ ...WRONG, ...ownWrong(place.schema) })) {
      for (const value of values) {
        const document = place.put(value)
        yield { path: place.path, kind, value: value === LEFT_OUT ? undefined : value, document }
      }
    }
  }
}

/** Wrong values that depend on the schema: lists and records of a wrong length, keys of a wrong form. */
function ownWrong(schema: z.core.$ZodType): Readonly<Record<string, readonly unknown[]>> {
  if (schema instanceof z.ZodArray) {
    return { 'too many': [Array.from({ length: 10_001 }, () => null)] }
  }
  if (schema instanceof z.ZodRecord) {
    const many = Array.from({ length: 5000 }, (_, place) => [`k${place}`, 'x'] as const)
    return { 'too many': [Object.fromEntries(many)], 'bad key': [{ 'a blank': 'x' }] }
  }
  return {}
}

/** All places of a schema, itself first. */
function* placesOf(place: Place): Generator<Place> {
  const schema = bare(place.schema)
  yield { ...place, schema }
  for (const inner of membersOf({ ...place, schema })) yield* placesOf(inner)
}

function* membersOf({ schema, path, put }: Place): Generator<Place> {
  if (schema instanceof z.ZodObject) {
    const shape: z.core.$ZodShape = schema.shape
    for (const [key, member] of Object.entries(shape)) {
      yield {
        schema: member,
        path: [...path, key],
        put: (value) =>
          put(value === LEFT_OUT ? literals(schema, key) : withMember(schema, key, value)),
      }
    }
  } else if (schema instanceof z.ZodArray) {
    yield { schema: schema.element, path: [...path, 0], put: (value) => put(listOf(value)) }
  } else if (schema instanceof z.ZodRecord) {
    yield {
      schema: schema.valueType,
      path: [...path, 'k'],
      put: (value) => put(value === LEFT_OUT ? {} : { k: value }),
    }
  } else if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) yield { schema: option, path, put }
  }
}

function listOf(value: unknown): readonly unknown[] {
  return value === LEFT_OUT ? [] : [value]
}

function withMember(schema: z.ZodObject, key: string, value: unknown): object {
  return { ...literals(schema, key), [key]: value }
}

/** The members that distinguish the options of a union, without `key`. */
function literals(schema: z.ZodObject, key: string): object {
  const known = Object.entries(schema.shape as z.core.$ZodShape).flatMap(([name, member]) =>
    member instanceof z.ZodLiteral && name !== key ? [[name, member.value] as const] : [],
  )
  return Object.fromEntries(known)
}

/** The schema without what makes it optional, or turns its value into another one. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) {
    return bare(schema.in instanceof z.ZodTransform ? schema.out : schema.in)
  }
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  return wrapped ? bare(schema.unwrap()) : schema
}
