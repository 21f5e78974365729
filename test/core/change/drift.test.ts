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
import type { DriftItem } from '../../../src/core/model/drift.js'

const MTU = different('link dl.100', 'dl.100 mtu')
const VLAN = different('link dl.200', 'presence of dl.200')

function different(thing: string, key: string, dependsOn: readonly string[] = []): DriftItem {
  return { keys: [key], targets: [thing], dependsOn }
}

/** Which of them are done now, and which not before when. */
function decided(memory: DriftHistory, differences: readonly DriftItem[], now: number) {
  const decision = decideDrift('repair', memory, differences, now)
  if (decision.do !== 'repair') throw new Error('nobody said "report"')
  return differences.map((one) => suppressedUntil(decision.held, one))
}

/** Somebody changes it back at every instant given; how often and when it was repaired. */
function contested(instants: readonly number[]): readonly number[] {
  let memory: DriftHistory = NO_DRIFT
  const repairs: number[] = []
  for (const now of instants) {
    memory = recordDrift(memory, [MTU], now)
    if (decided(memory, [MTU], now)[0] !== 0) continue
    memory = recordDrift(recordRepair(memory, [MTU], now), [], now)
    repairs.push(now)
  }
  return repairs
}

function foughtOver(...differences: readonly DriftItem[]): DriftHistory {
  return [0, 1, 2].reduce((memory, at) => recordRepair(memory, differences, at), NO_DRIFT)
}

t.test('a difference is repaired at once, and remembered from when it is there', async (t) => {
  const first = recordDrift(NO_DRIFT, [MTU], 1000)
  t.strictSame(decided(first, [MTU], 1000), [0])
  t.strictSame(decideDrift('report', first, [MTU], 1000), { do: 'report' })
  const later = recordDrift(first, [MTU, VLAN], 9000)
  t.strictSame([...later.since.values()], [1000, 9000])
  t.equal(recordDrift(later, [], 9500).since.size, 0, 'what is gone is forgotten')
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

t.test('what nobody fights over is repaired beside what somebody does', async (t) => {
  const memory = foughtOver(MTU)
  t.strictSame(decided(memory, [MTU, VLAN], 10), [30_002, 0])
  t.strictSame(decided(memory, [VLAN], 10), [0], 'nor is it held up once the other is well')
})

t.test('what depends on something fought over waits with it, however far', async (t) => {
  const bond = different('link dl', 'dl mtu')
  const vlan = different('link dl.100', 'presence of dl.100', ['link dl'])
  const address = different('link dl.100', 'dl.100 10.0.0.2/30', ['link dl'])
  const neighbor = different('neighbor 10.0.0.1', 'neighbor 10.0.0.1', ['link dl.100'])
  const memory = foughtOver(bond)
  const all = [neighbor, address, vlan, bond, VLAN]
  t.strictSame(decided(memory, all, 10), [30_002, 30_002, 30_002, 30_002, 0])
})

t.test('what a repair sets at once is counted once', async (t) => {
  const twice = different('link dl', 'dl up')
  const memory = recordRepair(NO_DRIFT, [twice, twice, twice, twice], 0)
  t.strictSame(decided(memory, [twice], 1), [0])
})

t.test('however often it is looked at, an hour sees at most ten repairs of one thing', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_600_000), { minLength: 50, maxLength: 400 }), (instants) => {
      return contested([...instants].sort((a, b) => a - b)).length <= 10
    }),
  )
})

t.test(
  'nothing that is done dependsOn what is held, and all that is held has a reason',
  async () => {
    const thing = fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e', 'f')
    const arbitrary = fc.array(
      fc.record({
        keys: fc.array(thing, { minLength: 1, maxLength: 2 }),
        targets: fc.array(thing, { minLength: 1, maxLength: 2 }),
        dependsOn: fc.array(thing, { maxLength: 2 }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(arbitrary, fc.array(thing, { maxLength: 3 }), (all, names) => {
        const keys: readonly string[] = names
        const memory = foughtOver({ keys, targets: [], dependsOn: [] })
        const held = new Set(all.filter((_, i) => decided(memory, all, 10)[i] !== 0))
        const taken = new Set([...held].flatMap(({ targets }) => targets))
        const isFought = (one: DriftItem) => one.keys.some((key) => keys.includes(key))
        const reasons = ({ targets, dependsOn }: DriftItem) =>
          [...targets, ...dependsOn].some((it) => taken.has(it))
        return all.every((one) =>
          held.has(one) ? isFought(one) || reasons(one) : !isFought(one) && !reasons(one),
        )
      }),
    )
  },
)
