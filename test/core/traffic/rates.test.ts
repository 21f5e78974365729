import * as fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import type { CounterSample } from '../../../src/core/model/state.js'
import {
  followRates,
  movedWithin,
  ratesOf,
  summed,
  type RateWindow,
} from '../../../src/core/traffic/rates.js'
import { NO_COUNTERS } from '../../support/agent/router-state.js'

function sample(at: number, inOctets: number): CounterSample {
  return { at: millis(at), counters: { ...NO_COUNTERS, inOctets } }
}

const steps = fc.array(
  fc.record({
    gap: fc.integer({ min: -2000, max: 12_000 }),
    octets: fc.oneof(fc.nat(10_000), fc.constant('reset' as const)),
  }),
  { maxLength: 60 },
)

t.test('rates are never negative, never above the fastest step, and lie within the window', (t) => {
  fc.assert(
    fc.property(steps, (made) => {
      let window: RateWindow | null = null
      let at = 100_000
      let octets = 0
      let fastest = 0
      for (const { gap, octets: more } of made) {
        const added = more === 'reset' || gap === 0 ? 0 : more
        at += gap
        octets = more === 'reset' ? 0 : octets + added
        if (gap > 0) fastest = Math.max(fastest, (added * 1000) / gap)
        window = followRates(window, sample(at, octets), null)
        const rate = ratesOf(window, 1_000_000)?.perSecond.inOctets
        if (rate !== undefined && (rate < 0 || rate > fastest + 1e-6)) return false
      }
      return true
    }),
  )
  t.end()
})

t.test('a steady rate is found whatever the looks do', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 50, max: 9000 }), { minLength: 3, maxLength: 80 }),
      (gaps) => {
        let at = 0
        let window: RateWindow | null = null
        for (const gap of gaps) {
          at += gap
          window = followRates(window, sample(at, at * 3), null)
        }
        const rate = ratesOf(window, null)?.perSecond.inOctets
        const isShort = at - (gaps[0] ?? 0) < 2000
        return rate === undefined ? isShort : Math.abs(rate - 3000) < 0.01
      },
    ),
  )
  t.end()
})

t.test('counters that begin again and clocks that go back say nothing', (t) => {
  const before = [0, 5, 10].reduce<RateWindow | null>(
    (window, second) => followRates(window, sample(second * 1000, second * 1000), null),
    null,
  )
  t.equal(ratesOf(before, null)?.perSecond.inOctets, 1000)
  const reset = followRates(before, sample(15_000, 3), null)
  t.equal(ratesOf(reset, null), null)
  t.equal(movedWithin(reset, millis(8000)), null)
  t.equal(ratesOf(followRates(before, sample(9000, 20_000), null), null), null)
  t.equal(followRates(before, undefined, null), before, 'a look without counters changes nothing')
  t.end()
})

t.test('several links count as one, and none of them may be missing', (t) => {
  const all = summed([sample(1000, 5), sample(1000, 7), sample(1000, 30)])
  t.strictSame(all, sample(1000, 42))
  t.equal(summed([sample(1000, 5), undefined, sample(1000, 30)]), undefined)
  t.equal(summed([undefined, sample(1000, 5)]), undefined)
  t.equal(summed([]), undefined)
  t.end()
})
