import * as z from 'zod'

/** A place in a sample document, with the schema of the value there. */
export interface SamplePlace {
  readonly path: readonly PropertyKey[]
  readonly schema: z.core.$ZodType
}

/** A document that a schema takes, with every member that it may have, and the schema of each place. */
export interface Sample {
  readonly document: unknown
  readonly places: readonly SamplePlace[]
}

/** Texts of which every pattern of the messages takes one. */
const TEXTS = [
  'plain',
  'a'.repeat(64),
  '2026-01-31T12:00:00.000Z',
  '10.0.0.1',
  '2001:db8::1',
  '10.9.0.0/16',
] as const
const NUMBERS = [1, 0] as const

/** One sample for each combination of the options of the unions in a schema. */
export function samplesOf(schema: z.core.$ZodType, path: readonly PropertyKey[] = []): Sample[] {
  const inner = bare(schema)
  const here = { path, schema: inner }
  return valuesOf(inner, path).map(({ document, places }) => ({
    document,
    places: [here, ...places],
  }))
}

function valuesOf(schema: z.core.$ZodType, path: readonly PropertyKey[]): Sample[] {
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => samplesOf(option, path))
  }
  if (schema instanceof z.ZodObject) return objectsOf(schema, path)
  if (schema instanceof z.ZodRecord) {
    return samplesOf(schema.valueType, [...path, 'plain']).map((one) => ({
      ...one,
      document: { plain: one.document },
    }))
  }
  if (schema instanceof z.ZodArray) {
    return samplesOf(schema.element, [...path, 0]).map((one) => ({
      ...one,
      document: [one.document],
    }))
  }
  return [{ document: scalarOf(schema), places: [] }]
}

/** The first option of every member, and for each member with more options one object with each. */
function objectsOf(schema: z.ZodObject, path: readonly PropertyKey[]): Sample[] {
  const members = Object.entries(schema.shape as z.core.$ZodShape).map(
    ([key, member]) => [key, samplesOf(member, [...path, key])] as const,
  )
  const most = Math.max(1, ...members.map(([, options]) => options.length))
  return Array.from({ length: most }, (_, place) => {
    const chosen = members.flatMap(([key, options]) => {
      const option = options[place] ?? options[0]
      return option === undefined ? [] : [[key, option] as const]
    })
    return {
      document: Object.fromEntries(chosen.map(([key, { document }]) => [key, document])),
      places: chosen.flatMap(([, { places }]) => places),
    }
  })
}

function scalarOf(schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodLiteral) return schema.value
  if (schema instanceof z.ZodEnum) return schema.options[0]
  if (schema instanceof z.ZodUnknown) return {}
  const candidates: readonly unknown[] = [...TEXTS, ...NUMBERS, true]
  const taken = candidates.find((value) => z.safeParse(schema, value).success)
  if (taken === undefined) throw new Error(`no sample: ${JSON.stringify(z.toJSONSchema(schema))}`)
  return taken
}

/** The schema without what makes it optional; of what is made from another form, the present form. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) return bare(schema.out)
  const wrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  return wrapped ? bare(schema.unwrap()) : schema
}
