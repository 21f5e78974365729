import fc from 'fast-check'
import t from 'tap'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { effective } from '../../../src/core/providers/effective.js'
import { judge, refusals } from '../../../src/core/providers/judge.js'
import { SUBJECT_NAMES } from '../../../src/core/providers/subjects/subject-names.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { sample, sampleNames } from './samples.js'
import { withValue } from './write-value.js'

function filledIn(intent: Intent) {
  const found = effective(intent, BUILT_IN)
  if (!found.ok) throw new Error(JSON.stringify(found.faults))
  return found.value
}

/** Every value that a document says, with its place. */
function leaves(node: unknown, at = ''): readonly (readonly [string, unknown])[] {
  if (typeof node !== 'object' || node === null) return [[at, node]]
  return Object.entries(node).flatMap(([key, value]) => leaves(value, `${at}.${key}`))
}

/** Counts make large documents of large numbers. */
const SUBJECTS_WRITTEN = SUBJECT_NAMES.filter((name) => !/count|optic-kinds/.test(name))

/** Samples in which any value was written anew, whether a provider takes it or not. */
const written = fc
  .tuple(
    fc.constantFrom(...sampleNames()),
    fc.array(
      fc.tuple(
        fc.constantFrom(...SUBJECTS_WRITTEN),
        fc.oneof(
          fc.constantFrom('present', 'absent', 'on', 'off', 'tagged', 'untagged', 'ACTIVE'),
          fc.integer({ min: 1, max: 70_000 }),
        ),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([name, changes]) =>
    changes.reduce((intent, [subject, value]) => withValue(intent, subject, value), sample(name)),
  )
  .filter((intent) => parseIntent(intent).ok)

t.test(
  'what a profile fills in changes nothing that is written, and is filled in once',
  async () => {
    fc.assert(
      fc.property(written, (intent) => {
        const before = JSON.stringify(intent)
        const once = filledIn(intent)
        if (JSON.stringify(intent) !== before) throw new Error('the intent itself was changed')
        const after = new Map(leaves(once.intent))
        for (const [at, value] of leaves(intent)) {
          if (after.get(at) !== value) throw new Error(`${at} was ${String(value)}`)
        }
        const twice = filledIn(once.intent)
        if (twice.filled.length > 0) throw new Error(JSON.stringify(twice.filled))
        if (JSON.stringify(twice.intent) !== JSON.stringify(once.intent))
          throw new Error('not the same')
      }),
      { numRuns: 150 },
    )
  },
)

t.test('what a profile fills in is never what it refuses', async () => {
  fc.assert(
    fc.property(written, (intent) => {
      const { intent: whole, filled } = filledIn(intent)
      const places = new Set(filled.map(({ at }) => at))
      const own = refusals(judge(whole, BUILT_IN)).filter(({ at }) => places.has(at))
      // Only the relation of both AS numbers is about two values, of which one was written.
      const others = own.filter(({ message }) => !message.startsWith('the session is'))
      if (others.length > 0) throw new Error(JSON.stringify(others))
    }),
    { numRuns: 150 },
  )
})

t.test('every filled value names its place and its rule', async (t) => {
  const { intent, filled } = filledIn(sample('yandex-private-minimal'))
  t.strictSame(
    filled.map(({ at, value, rule }) => [at, value, rule]),
    [
      ['attachments[0].bgp[0].peerAs', 200350, 'yandex/provider-as'],
      [
        'attachments[0].bgp[0].ipv4Unicast.export.asPaths.without',
        '64496-64511 65536-65551',
        'yandex/paths',
      ],
      ['attachments[0].bgp[0].bfd', 'present', 'yandex/bfd'],
      ['connections[0].ports[0].autoNegotiate', 'off', 'yandex/auto-negotiation'],
      [
        'attachments[0].bgp[0].ipv4Unicast.export.maxPrefixes.limit',
        500,
        'yandex/announced-prefixes',
      ],
    ],
  )
  t.match(intent.attachments[0]?.bgp?.[0], { peerAs: 200350, bfd: {} })
  t.equal(intent.connections[0]?.ports[0]?.autoNegotiate, false)
})

t.test(
  'an intent without providers is the same object, and a rule that is accepted fills in nothing',
  async (t) => {
    const base = sample('yandex-private-minimal')
    const plain = {
      ...base,
      connections: base.connections.map(({ provider: _, ...connection }) => connection),
    }
    t.equal(filledIn(plain).intent, plain)
    const accepting = {
      ...base,
      connections: base.connections.map((connection) => ({
        ...connection,
        accept: [{ rule: 'yandex/bfd', reason: 'the switch between drops BFD' }],
      })),
    }
    const parsed = parseIntent(accepting)
    t.ok(parsed.ok)
    if (parsed.ok) t.notOk(filledIn(parsed.value).filled.some(({ rule }) => rule === 'yandex/bfd'))
  },
)
