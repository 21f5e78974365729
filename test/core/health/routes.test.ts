import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY, type HealthHistory } from '../../../src/core/health/rules/history.js'
import type { NeighborState } from '../../../src/core/model/state.js'
import { followRoutes, usualCount, type UsualRoutes } from '../../../src/core/routes/usual.js'
import { toWord } from '../../../src/core/model/names.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { healthyNeighbor, healthyRouter } from '../../support/agent/router-state.js'
import { USELESS } from './route-table.js'

const MINUTE = 60_000

function carrying(received: number, over: Partial<NeighborState> = {}): NeighborState {
  return healthyNeighbor({
    families: [{ family: 'ipv4-unicast', received, sent: 5, limit: null }],
    ...over,
  })
}

/** Assesses one neighbour again and again; `codes` are those of the newest look. */
function follower() {
  let history: HealthHistory = NO_HISTORY
  let now = 0
  return (neighbor: NeighborState, minutes: number, kind = 'neighbor'): readonly string[] => {
    now += minutes * MINUTE
    const found = assess(healthyRouter({ neighbors: [neighbor] }), history, millis(now))
    history = found.history
    const verdict = found.verdicts.find((one) => one.kind === kind)
    return verdict?.findings.map(({ code, message }) => `${code} ${message}`) ?? []
  }
}

t.test('a collapse against what was usual is found, and ends when it is usual', async (t) => {
  const look = follower()
  look(carrying(100), 0)
  look(carrying(100), 1)
  t.strictSame(look(carrying(60), 1), [], 'a loss is no collapse')
  look(carrying(40), 1)
  t.match(look(carrying(40), 1), [
    /^ROUTES_COLLAPSED Only 40 ipv4-unicast routes are accepted from 10\.0\.0\.1, and 100 are usual/,
  ])
  t.strictSame(look(carrying(100), 1), [])
  for (let n = 0; n < 8; n += 1) look(carrying(40), 10)
  t.strictSame(look(carrying(40), 1), [], 'half of what was noted is that by now')
})

t.test('a collapse of what is announced is found as well', async (t) => {
  const look = follower()
  const sending = (sent: number) =>
    healthyNeighbor({ families: [{ family: 'ipv4-unicast', received: 9, sent, limit: null }] })
  look(sending(90), 0)
  look(sending(90), 1)
  look(sending(9), 1)
  t.match(look(sending(9), 1), [/^ROUTES_COLLAPSED Only 9 .* announced to 10\.0\.0\.1, and 90/])
})

t.test('a short peak, other policies and a session that comes up raise nothing', async (t) => {
  const look = follower()
  for (let n = 0; n < 5; n += 1) look(carrying(10), 10)
  look(carrying(1000), 10)
  look(carrying(10), 1)
  t.strictSame(look(carrying(10), 2), [], 'one peak among six counts is not usual')
  const policies = [
    { family: 'ipv4-unicast', accepts: ['10.64.0.0/24'], announces: ['x'], absent: null } as const,
  ]
  look(carrying(1, { policies }), 1)
  t.strictSame(look(carrying(1, { policies }), 2), [], 'the intent wants fewer now')
  look(carrying(0, { sessionState: 'Idle' }), 1)
  t.strictSame(
    look(carrying(0), 1).map((text) => text.split(' ')[0]),
    [],
    'it has a minute',
  )
  t.match(look(carrying(0), 1), [/^ROUTES_ALL_REFUSED/])
})

t.test('what is noted is bounded', async (t) => {
  let memory: UsualRoutes | null = null
  for (let n = 0; n < 1000; n += 1) {
    memory = followRoutes(memory, carrying(n + 1), millis(n * 10 * MINUTE))
  }
  t.equal(memory?.notes.length, 72)
  t.equal(memory === null ? null : usualCount(memory, 'ipv4-unicast', 'received'), 965)
  t.equal(memory === null ? null : usualCount(memory, 'ipv6-unicast', 'sent'), null)
})

t.test('an attachment and its connection are as bad as the routes over them', async (t) => {
  const both = (...neighbors: readonly NeighborState[]) => {
    const state = healthyRouter({ neighbors })
    const first = assess(state, NO_HISTORY, millis(0))
    return assess(state, first.history, millis(2 * MINUTE))
      .verdicts.filter(({ kind }) => kind === 'attachment' || kind === 'connection')
      .map(({ findings }) => findings.map(({ code }) => code).join())
  }
  const useless = healthyNeighbor(USELESS)
  const other = (over: Partial<NeighborState>) => healthyNeighbor({ address: '10.0.0.5', ...over })
  const none = ['CONNECTION_WITHOUT_ROUTES', 'ATTACHMENT_WITHOUT_ROUTES']
  t.strictSame(both(useless), none)
  t.strictSame(both(useless, other({})), ['', ''], 'the other session works')
  t.strictSame(both(useless, other({ sessionState: 'Idle' })), none)
  t.strictSame(both(useless, other({ wantShutdown: true, sessionState: 'Idle' })), none)
  t.strictSame(
    both(other({ sessionState: 'Idle' })),
    ['', ''],
    'a session that is down is its own finding',
  )
})

t.test(
  'a session near its share of a gateway says so, and which aggregate would help',
  async (t) => {
    const sending = (sent: number) =>
      healthyNeighbor({
        families: [{ family: 'ipv4-unicast', received: 9, sent, limit: null, outLimit: 50 }],
        policies: [
          {
            family: 'ipv4-unicast',
            accepts: ['10.64.0.0/10 le 24'],
            announces: ['10.80.0.0/24', '10.80.1.0/24'],
            absent: null,
            shareOf: { gateway: sure(toWord('bgw-1')), limit: 300 },
          },
        ],
      })
    const near = follower()
    near(sending(40), 0)
    t.strictSame(near(sending(40), 1), [
      'EXPORT_LIMIT_NEAR 40 ipv4-unicast routes are announced to 10.0.0.1, and its share of the 300 routes that all sessions to gateway bgw-1 may announce together is 50. Announce 10.80.0.0/23 in place of the 2 prefixes in it, or raise the limit.',
    ])
    const reached = follower()
    reached(sending(50), 0)
    t.match(reached(sending(50), 1), [
      /^EXPORT_LIMIT_REACHED 50 .*, which is its share of the 300 .* bgw-1 .*: further routes stay inside\. Announce 10\.80\.0\.0\/23/,
    ])
  },
)
