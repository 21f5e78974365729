import fc from 'fast-check'
import t from 'tap'
import { contains, formatCidr, network, parseCidr, type Cidr } from '../../../src/core/base/ip.js'
import { toPrefix } from '../../../src/core/model/names.js'
import type { PrefixRule } from '../../../src/core/model/bgp.js'
import { exactPrefixes, prefixMatcher } from '../../../src/core/routes/rules.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'

function rule(prefix: string, ge: number | null = null, le: number | null = null): PrefixRule {
  return { prefix: sure(toPrefix(prefix)), ge, le }
}

function cidr(text: string): Cidr {
  return sure(parseCidr(text))
}

t.test('a rule takes what the same line of a prefix list takes', async (t) => {
  const cases = [
    [rule('10.64.0.0/10'), '10.64.0.0/10', true],
    [rule('10.64.0.0/10'), '10.64.0.0/11', false],
    [rule('10.64.0.0/10', null, 24), '10.64.1.0/24', true],
    [rule('10.64.0.0/10', null, 24), '10.64.1.0/25', false],
    [rule('10.64.0.0/10', null, 24), '10.64.0.0/10', true],
    [rule('10.64.0.0/10', 16), '10.64.0.0/10', false],
    [rule('10.64.0.0/10', 16), '10.64.1.1/32', true],
    [rule('10.64.0.0/10', 16, 20), '10.65.0.0/21', false],
    [rule('10.64.0.0/10', 16, 20), '10.0.0.0/16', false],
    [rule('10.64.0.0/10', null, 24), '10.0.0.0/8', false],
    [rule('0.0.0.0/0'), '0.0.0.0/0', true],
    [rule('0.0.0.0/0'), '10.0.0.0/8', false],
    [rule('0.0.0.0/0', null, 32), '192.0.2.1/32', true],
    [rule('0.0.0.0/0', null, 32), '2001:db8::/32', false],
    [rule('2001:db8::/32', null, 48), '2001:db8:1::/48', true],
    [rule('2001:db8::/32', null, 48), '2001:db8:1:1::/64', false],
  ] as const
  for (const [of, prefix, taken] of cases) {
    t.equal(prefixMatcher([of])(cidr(prefix)), taken, `${JSON.stringify(of)} and ${prefix}`)
  }
  t.notOk(prefixMatcher([])(cidr('10.0.0.0/8')), 'no rules take nothing (RFC 8212)')
})

/** Prefixes near each other, so that rules match some of them. */
const near = fc
  .record({ bits: fc.integer({ min: 0, max: 63 }), length: fc.integer({ min: 0, max: 32 }) })
  .map(({ bits, length }) => {
    const ip = network({ ip: { family: 4, bits: BigInt(bits) << 26n }, length })
    return { ip, length }
  })

const rules = fc.array(
  near.chain((prefix) =>
    fc
      .record({
        ge: fc.option(fc.integer({ min: prefix.length, max: 32 })),
        le: fc.option(fc.integer({ min: prefix.length, max: 32 })),
      })
      .map(({ ge, le }) => rule(formatCidr(prefix), ge, le)),
  ),
  { maxLength: 12 },
)

/** Each rule by itself, as RFC 7454 and FRR's manual describe it. */
function slowly(all: readonly PrefixRule[], prefix: Cidr): boolean {
  return all.some(({ prefix: text, ge, le }) => {
    const own = cidr(text)
    if (prefix.length < own.length || !contains(own, prefix.ip)) return false
    if (ge === null && le === null) return prefix.length === own.length
    return prefix.length >= (ge ?? own.length) && prefix.length <= (le ?? 32)
  })
}

t.test('the index of many rules finds what the rules one by one do', async () => {
  fc.assert(
    fc.property(rules, near, (all, prefix) => {
      return prefixMatcher(all)(prefix) === slowly(all, prefix)
    }),
    { numRuns: 2000 },
  )
})

t.test('prefixes without a range are originated', async (t) => {
  const all = [rule('10.1.0.0/16'), rule('10.2.0.0/16', null, 24), rule('10.3.0.0/16', 20)]
  t.strictSame(exactPrefixes(all), ['10.1.0.0/16'])
})
