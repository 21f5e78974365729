import { readFileSync } from 'node:fs'
import type { Random } from './random.js'

/** The part of JSON Schema that demarc's published schemas use. */
interface Schema {
  readonly $ref?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly maxItems?: number
  readonly minItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: string
  readonly maxLength?: number
}

/** Values of the published messages, without any code of demarc's own. */
export interface Published {
  /** Methods of one side. */
  readonly methods: (side: 'hub' | 'agent') => readonly string[]
  /** A value of a definition, such as `hub.hello.params`; about one member in ten is beyond its bounds. */
  readonly value: (definition: string, random: Random) => unknown
}

export function readPublished(): Published {
  const text = readFileSync('docs/schemas/messages.schema.json', 'utf8')
  const { $defs } = JSON.parse(text) as { readonly $defs: Readonly<Record<string, Schema>> }
  return {
    methods: (side) =>
      Object.keys($defs).flatMap((name) => {
        const method = new RegExp(`^${side}\\.(.*)\\.params$`).exec(name)?.[1]
        return method === undefined ? [] : [method]
      }),
    value: (definition, random) => valueOf($defs[definition] ?? {}, { $defs, random, depth: 0 }),
  }
}

interface Context {
  readonly $defs: Readonly<Record<string, Schema>>
  readonly random: Random
  readonly depth: number
}

function valueOf(schema: Schema, at: Context): unknown {
  const { $defs, random, depth } = at
  if (schema.$ref !== undefined) {
    const name = decodeURIComponent(schema.$ref.replace('#/$defs/', ''))
    return valueOf($defs[name] ?? {}, at)
  }
  if ('const' in schema) return schema.const
  const options = schema.anyOf ?? schema.oneOf
  if (options !== undefined) return valueOf(random.pick(options), at)
  if (schema.enum !== undefined) return random.pick(schema.enum)
  if (depth > 12) return null
  const make = MAKERS[schema.type ?? '']
  return make === undefined ? anything(random) : make(schema, { ...at, depth: depth + 1 })
}

const MAKERS: Readonly<Record<string, (schema: Schema, at: Context) => unknown>> = {
  object: objectOf,
  array: ({ items = {}, minItems = 0, maxItems = 5 }, at) =>
    Array.from({ length: minItems + at.random.below(Math.min(4, maxItems + 1)) }, () =>
      valueOf(items, at),
    ),
  string: textOf,
  boolean: (_, { random }) => random.once(2),
  null: () => null,
  integer: numberOf,
  number: numberOf,
}

function objectOf(schema: Schema, at: Context): object {
  const { properties = {}, required = [], additionalProperties } = schema
  const members = Object.entries(properties)
    .filter(([key]) => required.includes(key) || at.random.once(2))
    .map(([key, inner]): [string, unknown] => [key, valueOf(inner, at)])
  const more =
    typeof additionalProperties === 'object'
      ? Array.from({ length: at.random.below(4) }, (_, i): [string, unknown] => [
          `k${i}`,
          valueOf(additionalProperties, at),
        ])
      : []
  return Object.fromEntries([...members, ...more])
}

function numberOf(
  { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema,
  { random }: Context,
): number {
  const ends = [minimum, maximum, minimum - 1, maximum + 1, 2 ** 31, 2 ** 32, 2 ** 53, -1, 0, 1.5]
  return random.once(6) ? random.pick(ends) : minimum + random.below(1000)
}

const TIMES = ['0000-01-01', '1969-12-31', '1970-01-01', '2026-03-01', '9999-12-31', '10126-01-01']

function textOf({ format, maxLength = 40 }: Schema, { random }: Context): string {
  if (format === 'date-time')
    return `${random.pick(TIMES)}T10:00:00${random.pick(['Z', '.000Z', '+00:00'])}`
  if (random.once(8)) return random.pick(ODD_TEXTS)
  return 'x'.repeat(1 + random.below(Math.min(maxLength + 1, 80)))
}

const ODD_TEXTS = [
  '',
  '\ud800',
  '\u0000',
  '\ufeffx',
  '__proto__',
  'constructor',
  'ﬁ',
  '\u202e',
  '9'.repeat(400),
]

function anything(random: Random): unknown {
  return random.pick([null, true, 0, '', [], {}, [[]], { k: {} }, 1e308, -0])
}
