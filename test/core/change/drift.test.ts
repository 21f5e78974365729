import * as fc from 'fast-check'
import t from 'tap'
import {
  decideDrift,
  NO_DRIFT,
  repairedDrift,
  sawDrift,
  type DriftMemory,
} from '../../../src/core/change/drift.js'

const MTU = ['set dl.100: mtu 1400 → 1500']

/** Somebody changes it back at every instant given; how often and when it was repaired. */
function contested(instants: readonly number[]): readonly number[] {
  let memory: DriftMemory = NO_DRIFT
  const repairs: number[] = []
  for (const now of instants) {
    memory = sawDrift(memory, MTU, now)
    if (decideDrift('repair', memory, now).do !== 'repair') continue
    memory = sawDrift(repairedDrift(memory, MTU, now), [], now)
    repairs.push(now)
  }
  return repairs
}

t.test('a difference is repaired at once, and remembered from when it is there', async (t) => {
  const first = sawDrift(NO_DRIFT, MTU, 1000)
  t.strictSame(decideDrift('repair', first, 1000), { do: 'repair' })
  t.strictSame(decideDrift('report', first, 1000), { do: 'report' })
  const later = sawDrift(first, [...MTU, 'create vlan'], 9000)
  t.strictSame([...later.since.values()], [1000, 9000])
  t.equal(sawDrift(later, [], 9500).since.size, 0, 'what is gone is forgotten')
})

t.test(
  'two masters cannot fight for ever: each repair of the same thing waits longer',
  async (t) => {
    const everySecond = Array.from({ length: 7200 }, (_, i) => i * 1000)
    const repairs = contested(everySecond)
    t.strictSame(repairs.slice(0, 3), [0, 1000, 2000], 'three at once')
    const waits = repairs.slice(3).map((at, i) => at - (repairs[i + 2] ?? 0))
    t.strictSame(waits, [30_000, 60_000, 120_000, 240_000, 480_000, 960_000, 1_920_000])
  },
)

t.test('another difference is not held up by one that was fought over long ago', async (t) => {
  let memory = NO_DRIFT
  for (const now of [0, 1, 2, 3]) memory = repairedDrift(memory, MTU, now)
  t.equal(decideDrift('repair', sawDrift(memory, MTU, 10), 10).do, 'hold')
  t.equal(decideDrift('repair', sawDrift(memory, ['create vlan'], 10), 10).do, 'repair')
})

t.test('however often it is looked at, an hour sees at most ten repairs of one thing', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_600_000), { minLength: 50, maxLength: 400 }), (instants) => {
      return contested([...instants].sort((a, b) => a - b)).length <= 10
    }),
  )
})
