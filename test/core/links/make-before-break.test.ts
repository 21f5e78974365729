import { test } from 'tap'
import { hubPath } from '../../../src/core/change/hub-path.js'
import type { WantLink } from '../../../src/core/model/link.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { ifname, at, want, attachment, done, planned, describe } from './link-bench.js'

test('what comes is there before what goes has gone', async (t) => {
  const net = (vlanId: number, address: string, over: Partial<WantLink> = {}) =>
    attachment('net', 'p1', vlanId, { addresses: [at(address)], ...over })

  await t.test('an attachment with another VLAN and another subnet', async (t) => {
    const plan = planned(
      [want('p1'), net(200, '10.0.0.6/30')],
      [want('p1'), net(100, '10.0.0.2/30')].map(done),
    )
    t.same(plan.described, [
      'link-add p1.200',
      'address-add p1.200 10.0.0.6/30',
      'address-delete p1.100 10.0.0.2/30',
      'link-delete p1.100',
    ])
    t.match(plan.earlyWait, { links: ['p1.200'] })
    t.equal(plan.wait, null)
  })

  await t.test(
    'a further subnet on the same VLAN, and a neighbour can be reached there',
    async (t) => {
      const plan = planned(
        [want('p1'), net(100, '10.0.0.6/30')],
        [want('p1'), net(100, '10.0.0.2/30')].map(done),
      )
      t.same(plan.described, [
        'address-add p1.100 10.0.0.6/30',
        'address-delete p1.100 10.0.0.2/30',
      ])
      t.same(plan.stableSubnets, [{ vrf: null, address: '10.0.0.6/30' }])
    },
  )

  await t.test('but not in the same subnet: the kernel would take both away', async (t) => {
    for (const address of ['10.0.0.1/30', '10.0.0.2/24']) {
      const plan = planned(
        [want('p1'), net(100, address)],
        [want('p1'), net(100, '10.0.0.2/30')].map(done),
      )
      t.equal(plan.described[0], 'address-delete p1.100 10.0.0.2/30')
      t.same(plan.early, [])
      t.same(plan.stableSubnets, [])
    }
  })

  await t.test('nor on a link that goes down on the way, or on one below', async (t) => {
    const parent = (vlanId: number) => attachment('outer', 'p1', vlanId, { name: ifname('outer') })
    const inner = (address: string) => attachment('inner', 'outer', 7, { addresses: [at(address)] })
    const plan = planned(
      [want('p1'), parent(200), inner('10.0.0.6/30')],
      [want('p1'), parent(100), inner('10.0.0.2/30')].map(done),
    )
    t.same(plan.early, [], 'both are made anew')
  })

  await t.test('nor while another link still has what only one can have', async (t) => {
    const plan = planned(
      [want('p1'), net(100, '10.0.0.6/30', { name: ifname('second') })],
      [want('p1'), net(100, '10.0.0.2/30', { name: ifname('first') })].map(done),
    )
    t.same(plan.described, [
      'address-delete first 10.0.0.2/30',
      'link-delete first',
      'link-add second',
      'address-add second 10.0.0.6/30',
    ])
  })
})

test('the way to the hub has its turn last', async (t) => {
  const before = [1, 2].flatMap((i) => [
    want(`p${i}`),
    attachment(`net-${i}`, `p${i}`, 100, { addresses: [at(`10.0.${i}.2/30`)] }),
  ])
  const after = [1, 2].flatMap((i) => [
    want(`p${i}`),
    attachment(`net-${i}`, `p${i}`, 200, { addresses: [at(`10.0.${i}.2/30`)] }),
  ])
  const have = before.map(done)
  const order = (hub: string) => {
    const path = hubPath(have, { link: hub })
    const plan = planLinks(after, have, PLAIN_SYSCTL, { last: path })
    if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
    const { removals, additions } = plan.value
    return [...removals, ...additions].map(describe)
  }
  t.same(order('p1.100'), [
    'address-delete p2.100 10.0.2.2/30',
    'address-delete p1.100 10.0.1.2/30',
    'link-delete p2.100',
    'link-delete p1.100',
    'address-add p2.200 10.0.2.2/30',
    'address-add p1.200 10.0.1.2/30',
  ])
  t.same(
    order('p2.100').filter((step) => step.startsWith('link')),
    ['link-delete p1.100', 'link-delete p2.100'],
  )
})
