import { test } from 'tap'
import type { HaveLink, WantLink } from '../../../src/core/model/link.js'
import { attachment, done, ifname, line, planned, want } from './link-bench.js'

/** `br_mtu_auto_adjust()`: a bridge takes its members' smallest MTU until another one is set on it. */

function bridge(mtu: number | null): WantLink {
  return want('br-x', {
    detail: { kind: 'bridge', stp: false },
    alias: line('demarc bridge br-x'),
    mtu,
  })
}

function member(vlanId: number, mtu: number): WantLink {
  return attachment(`net-${vlanId}`, 'p1', vlanId, { mtu, master: ifname('br-x') })
}

const port = want('p1', { mtu: 9000 })

function described(wanted: readonly WantLink[], have: readonly WantLink[]): readonly string[] {
  return planned([port, ...wanted], [port, ...have].map(done)).described
}

test('a bridge is created with its MTU, and gets it again only where its members change it', async (t) => {
  await t.test('not when they have the same MTU', async (t) => {
    const plan = planned([port, bridge(1500), member(7, 1500)], [done(port)])
    t.same(plan.described, ['link-add br-x', 'link-add p1.7'])
    t.same(
      plan.effects.map(({ impact }) => impact),
      ['none', 'none'],
    )
  })

  await t.test('once when they have another one, and a new bridge has no impact', async (t) => {
    const plan = planned([port, bridge(1500), member(7, 9000)], [done(port)])
    t.same(plan.described, ['link-add br-x', 'link-add p1.7', 'set br-x {mtu:1500}'])
    t.same(
      plan.effects.map(({ impact }) => impact),
      ['none', 'none'],
    )
  })

  await t.test('not where the intent leaves its MTU open', async (t) => {
    t.same(described([bridge(null), member(7, 9000)], []), ['link-add br-x', 'link-add p1.7'])
  })
})

test('a bridge that exists', async (t) => {
  await t.test('may follow the members it gets, which is soft', async (t) => {
    const plan = planned(
      [port, bridge(1500), member(7, 1500), member(8, 1400)],
      [port, bridge(1500), member(7, 1500)].map(done),
    )
    t.same(plan.described, ['link-add p1.8', 'set br-x {mtu:1500}'])
    t.match(
      plan.effects.find(({ subject }) => subject === 'bridge br-x'),
      { impact: 'soft', why: 'gets its own MTU again after its members changed' },
    )
  })

  await t.test('may follow those that stay, when one leaves', async (t) => {
    t.same(
      described([bridge(1400), member(8, 1500)], [bridge(1400), member(7, 1400), member(8, 1500)]),
      ['link-delete p1.7', 'set br-x {mtu:1400}'],
    )
  })

  await t.test('keeps an MTU that its members cannot have given it', async (t) => {
    const before = [bridge(1400), member(7, 1500)]
    t.same(described([...before, member(8, 1300)], before), ['link-add p1.8'])
  })

  await t.test('has none to keep without members', async (t) => {
    t.same(described([bridge(1400), member(8, 1500)], [bridge(1400)]), [
      'link-add p1.8',
      'set br-x {mtu:1400}',
    ])
  })

  await t.test('is set once where the plan changes its MTU before a member joins', async (t) => {
    t.same(
      described([bridge(1450), member(7, 1500), member(8, 1500)], [bridge(1500), member(7, 1500)]),
      ['set br-x {mtu:1450}', 'link-add p1.8'],
    )
  })

  await t.test('is set again where a member that leaves may have set it before', async (t) => {
    const steps = described(
      [bridge(1500), member(8, 1500), member(9, 1300)],
      [bridge(1400), member(7, 1400), member(8, 1500)],
    )
    t.equal(steps.filter((step) => step === 'set br-x {mtu:1500}').length, 2)
    t.equal(steps.at(-1), 'set br-x {mtu:1500}')
  })
})

test('a bridge whose members keep their MTU is left alone', async (t) => {
  const links = [port, bridge(1500), member(7, 1500)].map(done)
  const other: HaveLink = { ...done(want('tap0')), master: 'br-x', mtu: 9000 }
  t.same(planned([port, bridge(1500), member(7, 1500)], links).described, [])
  const withTap = planned([port, bridge(1500), member(7, 1500)], [...links, other])
  t.same(withTap.described, ['set tap0 {master:null}'], 'its other members have the MTU')
})
