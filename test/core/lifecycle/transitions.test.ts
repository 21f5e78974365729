import fc from 'fast-check'
import t from 'tap'
import {
  ACCEPT_WITHIN,
  advance,
  after,
  type Observation,
} from '../../../src/core/lifecycle/advance.js'
import type { LifecycleRecord } from '../../../src/core/lifecycle/record.js'
import { withWord } from '../../../src/core/lifecycle/word.js'
import {
  leadsTo,
  STATES_OF,
  statesThatAdmit,
  TRANSITIONS,
  wordsOf,
} from '../../../src/core/lifecycle/transitions.js'
import {
  LIFECYCLE_WORDS,
  SERVICE_KINDS,
  type LifecycleWord,
} from '../../../src/core/model/health.js'
import { ALL_TRIGGERS, at, DAY, fresh, kinds, reachable, seen, through } from './subjects.js'

t.test('the table has one row for each state and trigger, and reaches every state', async (t) => {
  for (const kind of SERVICE_KINDS) {
    const pairs = TRANSITIONS[kind].flatMap(({ from, on }) => from.map((state) => `${state} ${on}`))
    t.equal(new Set(pairs).size, pairs.length, `${kind}: no two rows contradict each other`)
    t.strictSame([...reachable(kind)].sort(), [...STATES_OF[kind]].sort(), kind)
    for (const { from, to } of TRANSITIONS[kind]) {
      for (const state of to === 'before' ? from : [...from, to]) {
        t.ok(STATES_OF[kind].includes(state), `${state} is a state of a ${kind}`)
      }
    }
    t.strictSame(
      ALL_TRIGGERS.filter((on) => leadsTo({ kind, state: 'deleted' }, on) !== undefined),
      [],
      'nothing leads out of deleted',
    )
    for (const state of STATES_OF[kind].filter((each) => !each.startsWith('delet'))) {
      t.equal(leadsTo({ kind, state }, 'unwanted'), 'deleting', `${state} can be removed`)
    }
  }
})

t.test('each word is said of one kind, in the states that a refusal names', async (t) => {
  t.strictSame(wordsOf('connection'), ['ordered', 'approved', 'loa-sent'])
  t.strictSame(wordsOf('attachment'), ['offered', 'accepted', 'rejected'])
  t.strictSame(statesThatAdmit('attachment', 'accepted'), ['confirming', 'pending'])
  t.strictSame(statesThatAdmit('connection', 'accepted'), [])
})

/** Triggers, and the state after them. */
const WAYS = [
  ['connection', [], 'requested'],
  ['connection', ['applied'], 'pending'],
  ['connection', ['ordered', 'approved'], 'requested'],
  ['connection', ['ordered', 'loa-sent'], 'pending'],
  ['connection', ['applied', 'ordered', 'works'], 'available'],
  ['connection', ['applied', 'works', 'fails', 'works'], 'available'],
  ['connection', ['works', 'fails'], 'down'],
  ['connection', ['works', 'unwanted', 'gone'], 'deleted'],
  ['attachment', [], 'pending'],
  ['attachment', ['offered'], 'confirming'],
  ['attachment', ['offered', 'accepted'], 'pending'],
  ['attachment', ['offered', 'rejected'], 'rejected'],
  ['attachment', ['offered', 'lapsed'], 'expired'],
  ['attachment', ['offered', 'lapsed', 'offered'], 'confirming'],
  ['attachment', ['offered', 'works'], 'available'],
  ['attachment', ['fails'], 'pending'],
  ['attachment', ['works', 'unwanted', 'wanted'], 'available'],
  ['attachment', ['offered', 'unwanted', 'wanted'], 'confirming'],
  ['attachment', ['works', 'unwanted', 'works'], 'deleting'],
  ['attachment', ['unwanted', 'gone', 'wanted', 'works'], 'deleted'],
] as const

t.test('each way through a life ends where it should', async (t) => {
  for (const [kind, triggers, state] of WAYS) {
    t.equal(through(kind, ...triggers).state, state, `${kind} ${triggers.join(', ')}`)
  }
})

t.test('a removal that is rolled back gives back the state, since when, and why', async (t) => {
  const before = through('attachment', 'offered')
  const removed = after(before, 'unwanted', { since: at(9000), reason: 'removed' })
  t.match(removed, { state: 'deleting', since: at(9000), before: { state: 'confirming' } })
  const back = after(removed, 'wanted', { since: at(10_000), reason: '' })
  t.strictSame(back, before)
  const lost = after({ ...removed, before: null }, 'wanted', { since: at(1), reason: '' })
  t.match(lost, { state: 'pending', before: null }, 'also where a file does not say what it was')
})

t.test('what was ordered waits for the word of the provider, or for a link', async (t) => {
  const ordered = through('connection', 'ordered')
  t.equal(advance(ordered, seen(), at(5000)).record, ordered)
  t.equal(advance(fresh('connection'), seen(), at(5000)).record.state, 'pending')
  t.equal(advance(fresh('connection'), seen({ isApplied: false }), at(1)).record.state, 'requested')
  const works = advance(ordered, seen({ service: 'works' }), at(5000))
  t.match(works.record, { state: 'available', awaitsProvider: false, since: at(5000) })
  t.match(works.moves, [{ from: 'requested' }])
})

t.test('an owner has seven days, by a wall clock that may jump', async (t) => {
  const asked = through('attachment', 'offered')
  const asOf = (time: number) => advance(asked, seen(), at(1000 + time)).record.state
  t.equal(asOf(ACCEPT_WITHIN - 1), 'confirming')
  t.equal(asOf(ACCEPT_WITHIN), 'expired')
  t.equal(asOf(-400 * DAY), 'confirming', 'a clock that was set back expires nothing')
  const said = withWord(asked, { word: 'offered', reason: '' }, at(6 * DAY))
  t.match(said, { ok: true, value: { record: { since: asked.since }, moves: [] } })
  t.equal(
    advance(asked, seen({ service: 'works' }), at(9 * DAY)).record.state,
    'available',
    'what works was accepted, whatever was said',
  )
})

t.test('a word that does not fit is refused with the states that admit it', async (t) => {
  t.match(withWord(through('attachment', 'works'), { word: 'accepted', reason: '' }, at(1)), {
    ok: false,
    faults: [
      {
        code: 'LIFECYCLE_STATE',
        at: 'attachment/a',
        message: 'is available, and "accepted" is only said of one that is confirming or pending',
      },
    ],
  })
  t.match(withWord(fresh('connection'), { word: 'offered', reason: '' }, at(1)), {
    ok: false,
    faults: [{ message: /not said of a connection; what is: ordered, approved, loa-sent/ }],
  })
  t.match(withWord(fresh('connection'), { word: 'loa-sent', reason: 'order 4711' }, at(7)), {
    ok: true,
    value: {
      record: { state: 'pending', reason: 'The provider has sent the LOA: order 4711' },
      moves: [{ from: 'requested' }],
    },
  })
})

/** One thing that happens to a subject. */
type Happening =
  { readonly look: Observation } | { readonly word: LifecycleWord } | { readonly jump: number }

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    look: fc.record({
      isWanted: fc.boolean(),
      isApplied: fc.boolean(),
      isGone: fc.boolean(),
      service: fc.constantFrom('works', 'fails', 'unclear'),
      why: fc.constant('a finding'),
    }),
  }),
  fc.record({ word: fc.constantFrom(...LIFECYCLE_WORDS) }),
  fc.record({ jump: fc.integer({ min: -20 * DAY, max: 20 * DAY }) }),
)

function happened(record: LifecycleRecord, what: Happening, now: string): LifecycleRecord {
  if ('look' in what) return advance(record, what.look, now).record
  if (!('word' in what)) return record
  const said = withWord(record, { word: what.word, reason: '' }, now)
  return said.ok ? said.value.record : record
}

/** One thing, with the records before and after it, and what was looked at. */
interface Step {
  readonly before: LifecycleRecord
  readonly next: LifecycleRecord
  readonly look: Observation | null
  /** The state that was entered; null: it is the same. */
  readonly entered: string | null
}

/** What must hold for each step. */
const LAWS: Readonly<Record<string, (step: Step) => boolean>> = {
  'a state is one of its kind': ({ next }) => STATES_OF[next.kind].includes(next.state),
  'only deleting knows what was before': ({ next }) =>
    (next.state === 'deleting') === (next.before !== null),
  'only what is requested waits for a word': ({ next }) =>
    !next.awaitsProvider || next.state === 'requested',
  'nothing leaves deleted': ({ before, next }) =>
    before.state !== 'deleted' || next.state === 'deleted',
  'deleted is gone': ({ entered, look }) =>
    entered !== 'deleted' || (look?.isGone === true && look.isApplied),
  'deleting is unwanted': ({ entered, look }) => entered !== 'deleting' || look?.isWanted === false,
  'what is wanted is not deleting': ({ next, look }) =>
    look?.isWanted !== true || next.state !== 'deleting',
  'available is seen to work, or was before': ({ before, entered, look }) =>
    entered !== 'available' || before.state === 'deleting' || look?.service === 'works',
  'what is seen to work is available': ({ next, look }) =>
    look?.service !== 'works' || !look.isWanted || /available|deleted/.test(next.state),
  'the time stays with the state': ({ before, next, entered }) =>
    entered !== null || next.since === before.since,
}

function broken(before: LifecycleRecord, next: LifecycleRecord, what: Happening): string[] {
  const entered = before.state === next.state ? null : next.state
  const step = { before, next, entered, look: 'look' in what ? what.look : null }
  return Object.keys(LAWS).filter((law) => LAWS[law]?.(step) === false)
}

t.test('whatever happens in whatever order, the state stays true', async () => {
  fc.assert(
    fc.property(kinds, fc.array(happenings, { maxLength: 30 }), (kind, all) => {
      let [record, now] = [fresh(kind), 0]
      return all.every((what, i) => {
        now += 'jump' in what ? what.jump : i
        const next = happened(record, what, at(now))
        const laws = broken(record, next, what)
        record = next
        return laws.length === 0
      })
    }),
    { numRuns: 500 },
  )
})
