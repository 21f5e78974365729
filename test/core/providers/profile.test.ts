import { readFileSync } from 'node:fs'
import t from 'tap'
import { refused } from '../../../src/core/base/result.js'
import { fault } from '../../../src/core/base/fault.js'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { changedRules } from '../../../src/core/providers/changed.js'
import { effective } from '../../../src/core/providers/effective.js'
import { overlay } from '../../../src/core/providers/overlay.js'
import { parseProfile } from '../../../src/core/providers/parse-profile.js'
import { SUBJECT_NAMES } from '../../../src/core/providers/subjects/subject-names.js'
import { sample } from './samples.js'

const FILE = '/etc/demarc/providers/acme.json'

/** A small profile of an operator's own, with other members. */
function acme(over: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    schema: 'demarc/provider/v1',
    id: 'acme',
    name: 'Acme',
    product: 'Acme Link',
    says: 'A link to Acme.',
    sources: [
      { id: 'guide', title: 'Guide', url: 'https://acme.example/guide', read: '2026-11-30' },
    ],
    rules: [rule()],
    words: [],
    states: { connection: [], attachment: [] },
    facts: [],
    steps: [],
    support: [],
    ...over,
  })
}

function rule(over: Readonly<Record<string, unknown>> = {}) {
  return {
    id: 'acme/vlan',
    kind: 'error',
    subject: 'vlan',
    says: 'Acme takes few VLANs.',
    sources: ['guide'],
    allowed: { numbers: [[10, 20]] },
    ...over,
  }
}

t.test(
  'every profile that comes with demarc keeps the schema of an operator and contradicts nothing',
  async (t) => {
    for (const profile of BUILT_IN.values()) {
      const parsed = parseProfile(JSON.stringify(profile), `${profile.id}.json`)
      t.strictSame(parsed.ok ? [] : parsed.faults, [], profile.id)
    }
  },
)

t.test('every subject has a rule in some profile, or waits for one', async (t) => {
  const used = new Set(
    [...BUILT_IN.values()].flatMap(({ rules }) => rules.map(({ subject }) => subject)),
  )
  const unused = SUBJECT_NAMES.filter((name) => !used.has(name))
  t.strictSame(unused, [
    'duplex',
    'unknown-unicast-rate',
    'bfd-transmit-interval',
    'bfd-receive-interval',
    'import-limit',
  ])
})

t.test("an operator's profile works as a built-in one, with no code", async (t) => {
  const parsed = parseProfile(acme(), FILE)
  t.ok(parsed.ok)
})

/** Broken files, and what the fault says. */
const BROKEN: readonly [string, string, RegExp][] = [
  ['no JSON', '{', /acme\.json:1:/],
  ['a key twice', '{"id":"a","id":"b"}', /acme\.json/],
  ['no object', '[]', /acme\.json/],
  [
    'another schema',
    acme({ schema: 'demarc/provider/v9' }),
    /acme\.json: schema.*must be "demarc\/provider\/v1"/,
  ],
  ['an unknown key', acme({ colour: 'red' }), /colour.*is not a known key/],
  ['no rules', acme({ rules: undefined }), /rules.*is required/],
  ['an unknown subject', acme({ rules: [rule({ subject: 'vlans' })] }), /rules\[0\]\.subject/],
  [
    'a date that is none',
    acme({ sources: [{ id: 'guide', title: 'g', url: 'u', read: 'yesterday' }] }),
    /sources\[0\]\.read.*2026-11-30/,
  ],
  [
    'a rule of another profile',
    acme({ rules: [rule({ id: 'yandex/vlan' })] }),
    /rules\[0\]\.id: must start with "acme\/"/,
  ],
  [
    'a rule twice',
    acme({ rules: [rule(), rule()] }),
    /rules\[1\]\.id: "acme\/vlan" is already the id of rules\[0\]/,
  ],
  [
    'an unknown source',
    acme({ rules: [rule({ sources: ['blog'] })] }),
    /rules\[0\]\.sources: there is no source "blog"/,
  ],
  [
    'an unknown service',
    acme({ rules: [rule({ services: ['gold'] })] }),
    /there is no service "gold"/,
  ],
  [
    'services without their place',
    acme({ services: [{ id: 'a', name: 'a', says: 'a' }] }),
    /services: must be there where "serviceOf" is/,
  ],
  [
    'an unknown region',
    acme({
      regions: ['north'],
      rules: [rule({ allowed: undefined, byRegion: [{ regions: ['south'], numbers: [[1, 2]] }] })],
    }),
    /there is no region "south"/,
  ],
  [
    'a range from high to low',
    acme({ rules: [rule({ allowed: { numbers: [[20, 10]] } })] }),
    /20 is above 10/,
  ],
  [
    'a word for a number',
    acme({ rules: [rule({ allowed: { words: ['many'] } })] }),
    /"vlan" is not a word/,
  ],
  [
    'a number for a word',
    acme({ rules: [rule({ subject: 'bfd', allowed: { numbers: [[1, 2]] } })] }),
    /"bfd" is not a number/,
  ],
  [
    'a word that there is not',
    acme({ rules: [rule({ subject: 'bfd', allowed: { words: ['maybe'] } })] }),
    /"maybe" is no word for "bfd"/,
  ],
  [
    'a prefix for a number',
    acme({ rules: [rule({ allowed: { prefixes: ['10.0.0.0/8'] } })] }),
    /"vlan" is not an address/,
  ],
  [
    'a rule that asks for nothing',
    acme({ rules: [rule({ allowed: undefined })] }),
    /neither "allowed" nor "byRegion"/,
  ],
  [
    'a default without a value',
    acme({ rules: [rule({ kind: 'default' })] }),
    /no value to fill in/,
  ],
  [
    'a value that cannot be filled in',
    acme({ rules: [rule({ fill: 11 })] }),
    /"vlan" cannot be filled in/,
  ],
  [
    'a value that the rule refuses',
    acme({ rules: [rule({ subject: 'hold-time', fill: 30 })] }),
    /the rule itself refuses 30/,
  ],
  [
    'a word to fill in a number',
    acme({ rules: [rule({ subject: 'hold-time', fill: 'long' })] }),
    /must be a number/,
  ],
  [
    'two rules that refuse everything',
    acme({ rules: [rule(), rule({ id: 'acme/high', allowed: { numbers: [[30, 40]] } })] }),
    /rules\[1\]: no value can keep both this rule and "acme\/vlan"/,
  ],
]

for (const [says, text, expected] of BROKEN) {
  t.test(`a profile with ${says} is refused by the name of its file`, async (t) => {
    const parsed = parseProfile(text, FILE)
    t.notOk(parsed.ok)
    const texts = parsed.ok
      ? []
      : parsed.faults.map(({ code, at, message }) => `${code} ${at}: ${message}`)
    t.match(texts.join('\n'), expected)
    for (const each of texts)
      t.match(each, /^PROVIDER_PROFILE \/etc\/demarc\/providers\/acme\.json/)
  })
}

function read(file: string, text: string) {
  return { file, profile: parseProfile(text, file) }
}

t.test(
  'a file that breaks leaves its last good profile in use; one that goes takes its profile with it',
  async (t) => {
    const first = overlay(BUILT_IN, [read(FILE, acme())], new Map())
    t.strictSame(first.faults, [])
    t.equal(first.profiles.get('acme')?.name, 'Acme')
    const broken = overlay(BUILT_IN, [read(FILE, '{')], first.files)
    t.match(broken.faults, [{ code: 'PROVIDER_PROFILE' }])
    t.equal(broken.profiles.get('acme')?.name, 'Acme', 'the last good one')
    const gone = overlay(BUILT_IN, [], broken.files)
    t.notOk(gone.profiles.has('acme'))
    const never = overlay(
      BUILT_IN,
      [{ file: FILE, profile: refused(fault('PROVIDER_PROFILE', FILE)) }],
      new Map(),
    )
    t.strictSame([...never.profiles.keys()], [...BUILT_IN.keys()], 'the built-in ones stay')
  },
)

t.test(
  "two files with one profile are a fault, and an operator's file replaces a built-in profile",
  async (t) => {
    const two = overlay(
      BUILT_IN,
      [read('a.json', acme()), read('b.json', acme({ name: 'B' }))],
      new Map(),
    )
    t.match(two.faults, [{ at: 'b.json', message: /"acme" is already in a\.json/ }])
    t.equal(two.profiles.get('acme')?.name, 'Acme')
    const own = JSON.stringify({ ...BUILT_IN.get('outscale'), name: 'My OUTSCALE' })
    const over = overlay(BUILT_IN, [read('outscale.json', own)], new Map())
    t.equal(over.profiles.get('outscale')?.name, 'My OUTSCALE')
  },
)

t.test(
  'facts that change while an intent is in force are named, each with its place',
  async (t) => {
    const intent = sample('outscale-minimal')
    const found = effective(intent, BUILT_IN)
    if (!found.ok) throw new Error('sample')
    const inForce = { intent, effective: found.value.intent }
    t.strictSame(changedRules(inForce, BUILT_IN), [], 'nothing has changed')
    const text = JSON.stringify(BUILT_IN.get('outscale'))
    const change = (from: string, to: string) =>
      overlay(BUILT_IN, [read('outscale.json', text.replaceAll(from, to))], new Map()).profiles
    t.match(
      changedRules(inForce, change('50624', '50625')),
      [
        {
          at: 'attachments[0].bgp[0].peerAs',
          message: /is 50624 in force, and outscale\/provider-as now fills in 50625/,
        },
      ],
      'another AS',
    )
    t.match(
      changedRules(inForce, change('[[2,4094]]', '[[2,50]]')),
      [{ at: 'attachments[0].vlanId', message: /requires 2-50/ }],
      'a lower limit',
    )
    t.match(
      changedRules(inForce, new Map()),
      [{ at: 'connections[0].provider' }],
      'no profile any more',
    )
    t.match(
      changedRules(inForce, change(',"fill":50624', '')),
      [{ message: /not filled in any more/ }],
      'a value that is fixed no longer',
    )
  },
)

t.test("the sample of an operator's profile can be used, and says the same in TOML", async (t) => {
  const [json, toml] = ['config/providers/example.json', 'config/example-provider.toml'].map(
    (file) => {
      const read = parseProfile(readFileSync(file, 'utf8'), file)
      t.strictSame(read.ok ? [] : read.faults, [])
      return read.ok ? read.value : undefined
    },
  )
  const { $schema: _schema, ...rest } = { $schema: '', ...json }
  t.strictSame(toml, rest)
})

t.test('a profile in TOML is checked as one in JSON', async (t) => {
  const sample = readFileSync('config/example-provider.toml', 'utf8')
  const faults = (text: string) => {
    const read = parseProfile(text, 'x.toml')
    return read.ok ? [] : read.faults
  }
  t.match(faults(`${sample}\n[`), [{ code: 'PROVIDER_PROFILE', at: /^x\.toml:\d+:\d+$/ }])
  t.match(faults(sample.replace('kind = "warning"', 'kind = "hint"')), [
    { code: 'PROVIDER_PROFILE', at: 'x.toml: rules[3].kind' },
  ])
  t.strictSame(faults(sample.replace('"2026-11-30"', '2026-11-30')), [], 'a date is a date')
  t.match(faults(sample.replace('"2026-11-30"', '2026-11-30T00:00:00Z')), [
    { code: 'PROVIDER_PROFILE', at: 'x.toml: sources[0].read' },
  ])
})
