import t from 'tap'
import {
  DELETED_DAYS,
  DELETED_KEPT,
  follow,
  NO_RECORDS,
  type Look,
  type Records,
} from '../../../src/core/lifecycle/follow.js'
import type { WantedSubject } from '../../../src/core/lifecycle/record.js'
import {
  EVENTS_AT_ONCE,
  lifecycleEvents,
  REMOVED_SHOWN,
  shownLifecycles,
} from '../../../src/core/lifecycle/report.js'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { stateName } from '../../../src/core/providers/states.js'
import { STATES_OF } from '../../../src/core/lifecycle/transitions.js'
import { SERVICE_KINDS } from '../../../src/core/model/health.js'
import { at, DAY } from './subjects.js'

const many = (count: number, prefix = 'net'): WantedSubject[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'attachment',
    name: `${prefix}-${i}`,
    provider: 'yandex',
  }))

const look = (subjects: readonly WantedSubject[], over: Partial<Look> = {}): Look => ({
  subjects,
  isApplied: true,
  seen: () => ({ service: 'works', why: '' }),
  isGone: () => false,
  at: at(0),
  ...over,
})

const states = (records: Records) => [...records.values()].map(({ state }) => state)

t.test('a subject begins, works, is removed, is gone, and begins anew', async (t) => {
  const [subject] = many(1)
  if (subject === undefined) return
  const begun = follow(NO_RECORDS, look([subject], { seen: () => undefined }))
  t.strictSame([states(begun.records), begun.moves.length], [['pending'], 0])
  const works = follow(begun.records, look([subject], { at: at(1) }))
  t.strictSame(states(works.records), ['available'])
  t.equal(follow(works.records, look([subject], { at: at(2) })).records, works.records, 'the same')
  const removed = follow(works.records, look([], { at: at(3) }))
  t.strictSame(states(removed.records), ['deleting'])
  const back = follow(removed.records, look([subject], { at: at(4) }))
  t.match([...back.records.values()], [{ state: 'available', since: at(1) }])
  const gone = follow(removed.records, look([], { at: at(5), isGone: () => true }))
  t.strictSame(states(gone.records), ['deleted'])
  const anew = follow(gone.records, look([subject], { at: at(6), seen: () => undefined }))
  t.match([...anew.records.values()], [{ state: 'pending', since: at(6) }])
})

t.test('a subject that changes its provider keeps its state', async (t) => {
  const [subject] = many(1)
  if (subject === undefined) return
  const { records } = follow(NO_RECORDS, look([subject]))
  const moved = follow(records, look([{ ...subject, provider: null }]))
  t.match([...moved.records.values()], [{ state: 'available', provider: null }])
  t.strictSame(moved.moves, [])
})

t.test('thousands of subjects that come and go leave a bounded record', async (t) => {
  const all = many(8000)
  const begun = follow(NO_RECORDS, look(all))
  t.equal(begun.moves.length, 8000)
  const events = lifecycleEvents(begun.moves, {
    at: at(0),
    router: 'r1',
    severityOf: () => undefined,
  })
  t.equal(events.length, EVENTS_AT_ONCE + 1)
  t.match(events.at(-1), { kind: 'router', name: 'r1', message: /^7900 more connections/ })
  const removed = follow(begun.records, look([], { at: at(1) }))
  t.equal(removed.records.size, 8000)
  t.equal(shownLifecycles(removed.records, () => undefined).length, REMOVED_SHOWN)
  const gone = follow(removed.records, look([], { at: at(2), isGone: () => true }))
  t.equal(gone.records.size, DELETED_KEPT)
})

t.test('a deleted subject is forgotten after a month, and never by a clock set back', async (t) => {
  const { records } = follow(NO_RECORDS, look(many(1)))
  const gone = follow(records, look([], { isGone: () => true })).records
  const left = (now: number) => follow(gone, look([], { at: at(now) })).records.size
  t.strictSame([left(DELETED_DAYS * DAY), left(DELETED_DAYS * DAY + 1), left(-99 * DAY)], [1, 0, 1])
})

t.test('the newest deleted subjects are kept', async (t) => {
  let records: Records = NO_RECORDS
  for (let i = 0; i < DELETED_KEPT + 5; i++) {
    records = follow(records, look(many(1, `n${i}`), { at: at(i * 10) })).records
    records = follow(records, look([], { at: at(i * 10 + 5), isGone: () => true })).records
  }
  const names = [...records.values()].map(({ name }) => name)
  t.strictSame([names.length, names.includes('n4-0'), names.includes('n5-0')], [100, false, true])
})

t.test('an event says from, to and why, as bad as the subject is', async (t) => {
  const { records } = follow(NO_RECORDS, look(many(1)))
  const down = follow(
    records,
    look(many(1), { seen: () => ({ service: 'fails', why: 'No light.' }) }),
  )
  const events = (severity?: 'unknown') =>
    lifecycleEvents(down.moves, { at: at(3), router: 'r1', severityOf: () => severity })
  t.strictSame(events('unknown'), [
    {
      at: at(3),
      kind: 'attachment',
      name: 'net-0',
      code: 'LIFECYCLE',
      severity: 'unknown',
      message: 'The attachment net-0 changed from available to down. No light.',
    },
  ])
  t.equal(events()[0]?.severity, 'critical')
})

t.test('the word of each provider stands beside each state that it has one for', async (t) => {
  const names = Object.fromEntries(
    [...BUILT_IN.values()].map((profile) => [
      profile.id,
      SERVICE_KINDS.map((kind) =>
        STATES_OF[kind].map((state) => stateName(profile, { kind, state }) ?? '-').join(' '),
      ),
    ]),
  )
  t.strictSame(names, {
    ovhcloud: ['- reserved enabled - - -', '- init active - toDelete - - -'],
    yandex: ['- CREATING ACTIVE - DELETING -', '- CREATING ACTIVE - DELETING - - -'],
    outscale: [
      'requested pending available down deleting deleted',
      'confirming pending available - deleting deleted rejected expired',
    ],
    jdcloud: [
      'to be audited under construction available unavailable deleting -',
      '- configuring available unavailable deleting - - -',
    ],
    aws: [
      'requested pending available down deleting deleted',
      'confirming pending available down deleting deleted rejected -',
    ],
  })
  t.equal(stateName(undefined, { kind: 'connection', state: 'down' }), undefined)
})
