import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../../src/core/base/time.js'
import { assess } from '../../../../src/core/health/assess.js'
import {
  followRedundancy,
  redundancyOf,
  type RedundancyTrend,
} from '../../../../src/core/health/bundle/redundancy.js'
import { healthDocument } from '../../../../src/core/health/document.js'
import { NO_HISTORY } from '../../../../src/core/health/rules/history.js'
import {
  healthyConnection,
  healthyMember,
  healthyRouter,
} from '../../../support/agent/router-state.js'

const HOUR = 3_600_000
const START = Date.UTC(2026, 0, 1)

/** A bundle of two with this many ports missing. */
function bundle(missing: number) {
  const members = ['p1', 'p2'].map((port, place) =>
    healthyMember(port, { inAggregate: place >= missing, linkUp: place >= missing }),
  )
  const { lacp, ...rest } = healthyConnection()
  return { ...rest, lacp: lacp === null ? null : { ...lacp, members } }
}

/** Looks at these instants, with so many ports missing. */
function follow(looks: readonly (readonly [at: number, missing: number])[]): RedundancyTrend {
  const last = looks.reduce<RedundancyTrend | null>(
    (trend, [at, missing]) => followRedundancy(trend, bundle(missing), clocksAt(at)),
    null,
  )
  if (last === null) throw new Error('no look')
  return last
}

function clocksAt(at: number) {
  return { mono: millis(at), wall: START + at }
}

function shown(trend: RedundancyTrend | null) {
  const redundancy = trend === null ? null : redundancyOf(trend)
  if (redundancy === null) throw new Error('nothing is shown')
  return redundancy
}

t.test('port-seconds and losses are counted', (t) => {
  const trend = follow([
    [0, 0],
    [10_000, 1],
    [20_000, 2],
    [25_000, 0],
    [30_000, 0],
  ])
  const lost = { memberSeconds: 20, losses: 2 }
  t.strictSame(shown(trend), { missing: 0, hour: lost, day: lost, week: lost })
  t.end()
})

t.test('an hour, a day and a week forget', (t) => {
  const cut = [
    [0, 1],
    [5000, 0],
  ] as const
  const after = (hours: number) => shown(follow([...cut, [hours * HOUR, 0]]))
  const lost = { memberSeconds: 5, losses: 0 }
  const none = { memberSeconds: 0, losses: 0 }
  t.strictSame(after(1), { missing: 0, hour: lost, day: lost, week: lost })
  t.strictSame(after(2), { missing: 0, hour: none, day: lost, week: lost })
  t.strictSame(after(24), { missing: 0, hour: none, day: none, week: lost })
  t.strictSame(after(168), { missing: 0, hour: none, day: none, week: none })
  t.end()
})

t.test('a clock that goes back, or a bundle that is none, adds nothing', (t) => {
  const trend = follow([
    [10_000, 1],
    [5000, 1],
  ])
  t.strictSame(shown(trend).day, { memberSeconds: 0, losses: 0 })
  t.equal(followRedundancy(null, { ports: ['p1'], lacp: null }, clocksAt(20_000)), null)
  t.end()
})

t.test('a bundle that the kernel did not show for a time keeps what it lost before', (t) => {
  const before = follow([
    [0, 1],
    [10_000, 1],
  ])
  const gone = followRedundancy(before, { ports: ['p1', 'p2'], lacp: null }, clocksAt(20_000))
  t.equal(gone === null ? null : redundancyOf(gone), null, 'nothing is shown meanwhile')
  const back = followRedundancy(gone, bundle(2), clocksAt(60_000))
  t.match(shown(back), { missing: 2, day: { memberSeconds: 10, losses: 0 } })
  t.match(shown(followRedundancy(back, bundle(2), clocksAt(61_000))), {
    day: { memberSeconds: 12, losses: 0 },
  })
  t.end()
})

t.test('a connection that leaves the intent and comes back keeps its trend', (t) => {
  const state = (connections: ReturnType<typeof bundle>[], at: number) =>
    healthyRouter({ connections, at: new Date(START + at).toISOString() })
  const first = assess(state([bundle(1)], 0), NO_HISTORY, millis(0))
  const second = assess(state([bundle(1)], 5000), first.history, millis(5000))
  const without = assess(state([], 6000), second.history, millis(6000))
  const back = assess(state([bundle(0)], 9000), without.history, millis(9000))
  const found = back.verdicts.find(({ kind }) => kind === 'connection')
  t.match(found?.redundancy, { missing: 0, week: { memberSeconds: 5, losses: 0 } })
  t.end()
})

t.test('the trend is bounded, and its sums are those of all looks of the week', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3 * HOUR), fc.nat(2)), { minLength: 1, maxLength: 200 }),
      (steps) => {
        let at = 0
        const looks = steps.map(([after, missing]) => [(at += after), missing] as const)
        const trend = follow(looks)
        const { hour, day, week } = shown(trend)
        const longest = (2 * (7 * 24 * HOUR + 3 * HOUR)) / 1000
        return (
          trend.hours.length <= 168 &&
          hour.memberSeconds <= day.memberSeconds &&
          day.memberSeconds <= week.memberSeconds &&
          week.memberSeconds <= longest &&
          week.losses <= steps.length
        )
      },
    ),
  )
  t.end()
})

t.test('ports that come and go are a finding until an hour has passed', (t) => {
  const state = (missing: number) => healthyRouter({ connections: [bundle(missing)] })
  let history = NO_HISTORY
  const codesAfter = (at: number, missing: number): readonly string[] => {
    const assessment = assess(state(missing), history, millis(at))
    history = assessment.history
    return assessment.verdicts
      .filter(({ kind }) => kind === 'connection')
      .flatMap(({ findings }) => findings.map(({ code }) => code))
  }
  for (let flap = 0; flap < 4; flap += 1) {
    codesAfter(flap * 20_000, 0)
    t.notOk(codesAfter(flap * 20_000 + 100, 1).includes('LACP_REDUNDANCY_UNSTABLE'))
  }
  codesAfter(80_000, 0)
  codesAfter(80_100, 1)
  t.strictSame(codesAfter(80_200, 0), ['LACP_REDUNDANCY_UNSTABLE'])
  t.strictSame(codesAfter(2 * HOUR, 0), [])
  t.end()
})

t.test('the document keeps the lost time of the last sample until something else changes', (t) => {
  const state = (missing: number) => healthyRouter({ connections: [bundle(missing)] })
  const first = assess(state(1), NO_HISTORY, millis(0))
  const one = healthDocument(state(1), first.verdicts, null)
  const second = assess(state(1), first.history, millis(9000))
  const two = healthDocument(state(1), second.verdicts, one)
  t.equal(two.connections['dl-par']?.redundancy, one.connections['dl-par']?.redundancy)
  const third = assess(state(0), second.history, millis(10_000))
  const three = healthDocument(state(0), third.verdicts, two)
  t.match(three.connections['dl-par']?.redundancy, { missing: 0, day: { memberSeconds: 10 } })
  t.end()
})
