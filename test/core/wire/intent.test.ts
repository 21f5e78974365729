import * as fc from 'fast-check'
import t from 'tap'
import * as z from 'zod'
import { pathText } from '../../../src/core/base/quote.js'
import { INTENT_LIMITS } from '../../../src/core/wire/limits.js'
import { parseIntent, parseIntentText } from '../../../src/core/wire/intent-parse.js'
import { intentSchema } from '../../../src/core/wire/intent.js'
import { jsonFlaw } from '../../../src/core/wire/json-scan.js'
import { ATTACKS, isHarmless } from '../../support/process/attacks.js'
import { docExample } from '../../support/intent/doc-examples.js'
import { FULL_INTENT } from '../../support/intent/full-intent.js'
import { type Place, placesOf, withValue } from '../../support/intent/document-paths.js'

const faultsOf = (document: unknown) => {
  const result = parseIntent(document)
  return result.ok ? [] : result.faults
}
const marks = (document: unknown) => faultsOf(document).map(({ code, at }) => `${code} ${at}`)

/** A path with the numbers of list entries left out. */
const general = (path: Place['path']) =>
  pathText(path.map((key) => (typeof key === 'number' ? 0 : key))).replaceAll('[0]', '[]')

interface JsonSchema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly maxItems?: number
  readonly maxLength?: number
  readonly maximum?: number
}

/** Every place the schema knows. */
function schemaPlaces(schema: JsonSchema, path: string): [path: string, schema: JsonSchema][] {
  return [
    [path, schema],
    ...(schema.anyOf ?? []).flatMap((one) => schemaPlaces(one, path).slice(one.properties ? 1 : 0)),
    ...(schema.items ? schemaPlaces(schema.items, `${path}[]`) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
      schemaPlaces(inner, path === '' ? key : `${path}.${key}`),
    ),
  ]
}

const published = z.toJSONSchema(intentSchema, {
  unrepresentable: 'any',
  io: 'input',
}) as JsonSchema
const known = schemaPlaces(published, '')
/** The full intent, with the aggregates that it cannot have in the default VRF: it has no neighbour there. */
const EVERY_KEY = {
  ...FULL_INTENT,
  router: { ...FULL_INTENT.router, aggregates: [{ prefix: '10.128.0.0/9', summaryOnly: true }] },
}
const fullPlaces = placesOf(EVERY_KEY)

t.test('an intent that says everything is accepted as it was written', async (t) => {
  t.strictSame(parseIntent(EVERY_KEY), { ok: true, value: EVERY_KEY })
  t.strictSame(
    new Set(fullPlaces.map(({ path }) => general(path))),
    new Set(known.map(([path]) => path).filter((path) => path !== '$schema')),
    'the test intent has every key of the schema, and the schema every key of it',
  )
})

t.test('every list, text and number of an intent has a limit', async (t) => {
  for (const [path, { type, maxItems, maxLength, maximum, enum: words, ...schema }] of known) {
    if (type === 'array') t.ok(maxItems, path)
    if (type === 'integer') t.ok(maximum, path)
    if (type === 'string') t.ok(maxLength ?? words ?? schema.const, path)
  }
})

t.test('an unknown key is refused in every object, by its place', async (t) => {
  for (const { path, value } of fullPlaces) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
    const wrong = withValue(EVERY_KEY, [...path, 'surprise'], 1)
    t.strictSame(marks(wrong), [`INTENT_UNKNOWN_KEY ${pathText([...path, 'surprise'])}`])
  }
  t.match(faultsOf(withValue(EVERY_KEY, ['attachments', 0, 'vlan_id'], 1)), [
    { message: /did you mean "vlanId"/ },
  ])
  t.strictSame(marks(JSON.parse('{"__proto__":1}')).at(-1), 'INTENT_UNKNOWN_KEY __proto__')
})

t.test('no text field takes what could become a second command', async (t) => {
  const texts = fullPlaces.filter(({ value }) => typeof value === 'string')
  t.ok(texts.length > 40, `${texts.length} text fields`)
  for (const { path } of texts) {
    const at = pathText(path)
    const taken = ATTACKS.filter(([name, attack]) => {
      if (isHarmless(at, name)) return false
      return marks(withValue(EVERY_KEY, path, attack)).join() !== `INTENT_VALUE ${at}`
    })
    t.strictSame(taken, [], at)
  }
})

t.test('a value of the wrong kind is refused at its place, whatever the field', async (t) => {
  const others = [null, true, 3.5, -1, 1e300, 'no', [], {}, [[]], [null]]
  for (const { path, value } of fullPlaces.slice(1)) {
    const taken = others.filter((other) => {
      const found = marks(withValue(EVERY_KEY, path, other))
      return found.length === 0 || !found.every((one) => one.includes(pathText(path)))
    })
    const fits = taken.filter((other) => sameKind(other, value, pathText(path)))
    t.strictSame(taken, fits, pathText(path))
  }
})

/** Where the replacement is a valid value after all. */
function sameKind(other: unknown, value: unknown, at: string): boolean {
  if (Array.isArray(value)) return Array.isArray(other) && other.length === 0
  if (other === null) return /(vlanId|vrf)$/.test(at)
  if (other === 'no') return typeof value === 'string'
  const open = /(bfd|shutdown|ipv[46]Unicast|import|export|protection|stormControl|probe)$/.test(at)
  return typeof other === typeof value && (typeof value === 'boolean' || open)
}

t.test('a number out of its range is refused with the range', async (t) => {
  const wrong: readonly (readonly [string, Place['path'], readonly number[]])[] = [
    ['1-4094', ['attachments', 0, 'vlanId'], [0, 4095, -1, 100.5]],
    ['0 or 3-65535', ['attachments', 0, 'bgp', 0, 'holdTime'], [1, 2, 65_536]],
    ['23456', ['attachments', 0, 'bgp', 0, 'peerAs'], [0, 23_456, 65_535, 4_294_967_295]],
    ['68-65535', ['attachments', 0, 'mtu'], [67, 65_536]],
    ['1-2147483647', ['vrfs', 0, 'table'], [0, 2_147_483_648]],
    ['1-255', ['attachments', 0, 'bgp', 0, 'multihop'], [0, 256]],
    ['0-10', ['attachments', 0, 'bgp', 0, 'ipv4Unicast', 'export', 'prependAs'], [-1, 11]],
  ]
  for (const [says, path, numbers] of wrong) {
    for (const number of numbers) {
      const [fault, ...rest] = faultsOf(withValue(EVERY_KEY, path, number))
      t.strictSame([fault?.at, rest.length], [pathText(path), 0])
      t.match(fault?.message, says)
      t.match(fault?.message, `is ${number}`)
    }
  }
})

t.test('a password put where its name belongs is not repeated in the refusal', async (t) => {
  const at = ['attachments', 0, 'bgp', 0, 'authPassword'] as const
  const [inPlace, inside] = [
    faultsOf(withValue(EVERY_KEY, at, 'hunter2 x')),
    faultsOf(withValue(EVERY_KEY, [...at, 'secret'], 'hunter2 x')),
  ]
  t.match([inPlace[0]?.code, inside[0]?.code], ['INTENT_VALUE', 'INTENT_VALUE'])
  t.notMatch(JSON.stringify([inPlace, inside]), /hunter2/)
})

t.test('all faults come at once, and no more than an answer can carry', async (t) => {
  const broken = { ...EVERY_KEY, schema: 'v2', generation: 0, router: {}, extra: 1 }
  t.strictSame(marks(broken), [
    'INTENT_VALUE schema',
    'INTENT_VALUE generation',
    'INTENT_VALUE router.id',
    'INTENT_VALUE router.role',
    'INTENT_UNKNOWN_KEY extra',
  ])
  const flood = { ...EVERY_KEY, attachments: Array.from({ length: 8000 }, () => ({})) }
  const many = faultsOf(flood)
  t.equal(many.length, INTENT_LIMITS.faults + 1)
  t.match(many.at(-1)?.message, /more faults/)
})

t.test(
  'a text that is no JSON is refused by line and column, before and after the same',
  async (t) => {
    const places: readonly (readonly [string, string])[] = [
      ['', 'intent:1:1'],
      ['{"a":1,\n "a":2}', 'intent:2:2'],
      ['{"a":}', 'intent:1:6'],
      ['[1,]', 'intent:1:4'],
      ['{} x', 'intent:1:4'],
      ['{"a\n":1}', 'intent:1:4'],
      ['{"a" 1}', 'intent:1:6'],
      ['[1 2]', 'intent:1:4'],
      ['{a:1}', 'intent:1:2'],
      ['"\\x"', 'intent:1:2'],
      ['[01]', 'intent:1:2'],
      ['['.repeat(1000), 'intent:1:33'],
    ]
    for (const [text, at] of places) {
      t.match(
        parseIntentText(text),
        { faults: [{ code: 'INTENT_SYNTAX', at }] },
        JSON.stringify(text),
      )
    }
    t.match(parseIntentText(' '.repeat(INTENT_LIMITS.text + 1)), {
      faults: [{ code: 'INTENT_VALUE' }],
    })
    t.ok(parseIntentText(JSON.stringify(EVERY_KEY, null, 2)).ok)
    const long = `"${'\\n'.repeat(4e6)}"`
    t.equal(jsonFlaw(long), undefined, 'a long string is read without deep recursion')
  },
)

t.test('a text that is something else than JSON is recognised', async (t) => {
  const messages: readonly (readonly [string, string])[] = [
    ['', 'is empty'],
    [' \n\t', 'is empty'],
    ['\ufeff{}', 'starts with a byte order mark: save it as UTF-8 without one'],
    ['schema: demarc/intent/v1\n', 'looks like YAML: convert it to JSON'],
    ['---\nschema: x\n', 'looks like YAML: convert it to JSON'],
    ['# an intent\nschema: x\n', 'starts with a comment, and JSON has none'],
    ['- a\n', 'looks like YAML: convert it to JSON'],
    ['generation = 1\n', 'looks like TOML: convert it to JSON'],
    ['[router]\nid = "a"\n', 'has no value'],
    ['hunter2\n', 'does not start with "{": this is no JSON document'],
  ]
  for (const [text, message] of messages) {
    t.match(
      parseIntentText(text, 'intent.json'),
      { faults: [{ code: 'INTENT_SYNTAX', at: /^intent\.json:\d+:\d+$/, message }] },
      JSON.stringify(text),
    )
  }
})

t.test('a number that would be read as another one is shown as it was written, once', async (t) => {
  const text = JSON.stringify(EVERY_KEY, null, 2)
  for (const digits of ['9007199254740993', '-9007199254740993', '1e400', '12345678901234567890']) {
    const written = text.replace(/"generation": \d+/, `"generation": ${digits}`)
    t.strictSame(parseIntentText(written, 'intent.json'), {
      ok: false,
      faults: [
        {
          code: 'INTENT_VALUE',
          at: 'intent.json:3:17',
          message: `has the number ${digits}, and none beyond 9007199254740991 is allowed: digits would be lost`,
        },
      ],
    })
  }
  t.ok(parseIntentText(text.replace(/"generation": \d+/, '"generation": 9007199254740991')).ok)
})

t.test('what people write in the place of a JSON value is named', async (t) => {
  for (const [value, message] of [
    ['01', /a number that JSON does not have/],
    ['+1', /a number that JSON does not have/],
    ["'x'", /single quotes/],
    ['True', /true, false and null/],
    ['# x', /a comment/],
    ['', /^has no value$/],
  ] as const) {
    t.match(parseIntentText(`{"generation": ${value}}`), { faults: [{ message }] }, value)
  }
  t.match(parseIntentText('\ufffd\ufffd{\0'), { faults: [{ message: /^is not UTF-8/ }] })
})

t.test('the schema that an editor checks by is accepted and no part of the intent', async (t) => {
  const named = { $schema: 'docs/schemas/intent.schema.json', ...EVERY_KEY }
  t.strictSame(parseIntent(named), { ok: true, value: EVERY_KEY })
  t.match(parseIntent({ ...named, $schema: 1 }), { faults: [{ at: '$schema' }] })
})

t.test('the scanner takes what JSON.parse takes, and nothing else', async () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '1',
    '-0.5e3',
    'true',
    'null',
    ' ',
    '\\',
    '"',
  )
  const text = fc.oneof(
    fc.json({ noUnicodeString: false }),
    fc.array(token, { maxLength: 12 }).map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
    fc.string().map((inner) => `"${inner}"`),
  )
  fc.assert(
    fc.property(text, (json) => {
      const flaw = jsonFlaw(json)
      return (
        (flaw === undefined) === parses(json) ||
        /a second time|levels|digits would be lost/.test(flaw?.message ?? '')
      )
    }),
    { numRuns: 5000 },
  )
})

function parses(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}

t.test('any JSON is answered with an intent or with faults fit to print', async () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ stringUnit: 'binary' }),
      fc.constantFrom(...fullPlaces),
      (json, place) => {
        return [json, withValue(EVERY_KEY, place.path, json)].every((document) => {
          const faults = faultsOf(document)
          return faults.every(({ at, message }) => /^[\x20-\x7e…]*$/.test(at + message))
        })
      },
    ),
    { numRuns: 2000 },
  )
})

t.test('the published schema takes what is taken and refuses what is refused', async (t) => {
  const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0])
  for (const name of ['intent base', 'intent vrf']) {
    const example = docExample('docs/intent.md', name)
    t.ok(parseIntent(example).ok, name)
    t.ok(schema.safeParse(example).success, name)
  }
  t.ok(schema.safeParse(EVERY_KEY).success)
  for (const { path, value } of fullPlaces.slice(1)) {
    if (typeof value !== 'object') {
      const other = withValue(EVERY_KEY, path, { no: 1 })
      t.notOk(schema.safeParse(other).success, pathText(path))
    }
  }
})

t.test('4,000 attachments with a neighbour each are checked in well under a second', async (t) => {
  const one = EVERY_KEY.attachments[0]
  const many = {
    ...EVERY_KEY,
    attachments: Array.from({ length: 4000 }, (_, i) => ({ ...one, name: `a${i}`, vlanId: i + 1 })),
  }
  parseIntent(many)
  const before = process.cpuUsage()
  t.ok(parseIntent(many).ok)
  const { user, system } = process.cpuUsage(before)
  t.ok(user + system < 1e6, `${(user + system) / 1000} ms of CPU`)
})
