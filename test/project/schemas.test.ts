import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../src/core/base/time.js'
import { assess } from '../../src/core/health/assess.js'
import { BUILT_IN } from '../../src/core/providers/built-in/catalogue.js'
import { healthDocument } from '../../src/core/health/document.js'
import { NO_HISTORY } from '../../src/core/health/rules/history.js'
import { arbitraryState } from '../support/agent/arbitrary-state.js'
import { healthyDocument } from '../support/agent/router-state.js'
import { docExamples } from '../support/intent/doc-examples.js'
import { FULL_INTENT } from '../support/intent/full-intent.js'
import { BASE, VRF } from '../support/intent/intent-changes.js'

const SCHEMAS = {
  intent: 'docs/schemas/intent.schema.json',
  health: 'docs/schemas/health.schema.json',
  messages: 'docs/schemas/messages.schema.json',
  provider: 'docs/schemas/provider.schema.json',
} as const

interface Case {
  readonly what: string
  readonly schema: keyof typeof SCHEMAS
  /** A key under `$defs`; null: the whole schema. */
  readonly definition: string | null
  readonly document: unknown
  readonly valid: boolean
}

type Schema = { readonly [key: string]: unknown }

const read = (name: keyof typeof SCHEMAS) =>
  JSON.parse(readFileSync(SCHEMAS[name], 'utf8')) as Schema

/** The document with one value replaced, or taken out where `value` is undefined. */
function planted(document: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(document) as object
  let at = copy as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>
  const last = path.at(-1) ?? ''
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

const whole = (
  schema: 'intent' | 'health' | 'provider',
  what: string,
  document: unknown,
  valid: boolean,
): Case => ({
  what: `${schema}: ${what}`,
  schema,
  definition: null,
  document,
  valid,
})

const BAD_INTENT: readonly (readonly [
  what: string,
  path: readonly (string | number)[],
  value?: unknown,
])[] = [
  ['another format', ['schema'], 'demarc/intent/v2'],
  ['no router', ['router']],
  ['a generation of 0', ['generation'], 0],
  ['a key that does not exist', ['hostname'], 'r1'],
  ['a role that does not exist', ['router', 'role'], 'peer'],
  ['a router id with a blank', ['router', 'id'], 'par edge'],
  ['a VLAN id of 4095', ['attachments', 0, 'vlanId'], 4095],
  ['a text for a number', ['attachments', 0, 'mtu'], '9000'],
  ['no ports', ['connections', 0, 'ports'], []],
  ['an AS number of 0', ['attachments', 0, 'bgp', 0, 'peerAs'], 0],
]

const BAD_HEALTH: typeof BAD_INTENT = [
  ['no router', ['router']],
  ['null for a port', ['ports', 'p1'], null],
  ['a severity that does not exist', ['ports', 'p1', 'severity'], 'fatal'],
  ['a text for a power', ['ports', 'p1', 'transceiver', 'diagnostics', 'inputPower'], '-6 dBm'],
  ['a time that is none', ['router', 'since'], 'yesterday'],
  ['no counters', ['ports', 'p1', 'counters']],
  ['half an octet', ['ports', 'p1', 'counters', 'inOctets'], 0.5],
  [
    'a session state of RFC 4271 in another case',
    ['neighbors', 'net-a/10.0.0.1', 'sessionState'],
    'Established',
  ],
]

function healthCases(): readonly Case[] {
  const healthy = healthyDocument(2)
  const written = fc
    .sample(arbitraryState, { numRuns: 50, seed: 11 })
    .map((state) => healthDocument(state, assess(state, NO_HISTORY, millis(0)).verdicts, null))
  const newer = planted(healthy, ['router', 'bios'], '1.2')
  return [
    whole('health', 'nothing wrong', healthy, true),
    ...written.map((document, i) => whole('health', `any state ${i}`, document, true)),
    whole('health', 'a member of a newer agent', newer, true),
    ...BAD_HEALTH.map(([what, path, value]) =>
      whole('health', what, planted(healthy, path, value), false),
    ),
  ]
}

const BAD_PROFILE: typeof BAD_INTENT = [
  ['another format', ['schema'], 'demarc/provider/v2'],
  ['a rule about nothing known', ['rules', 0, 'subject'], 'vlans'],
  ['a rule without a source', ['rules', 0, 'sources'], []],
  ['a rule with free words', ['rules', 0, 'note'], 'x'],
  ['a source that nobody read', ['sources', 0, 'read']],
]

function providerCases(): readonly Case[] {
  const sample = JSON.parse(readFileSync('config/providers/example.json', 'utf8')) as unknown
  return [
    ...[...BUILT_IN].map(([id, profile]) => whole('provider', id, profile, true)),
    whole('provider', 'the sample', sample, true),
    ...BAD_PROFILE.map(([what, path, value]) =>
      whole('provider', what, planted(sample, path, value), false),
    ),
  ]
}

function intentCases(): readonly Case[] {
  return [
    whole('intent', 'docs/intent.md, base', BASE, true),
    whole('intent', 'docs/intent.md, vrf', VRF, true),
    whole('intent', 'every field', FULL_INTENT, true),
    ...BAD_INTENT.map(([what, path, value]) =>
      whole('intent', what, planted(BASE, path, value), false),
    ),
  ]
}

/**
 * Every example of the protocol page: as it is, and with its first member of another type. Where there is none,
 * with an unknown member, which a receiver ignores.
 */
function messageCases(): readonly Case[] {
  return docExamples('docs/protocol.md').flatMap(({ name, text }): Case[] => {
    const frame = JSON.parse(text) as { params?: object; result?: object }
    const [side, method, kind = 'params'] = name.split(' ')
    const definition = name === 'error' ? 'error' : `${side}.${method}.${kind}`
    const document = name === 'error' ? frame : (frame.params ?? frame.result ?? {})
    const [first = 'unknown'] = Object.keys(document)
    const cases = { what: `message ${name}`, schema: 'messages', definition } as const
    return [
      { ...cases, document, valid: true },
      {
        ...cases,
        document: { ...document, [first]: [[]] },
        valid: ['intent', 'unknown'].includes(first),
      },
    ]
  })
}

t.test('a validator of another language reads the schemas and judges documents alike', (t) => {
  const cases = [...intentCases(), ...healthCases(), ...providerCases(), ...messageCases()]
  const ran = spawnSync('python3', ['test/project/validate_schemas.py'], {
    input: JSON.stringify({ schemas: SCHEMAS, cases }),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  t.equal(ran.status, 0, ran.stderr.slice(-2000))
  const { references, valid } = JSON.parse(ran.stdout) as {
    references: Record<string, number>
    valid: readonly boolean[]
  }
  t.ok(
    (references['messages'] ?? 0) > 0,
    'the messages refer to the intent and the health document',
  )
  t.strictSame(
    cases.filter((one, i) => valid[i] !== one.valid).map(({ what }) => what),
    [],
    `${cases.length} documents`,
  )
  t.end()
})

/** Paths of members, list items and definitions that nothing describes. */
function undescribed(schema: Schema, path: string): readonly string[] {
  const keyed = ['properties', '$defs'].flatMap((keyword) =>
    Object.entries((schema[keyword] ?? {}) as Record<string, Schema>).flatMap(([key, inner]) => [
      ...('description' in inner || '$ref' in inner ? [] : [`${path}.${key}`]),
      ...undescribed(inner, `${path}.${key}`),
    ]),
  )
  const inner = ['items', 'additionalProperties', 'propertyNames'].flatMap((keyword) => {
    const part = schema[keyword]
    return typeof part === 'object' && part !== null ? undescribed(part as Schema, `${path}[]`) : []
  })
  const alternatives = ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) =>
    ((schema[keyword] ?? []) as readonly Schema[]).flatMap((part) => undescribed(part, path)),
  )
  return [...keyed, ...inner, ...alternatives]
}

for (const name of ['intent', 'health', 'messages'] as const) {
  t.test(`every member of the ${name} schema is described`, (t) => {
    t.strictSame(undescribed(read(name), name), [])
    t.end()
  })
}

t.test('each schema has a name of its own, a title and a description', (t) => {
  for (const name of Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[]) {
    const schema = read(name)
    t.equal(schema['$id'], `urn:demarc:schema:${name}:v1`)
    t.match(schema, { title: /^demarc /, description: /\w/ }, name)
  }
  t.end()
})
