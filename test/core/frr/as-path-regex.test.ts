import * as fc from 'fast-check'
import t from 'tap'
import { asPathRules, numbers, readAsPathRules } from '../../../src/core/frr/as-path-regex.js'
import type { AsPathPolicy, AsRange } from '../../../src/core/model/bgp.js'
import { allowsPath, mergedRanges, otherRanges } from '../../../src/core/routes/as-path.js'

const HIGHEST = 4_294_967_295

const as = fc.oneof(
  fc.integer({ min: 0, max: HIGHEST }),
  fc.constantFrom(0, 9, 10, 64_495, 64_496, 64_511, 64_512, 65_536, 65_551, 99_999, HIGHEST),
)
const range = fc.tuple(as, as).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }))
const ranges = fc.array(range, { maxLength: 3 })

/** As FRR reads an expression: `_` is a blank, a bracket or a comma of a set, or an end (bgp_regex.c). */
function matches(rule: string, path: string): boolean {
  const regex = rule.replace(/^permit /, '').replaceAll('_', '(^|[,{}() ]|$)')
  return new RegExp(regex).test(path)
}

/** Numbers at and beside the ends of the ranges, where a wrong digit would show. */
function nearby(all: readonly AsRange[]): readonly number[] {
  return all
    .flatMap(({ low, high }) => [low - 1, low, low + 1, high - 1, high, high + 1])
    .filter((number) => number >= 0 && number <= HIGHEST)
}

t.test('the expression of a range matches its numbers and no others', async () => {
  fc.assert(
    fc.property(range, fc.array(as, { maxLength: 20 }), (one, others) => {
      const regex = new RegExp(`^(${numbers(one)})$`)
      return [...nearby([one]), ...others].every(
        (number) => regex.test(String(number)) === (one.low <= number && number <= one.high),
      )
    }),
    { numRuns: 500 },
  )
})

t.test('some ranges as they are written', async (t) => {
  t.equal(numbers({ low: 64_496, high: 64_511 }), '6449[6-9]|6450[0-9]|6451[0-1]')
  t.equal(numbers({ low: 65_020, high: 65_020 }), '65020')
  t.equal(
    numbers({ low: 0, high: HIGHEST }).split('|').at(-1),
    '429496729[0-5]',
    'the highest AS number',
  )
  t.ok(
    Math.max(...[1, 12, 123_456_789].map((low) => numbers({ low, high: HIGHEST - 1 }).length)) <
      800,
    'a line of FRR has room for it',
  )
})

t.test('the other ranges are all that is left', async () => {
  fc.assert(
    fc.property(ranges, as, (all, number) => {
      const isIn = (list: readonly AsRange[]) =>
        list.some(({ low, high }) => low <= number && number <= high)
      const merged = mergedRanges(all)
      return (
        isIn(merged) === isIn(all) &&
        isIn(otherRanges(all)) !== isIn(all) &&
        JSON.stringify(otherRanges(otherRanges(all))) === JSON.stringify(merged)
      )
    }),
  )
})

const policy: fc.Arbitrary<AsPathPolicy> = fc.record({
  without: ranges.map(mergedRanges),
  startingWith: ranges.map(mergedRanges),
  originatedBy: ranges.map(mergedRanges),
  maxLength: fc.option(fc.integer({ min: 1, max: 4 })),
})

/** A path near a policy, with a set at times. */
function pathNear({ without, startingWith, originatedBy }: AsPathPolicy): fc.Arbitrary<string> {
  const near = nearby([...without, ...startingWith, ...originatedBy])
  const one = near.length === 0 ? as : fc.oneof(as, fc.constantFrom(...near))
  const plain = fc.array(one, { maxLength: 5 }).map((list) => list.join(' '))
  const set = fc.array(one, { minLength: 1, maxLength: 3 }).map((list) => `{${list.join(',')}}`)
  return fc
    .tuple(plain, fc.option(set, { freq: 3 }))
    .map(([path, end]) => [path, end ?? ''].filter((part) => part !== '').join(' '))
}

t.test('the expressions refuse what the evaluator refuses, and nothing else', async () => {
  const cases = policy.chain((one) => fc.tuple(fc.constant(one), pathNear(one)))
  fc.assert(
    fc.property(cases, ([one, path]) => {
      const isRefused = asPathRules(one).some((rule) => matches(rule, path))
      return isRefused !== allowsPath(one, path)
    }),
    { numRuns: 2000 },
  )
})

t.test('the policy is read back from its expressions', async () => {
  const whole = (list: readonly AsRange[]) => otherRanges(list).length === 0
  fc.assert(
    fc.property(policy, (one) => {
      fc.pre(!whole(one.startingWith) && !whole(one.originatedBy))
      fc.pre(asPathRules(one).length > 0)
      return JSON.stringify(readAsPathRules(asPathRules(one))) === JSON.stringify(one)
    }),
    { numRuns: 500 },
  )
})

t.test('expressions of another make are not taken for an intent', async (t) => {
  for (const rule of ['permit _(6449[6-9]|6451[0-1])_', 'permit .*', 'deny ^$', 'permit ^65020$']) {
    t.equal(readAsPathRules([rule]), undefined, rule)
  }
})
