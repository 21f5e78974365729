import t from 'tap'
import * as z from 'zod'
import {
  ErrorFrame,
  FaultShape,
  NotificationFrame,
  RequestFrame,
  ResultFrame,
} from '../../../src/core/wire/rpc.js'
import { withValue } from '../../support/intent/document-paths.js'
import { samplesOf, type Sample } from './sample-documents.js'
import { METHOD_SCHEMAS } from './method-schemas.js'

/** Every schema of a message, and of the frames that carry messages. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  fault: FaultShape,
  request: RequestFrame,
  notification: NotificationFrame,
  result: ResultFrame,
  error: ErrorFrame,
  ...METHOD_SCHEMAS,
}

/** Members that no version of demarc has had so far, with names that are special to JavaScript. */
const UNKNOWN: readonly (readonly [string, unknown])[] = [
  ['laterMember', { nested: [1, { deep: null }] }],
  ['constructor', 'text'],
  ['__proto__', { polluted: true }],
]

/** The document with a member more at the path; `__proto__` becomes a member as well, as `JSON.parse` makes it. */
function planted(
  document: unknown,
  path: readonly PropertyKey[],
  [key, value]: readonly [string, unknown],
): unknown {
  const before = path.reduce<unknown>(
    (found, step) => (Object(found) as Record<PropertyKey, unknown>)[step],
    document,
  )
  const more: unknown = JSON.parse(
    JSON.stringify({ ...Object(before), '@': value }).replace('"@"', JSON.stringify(key)),
  )
  return path.length === 0 ? more : withValue(document, path as (string | number)[], more)
}

/** The objects of a sample whose members are named by the schema, not by somebody else. */
function objectPlaces({ places }: Sample): Sample['places'] {
  return places.filter(({ schema }) => schema instanceof z.ZodObject)
}

for (const [name, schema] of Object.entries(SCHEMAS)) {
  t.test(`${name}: a member that this version does not know changes nothing`, (t) => {
    for (const sample of samplesOf(schema)) {
      const plain = schema.safeParse(sample.document)
      t.ok(plain.success, JSON.stringify(plain.error?.issues ?? []))
      for (const { path, schema: object } of objectPlaces(sample)) {
        for (const unknown of UNKNOWN) {
          const read = schema.safeParse(planted(sample.document, path, unknown))
          // Health and intents are kept as they are, so that what is stored or pushed back loses nothing.
          const isKept = (object as z.ZodObject).def.catchall !== undefined
          const expected =
            isKept && unknown[0] !== '__proto__' ? planted(plain.data, path, unknown) : plain.data
          t.strictSame(read.data, expected, `${path.map(String).join('.')} ${unknown[0]}`)
        }
      }
    }
    t.end()
  })
}

/** Places whose words a peer reports: a list of words beside any other text. */
function wordPlaces(schema: z.ZodType): readonly (readonly [unknown, readonly PropertyKey[]])[] {
  return samplesOf(schema).flatMap(({ document, places }) =>
    places
      .filter(
        ({ schema: word }) =>
          word instanceof z.ZodUnion && word.options.some((one) => one instanceof z.ZodEnum),
      )
      .map(({ path }) => [document, path] as const),
  )
}

t.test('a word that this version does not know is kept as text', (t) => {
  let words = 0
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    for (const [document, path] of wordPlaces(schema)) {
      const later = withValue(document, path as (string | number)[], 'later-word')
      const read = schema.safeParse(later)
      t.strictSame(
        path.reduce<unknown>(
          (found, step) => (Object(found) as Record<PropertyKey, unknown>)[step],
          read.data,
        ),
        'later-word',
        `${name} ${path.map(String).join('.')}`,
      )
      words += 1
    }
  }
  t.ok(words > 30, `${words} places`)
  t.end()
})

/** Closed lists: a wish that is not known cannot be granted, so it is refused with a sentence. */
const CLOSED = [
  'request jsonrpc',
  'notification jsonrpc',
  'result jsonrpc',
  'error jsonrpc',
  'agent intent.push params maxImpact',
  'agent intent.push params probes.0.kind',
  'agent lifecycle.notify params kind',
  'agent lifecycle.notify params word',
  'hub report.health params kind',
]

t.test('only these places have a closed list of words', (t) => {
  const closed = Object.entries(SCHEMAS).flatMap(([name, schema]) =>
    samplesOf(schema).flatMap(({ document, places }) =>
      places
        .filter(({ schema: word }) => word instanceof z.ZodEnum || word instanceof z.ZodLiteral)
        .filter(({ path }) => {
          const later = withValue(document, path as (string | number)[], 'later-word')
          return !schema.safeParse(later).success
        })
        .map(({ path }) => `${name} ${path.map(String).join('.')}`),
    ),
  )
  t.strictSame([...new Set(closed)].sort(), [...CLOSED].sort())
  t.end()
})

const FORMS: readonly (readonly [written: string, read: string])[] = [
  ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:00+00:00', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T14:30:00.5+02:30', '2026-01-31T12:00:00.500Z'],
  ['2026-01-31T11:59:59.999999999999999999-00:00', '2026-01-31T11:59:59.999Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
]

t.test('an instant is read in every form of RFC 3339 and means the same', (t) => {
  let instants = 0
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    for (const { document, places } of samplesOf(schema)) {
      for (const { path, schema: at } of places) {
        if (z.globalRegistry.get(at)?.['format'] !== 'date-time') continue
        instants += 1
        for (const [written, expected] of FORMS) {
          const read = schema.safeParse(withValue(document, path as (string | number)[], written))
          const exact = schema.safeParse(withValue(document, path as (string | number)[], expected))
          t.ok(exact.success)
          t.strictSame(read.data, exact.data, `${name} ${path.map(String).join('.')} ${written}`)
        }
      }
    }
  }
  t.ok(instants > 15, `${instants} places`)
  t.end()
})
