import * as fc from 'fast-check'
import t from 'tap'
import { familyOf } from '../../../src/core/routes/policy.js'
import { BASE, changed, refusal, want } from '../../support/intent/intent-changes.js'

/** An intent with this many sessions to one gateway; null: without a limit of their own. */
function sessions(own: readonly (number | null)[], limit: number | undefined): unknown {
  const plain = {
    import: { prefixes: ['10.64.0.0/10 le 24'] },
    export: { prefixes: ['192.168.0.0/16'] },
  }
  const [first] = (BASE as { attachments: readonly object[] }).attachments
  const attachments = own.map((most, i) => ({
    ...first,
    name: `net-${i}`,
    vlanId: 100 + i,
    gateway: { name: 'gw', ...(i === 0 && limit !== undefined && { maxPrefixes: { limit } }) },
    l3: { addresses: [`10.0.${i}.2/30`] },
    bgp: [
      {
        neighborAddress: `10.0.${i}.1`,
        peerAs: 64512,
        ipv4Unicast: {
          ...plain,
          export: { ...plain.export, ...(most !== null && { maxPrefixes: { limit: most } }) },
        },
      },
    ],
  }))
  return changed(BASE, ['attachments', attachments])
}

/** The outbound limit of each session, in the order of the addresses. */
function limits(document: unknown): readonly (number | null)[] {
  return want(document).bgp.flatMap(({ neighbors }) =>
    neighbors.map((neighbor) => familyOf(neighbor, 'ipv4-unicast')?.export.maxPrefixes ?? null),
  )
}

const some = fc.array(fc.option(fc.integer({ min: 1, max: 200 }), { nil: null }), {
  minLength: 1,
  maxLength: 12,
})

t.test('the limits of the sessions to a gateway are never more than its limit', (t) => {
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 600 }), (own, limit) => {
      const document = sessions(own, limit)
      const fixed = own.reduce<number>((sum, most) => sum + (most ?? 0), 0)
      const open = own.filter((most) => most === null).length
      const isPossible = fixed + open <= limit
      const found = refusal(document)
      t.equal(found.length === 0, isPossible, JSON.stringify({ own, limit, found }))
      if (!isPossible) return
      const shares = limits(document)
      const sum = shares.reduce<number>((all, share) => all + (share ?? Infinity), 0)
      t.ok(sum <= limit, 'the sum')
      t.ok(limit - sum < Math.max(open, limit - fixed + 1), 'no more than the rest is left over')
      for (const [i, most] of own.entries()) if (most !== null) t.equal(shares[i], most)
      t.strictSame(limits(sessions(own, limit)), shares, 'the same again')
    }),
    { numRuns: 60 },
  )
  t.end()
})

t.test('a share depends on how many sessions there are, and not on their order', async (t) => {
  t.strictSame(limits(sessions([null, null], 300)), [150, 150])
  t.strictSame(limits(sessions([null, null, null, null], 300)), [75, 75, 75, 75])
  t.strictSame(limits(sessions([null, 100, null], 301)), [100, 100, 100])
  t.strictSame(limits(sessions([100, null, null], 301)), [100, 100, 100])
  t.strictSame(limits(sessions([null, 40], undefined)), [null, 40], 'a name alone limits nothing')
})

t.test('both families of a session count, and one that announces nothing does not', async (t) => {
  const one = sessions([null, null], 300)
  const both = changed(
    one,
    ['attachments[1].l3.addresses[1]', '2001:db8::2/64'],
    ['attachments[1].bgp[0].ipv6Unicast', { export: { prefixes: ['2001:db8:1::/48'] } }],
  )
  t.strictSame(limits(both), [100, 100])
  t.strictSame(limits(changed(one, ['attachments[1].bgp[0].ipv4Unicast.export', undefined])), [
    300,
    null,
  ])
})

t.test('a gateway has one limit, and those of two providers are two', async (t) => {
  const two = changed(sessions([null, null], 300), [
    'attachments[1].gateway.maxPrefixes',
    { limit: 200 },
  ])
  t.strictSame(refusal(two), ['INTENT_CONFLICT attachments[1].gateway.maxPrefixes.limit'])
  const apart = changed(
    two,
    ['connections[1]', { name: 'jd', provider: 'jdcloud', ports: [{ name: 'enp2s0' }] }],
    ['attachments[1].connection', 'jd'],
  )
  t.strictSame(refusal(apart), [])
  t.strictSame(limits(apart), [300, 200])
})

t.test('the wanted limit says whose share it is', async (t) => {
  const [instance] = want(sessions([null, 20], 300)).bgp
  t.match(
    instance?.neighbors.map(({ ipv4Unicast }) => ipv4Unicast?.export),
    [
      { maxPrefixes: 280, shareOf: { gateway: 'gw', limit: 300 } },
      { maxPrefixes: 20, shareOf: null },
    ],
  )
})

t.test('a default route counts, and needs a second route beside it', async (t) => {
  const fallback = (limit: number) =>
    changed(sessions([null, null], limit), [
      'attachments[1].bgp[0].ipv4Unicast.export.defaultOriginate',
      true,
    ])
  t.strictSame(refusal(fallback(3)), ['INTENT_CONFLICT attachments[0].gateway.maxPrefixes.limit'])
  t.strictSame(limits(fallback(4)), [2, 2])
})
