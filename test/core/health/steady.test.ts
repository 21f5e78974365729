import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { JsonObject } from '../../../src/core/base/json.js'
import { createReuse } from '../../../src/core/base/remember.js'
import { millis } from '../../../src/core/base/time.js'
import { assess, createHealthMemory } from '../../../src/core/health/assess.js'
import { healthDocument } from '../../../src/core/health/document.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import type { RouterState } from '../../../src/core/model/state.js'
import type { HealthDocument } from '../../../src/core/wire/health.js'
import { arbitraryState } from '../../support/agent/arbitrary-state.js'
import {
  healthyAttachment,
  healthyNeighbor,
  healthyRouter,
  NO_COUNTERS,
} from '../../support/agent/router-state.js'

/** Seconds between two looks: the usual ones, and those around which findings, notes and causes change. */
const pauses = fc.constantFrom(0, 1, 2, 3, 5, 5, 5, 5, 29, 30, 60, 61, 150, 600, 605)

/** Looks at few states again and again, so that most parts are the same objects as in the look before. */
const looks = (states: fc.Arbitrary<RouterState>) =>
  fc.tuple(
    fc.array(states, { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(2), fc.nat(2), pauses), { minLength: 1, maxLength: 25 }),
  )

const attachments = fc.record(
  {
    carrier: fc.boolean(),
    present: fc.boolean(),
    counted: fc.record({
      at: fc.integer({ min: 0, max: 60_000 }).map(millis),
      counters: fc.record({ inOctets: fc.nat(), outPkts: fc.nat(9) }).map((some) => ({
        ...{ ...NO_COUNTERS, ...some },
      })),
    }),
  },
  { requiredKeys: [] },
)

const path = fc.record({
  isUnresolved: fc.boolean(),
  isConnecting: fc.boolean(),
  md5: fc.record({ unsigned: fc.nat(1), unexpected: fc.nat(1), wrong: fc.nat(1) }),
})

const neighbors = fc.record(
  {
    sessionState: fc.constantFrom('Established', 'Active', 'Active', 'Connect', 'missing'),
    path: fc.option(path, { nil: null }),
    handshakes: fc.record({
      opensSent: fc.nat(2),
      notificationsReceived: fc.constant(0),
      notificationsSent: fc.constant(0),
    }),
    lastError: fc.constantFrom(null, 'Hold Timer Expired'),
    establishedTransitions: fc.nat(2),
    adminDown: fc.boolean(),
    wantShutdown: fc.boolean(),
  },
  { requiredKeys: [] },
)

/** Two attachments with a neighbour each. */
const likely: fc.Arbitrary<RouterState> = fc
  .tuple(attachments, attachments, neighbors, neighbors)
  .map(([one, two, first, second]) =>
    healthyRouter({
      attachments: [
        healthyAttachment(one),
        healthyAttachment({ name: 'other', interface: 'p1.2', ...two }),
      ],
      neighbors: [
        healthyNeighbor(first),
        healthyNeighbor({ attachment: 'other', address: '10.9.0.1', ...second }),
      ],
    }),
  )

t.test('a look that takes again what is the same says what a whole look says', (t) => {
  fc.assert(
    fc.property(looks(fc.oneof(likely, arbitraryState)), ([states, steps]) => {
      const memory = createHealthMemory()
      const written = createReuse<JsonObject>()
      let now = 1_000_000
      let whole = { history: NO_HISTORY, document: null as HealthDocument | null }
      let reused = whole
      for (const [below, above, pause] of steps) {
        now += pause * 1000
        const lower = states[below % states.length] ?? healthyRouter()
        const upper = states[above % states.length] ?? healthyRouter()
        const at = new Date(1_800_000_000_000 + now).toISOString()
        const state = { ...lower, neighbors: upper.neighbors, at }
        const expected = assess(state, whole.history, millis(now))
        const found = assess(state, reused.history, millis(now), memory)
        const document = healthDocument(state, expected.verdicts, whole.document)
        const again = healthDocument(state, found.verdicts, reused.document, written)
        if (!isDeepStrictEqual([found, again], [expected, document])) return false
        whole = { history: expected.history, document }
        reused = { history: found.history, document: again }
      }
      return true
    }),
    { numRuns: 200 },
  )
  t.end()
})

t.test('a part of which nothing changes is neither judged nor written again', (t) => {
  const memory = createHealthMemory()
  const written = createReuse<JsonObject>()
  const state = healthyRouter()
  let history = NO_HISTORY
  let document: HealthDocument | null = null
  const look = (seconds: number) => {
    const at = new Date(1_800_000_000_000 + seconds * 1000).toISOString()
    const found = assess({ ...state, at }, history, millis(seconds * 1000), memory)
    history = found.history
    document = healthDocument({ ...state, at }, found.verdicts, document, written)
    return { found, document }
  }
  look(100)
  look(105)
  const before = look(110)
  const after = look(115)
  for (const [place, { kind }] of before.found.verdicts.entries()) {
    t.equal(after.found.verdicts[place], before.found.verdicts[place], kind)
  }
  t.equal(after.document.neighbors, before.document.neighbors)
  t.equal(after.document.attachments, before.document.attachments)
  t.end()
})
