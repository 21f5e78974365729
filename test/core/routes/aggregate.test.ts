import fc from 'fast-check'
import t from 'tap'
import { contains, lastAddress, network, parseCidr } from '../../../src/core/base/ip.js'
import { bestAggregate } from '../../../src/core/routes/aggregate.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'

t.test('the aggregate that helps has the same addresses', async (t) => {
  const nets = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => `10.80.${from + n}.0/24`)
  t.strictSame(bestAggregate(nets(0, 150)), { prefix: '10.80.0.0/17', covers: 128 })
  t.strictSame(bestAggregate(nets(0, 90)), { prefix: '10.80.0.0/18', covers: 64 })
  t.strictSame(bestAggregate(['10.0.0.0/24', '10.0.1.0/24']), { prefix: '10.0.0.0/23', covers: 2 })
  t.equal(bestAggregate(['10.0.1.0/24', '10.0.2.0/24']), null, 'side by side, and no halves')
  t.equal(bestAggregate(['10.0.1.0/24']), null)
  t.equal(bestAggregate([]), null)
  t.strictSame(bestAggregate(['10.0.0.0/23', '10.0.1.0/24']), { prefix: '10.0.0.0/23', covers: 2 })
  t.strictSame(bestAggregate(['2001:db8::/48', '2001:db8:1::/48']), {
    prefix: '2001:db8::/47',
    covers: 2,
  })
  t.equal(bestAggregate(['0.0.0.0/1', '::/1']), null)
})

t.test('no aggregate has an address of its own, and it covers what it says', async () => {
  const prefix = fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 24, max: 28 }))
    .map(([net, length]) => `10.0.${net}.0/${length}`)
  fc.assert(
    fc.property(fc.uniqueArray(prefix, { maxLength: 40 }), (prefixes) => {
      const best = bestAggregate(prefixes)
      if (best === null) return true
      const whole = sure(parseCidr(best.prefix))
      const inside = prefixes
        .map((text) => sure(parseCidr(text)))
        .filter((cidr) => cidr.length >= whole.length && contains(whole, cidr.ip))
      const covered = new Set(
        inside.flatMap((cidr) => {
          const first = network(cidr).bits >> 4n
          const last = lastAddress(cidr).bits >> 4n
          return Array.from({ length: Number(last - first) + 1 }, (_, n) => first + BigInt(n))
        }),
      )
      const size = Number((lastAddress(whole).bits - network(whole).bits + 1n) >> 4n)
      return covered.size === size && inside.length === best.covers
    }),
  )
})
