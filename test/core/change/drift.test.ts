import * as fc from 'fast-check'
import t from 'tap'
import {
  decideDrift,
  FOREVER,
  suppressedUntil,
  NO_DRIFT,
  recordFailures,
  recordRepair,
  recordDrift,
  retryNow,
  type DriftHistory,
} from '../../../src/core/change/drift.js'
import { fault } from '../../../src/core/base/fault.js'
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

const KEY = 'neighbor 10.0.0.1'
const NEIGHBOR = different(KEY, KEY)
const BAD = new Map([[KEY, 'bgpd: router bgp 65010 / no neighbor 10.0.0.1 x / exit']])
const OTHER = new Map([[KEY, 'bgpd: router bgp 65010 / neighbor 10.0.0.1 timers 3 9 / exit']])

/** The history after a repair of these words failed. */
function failed(history: DriftHistory, tried: typeof BAD, now: number, endedDaemon = false) {
  const why = { keys: [KEY], fault: fault('FRR_REFUSED', 'bgpd', 'no'), endedDaemon }
  const attempt = { tried, remaining: new Map(), failed: [why] }
  return recordFailures(history, attempt, millis(now))
}

t.test('a repair that succeeds, or that the state no longer needs, starts anew', async (t) => {
  const once = failed(NO_DRIFT, BAD, 0)
  const seen = (texts: typeof BAD) => recordDrift(once, [NEIGHBOR], millis(10), texts)
  t.strictSame(decided(seen(BAD), [NEIGHBOR], 10), [5000])
  t.strictSame(decided(seen(OTHER), [NEIGHBOR], 10), [0], 'another repair is tried at once')
  const gone = recordDrift(once, [], millis(10), new Map())
  t.strictSame(decided(recordDrift(gone, [NEIGHBOR], millis(20), BAD), [NEIGHBOR], 20), [0])
  const done = recordFailures(once, { tried: BAD, remaining: new Map(), failed: [] }, millis(10))
  t.strictSame(decided(done, [NEIGHBOR], 10), [0])
})

t.test('what ended a daemon is held as long as a line of it is needed', async (t) => {
  const ended = failed(NO_DRIFT, BAD, 0, true)
  const at = (history: DriftHistory, texts: typeof BAD) =>
    decided(recordDrift(history, [NEIGHBOR], millis(9e9), texts), [NEIGHBOR], 9e9)[0]
  t.equal(at(ended, BAD), FOREVER)
  t.equal(at(ended, OTHER), 0, 'the start and the end of a block are no line in common')
  const gone = recordDrift(ended, [], millis(10), new Map())
  t.equal(at(gone, BAD), FOREVER, 'also when it was gone meanwhile')
  t.equal(at(retryNow(ended, false), BAD), FOREVER)
  t.equal(at(retryNow(ended, true), BAD), 0)
})

/** One look at a router: how much later it is, whether the difference is there, and how its repair ends. */
interface Look {
  readonly later: number
  readonly isThere: boolean
  readonly end: 'done' | 'refused' | 'ended'
  readonly isOther: boolean
  readonly request: 'repair' | 'accept' | null
}

const arbitraryLook: fc.Arbitrary<Look> = fc.record({
  later: fc.integer({ min: 1, max: 4_000_000 }),
  isThere: fc.boolean(),
  end: fc.constantFrom('done' as const, 'refused' as const, 'ended' as const),
  isOther: fc.boolean(),
  request: fc.constantFrom(null, null, null, 'repair' as const, 'accept' as const),
})

/** The history once the differences of a look are recorded. */
function seen(before: DriftHistory, { isThere, isOther, request }: Look, now: number) {
  const asked = request === null ? before : retryNow(before, request === 'accept')
  if (!isThere) return recordDrift(asked, [], millis(now), new Map())
  return recordDrift(asked, [NEIGHBOR], millis(now), isOther ? OTHER : BAD)
}

/** What a look types, and the history after it. */
function lookAt(before: DriftHistory, look: Look, now: number) {
  const history = seen(before, look, now)
  if (!look.isThere || decided(history, [NEIGHBOR], now)[0] !== 0) {
    return { history, typed: 'nothing' }
  }
  const repaired = recordRepair(history, [NEIGHBOR], millis(now))
  const tried = look.isOther ? OTHER : BAD
  if (look.isOther || look.end === 'done') {
    const done = { tried, remaining: new Map(), failed: [] }
    return {
      history: recordFailures(repaired, done, millis(now)),
      typed: look.isOther ? 'other' : 'done',
    }
  }
  return { history: failed(repaired, tried, now, look.end === 'ended'), typed: look.end }
}

t.test(
  'in every history a repair that ended a daemon is not typed again before somebody accepts it',
  async () => {
    fc.assert(
      fc.property(fc.array(arbitraryLook, { maxLength: 60 }), (looks) => {
        let [history, now, isDeadly] = [NO_DRIFT, 0, false]
        for (const look of looks) {
          now += look.later
          isDeadly &&= look.request !== 'accept'
          const after = lookAt(history, look, now)
          if (isDeadly && ['done', 'refused', 'ended'].includes(after.typed)) return false
          isDeadly ||= after.typed === 'ended'
          history = after.history
        }
        return true
      }),
      { numRuns: 2000 },
    )
  },
)

t.test(
  'in every history, failures of one repair are 5 s, 1 min, 10 min and 1 h apart',
  async () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900_000 }), { maxLength: 80 }), (steps) => {
        let history: DriftHistory = NO_DRIFT
        let now = 0
        const tries: number[] = []
        for (const step of steps) {
          now += step
          history = recordDrift(history, [NEIGHBOR], millis(now), BAD)
          if (decided(history, [NEIGHBOR], now)[0] !== 0) continue
          tries.push(now)
          history = failed(history, BAD, now)
        }
        const waits = [5000, 60_000, 600_000]
        return tries.every(
          (at, i) => i === 0 || at - (tries[i - 1] ?? 0) >= (waits[i - 1] ?? 3_600_000),
        )
      }),
      { numRuns: 1000 },
    )
  },
)
