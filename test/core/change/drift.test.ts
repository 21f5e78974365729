import * as fc from 'fast-check'
import t from 'tap'
import {
  decideDrift,
  suppressedUntil,
  NO_DRIFT,
  recordRepair,
  recordDrift,
  type DriftHistory,
} from '../../../src/core/change/drift.js'
import { millis } from '../../../src/core/base/time.js'
import type { DriftItem } from '../../../src/core/model/drift.js'

const MTU = different('link dl.100', 'dl.100 mtu')
const VLAN = different('link dl.200', 'presence of dl.200')

function different(target: string, key: string, dependsOn: readonly string[] = []): DriftItem {
  return { keys: [key], targets: [target], dependsOn }
}

/** When each of them may be repaired; 0: now. */
function decided(history: DriftHistory, differences: readonly DriftItem[], now: number) {
  const decision = decideDrift('repair', history, differences, millis(now))
  if (decision.action !== 'repair') throw new Error('the policy is not "report"')
  return differences.map((item) => suppressedUntil(decision.suppressed, item))
}

/** When a difference is repaired that another program makes again at each of these instants. */
function contested(instants: readonly number[]): readonly number[] {
  let history: DriftHistory = NO_DRIFT
  const repairs: number[] = []
  for (const now of instants.map(millis)) {
    history = recordDrift(history, [MTU], now)
    if (decided(history, [MTU], now)[0] !== 0) continue
    history = recordDrift(recordRepair(history, [MTU], now), [], now)
    repairs.push(now)
  }
  return repairs
}

/** Three repairs of each, which is as many as are made at once. */
function repairedThrice(...differences: readonly DriftItem[]): DriftHistory {
  return [0, 1, 2]
    .map(millis)
    .reduce((history, at) => recordRepair(history, differences, at), NO_DRIFT)
}

t.test(
  'a difference is repaired at once, and remembered from when it was first seen',
  async (t) => {
    const first = recordDrift(NO_DRIFT, [MTU], millis(1000))
    t.strictSame(decided(first, [MTU], 1000), [0])
    t.strictSame(decideDrift('report', first, [MTU], millis(1000)), { action: 'report' })
    const later = recordDrift(first, [MTU, VLAN], millis(9000))
    t.strictSame([...later.since.values()], [1000, 9000])
    t.equal(recordDrift(later, [], millis(9500)).since.size, 0, 'what is gone is forgotten')
  },
)

t.test(
  'two programs cannot revert each other for ever: each repair of the same thing waits longer',
  async (t) => {
    const everySecond = Array.from({ length: 7200 }, (_, i) => i * 1000)
    const repairs = contested(everySecond)
    t.strictSame(repairs.slice(0, 3), [0, 1000, 2000], 'three at once')
    const waits = repairs.slice(3).map((at, i) => at - (repairs[i + 2] ?? 0))
    t.strictSame(waits, [30_000, 60_000, 120_000, 240_000, 480_000, 960_000, 1_920_000])
  },
)

t.test('what is not contested is repaired while something else is suppressed', async (t) => {
  const history = repairedThrice(MTU)
  t.strictSame(decided(history, [MTU, VLAN], 10), [30_002, 0])
  t.strictSame(decided(history, [VLAN], 10), [0], 'nor does it wait once the other is repaired')
})

t.test(
  'what depends on something contested waits with it, directly or through others',
  async (t) => {
    const bond = different('link dl', 'dl mtu')
    const vlan = different('link dl.100', 'presence of dl.100', ['link dl'])
    const address = different('link dl.100', 'dl.100 10.0.0.2/30', ['link dl'])
    const neighbor = different('neighbor 10.0.0.1', 'neighbor 10.0.0.1', ['link dl.100'])
    const history = repairedThrice(bond)
    const all = [neighbor, address, vlan, bond, VLAN]
    t.strictSame(decided(history, all, 10), [30_002, 30_002, 30_002, 30_002, 0])
  },
)

t.test('what a repair sets at once is counted once', async (t) => {
  const twice = different('link dl', 'dl up')
  const history = recordRepair(NO_DRIFT, [twice, twice, twice, twice], millis(0))
  t.strictSame(decided(history, [twice], 1), [0])
})

t.test(
  'however often the router is compared, one thing is repaired at most ten times an hour',
  async () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_600_000), { minLength: 50, maxLength: 400 }), (instants) => {
        return contested([...instants].sort((a, b) => a - b)).length <= 10
      }),
    )
  },
)

t.test(
  'no repair depends on what is suppressed, and everything suppressed has a reason',
  async () => {
    const name = fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e', 'f')
    const arbitrary = fc.array(
      fc.record({
        keys: fc.array(name, { minLength: 1, maxLength: 2 }),
        targets: fc.array(name, { minLength: 1, maxLength: 2 }),
        dependsOn: fc.array(name, { maxLength: 2 }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(arbitrary, fc.array(name, { maxLength: 3 }), (all, names) => {
        const keys: readonly string[] = names
        const history = repairedThrice({ keys, targets: [], dependsOn: [] })
        const suppressed = new Set(all.filter((_, i) => decided(history, all, 10)[i] !== 0))
        const untouched = new Set([...suppressed].flatMap(({ targets }) => targets))
        const isContested = (item: DriftItem) => item.keys.some((key) => keys.includes(key))
        const depends = ({ targets, dependsOn }: DriftItem) =>
          [...targets, ...dependsOn].some((target) => untouched.has(target))
        return all.every((item) =>
          suppressed.has(item)
            ? isContested(item) || depends(item)
            : !isContested(item) && !depends(item),
        )
      }),
    )
  },
)
