import t from 'tap'
import type { Ifname, InterfaceAddress } from '../../../src/core/model/names.js'
import { bench, intent, push } from '../../support/agent/engine.js'

const VLAN = 'dl.100' as Ifname

/** A router with two neighbours, and functions that change it as another program would. */
async function contested(t: Parameters<typeof bench>[0]) {
  const at = await bench(t)
  const document = intent(1)
  const attachments = document.attachments.map((attachment) => ({
    ...attachment,
    l3: { addresses: ['10.0.0.2/29'] },
    bgp: [...attachment.bgp, { neighborAddress: '10.0.0.3', peerAs: 65020 }],
  }))
  await at.engine.push(push({ ...document, attachments }))
  await at.settle()
  return {
    ...at,
    mtu: () => at.kernel.links().find(({ name }) => name === VLAN)?.mtu,
    setMtu: (mtu: number) =>
      at.kernel.apply([{ do: 'link-set', link: VLAN, to: { mtu }, from: {} }]),
    takeAddress: () =>
      at.kernel.apply([
        { do: 'address-delete', link: VLAN, address: '10.0.0.2/29' as InterfaceAddress },
      ]),
    hasAddress: () =>
      at.kernel.links().some(({ name, addresses }) => name === VLAN && addresses.length > 0),
    takeNeighbor: (address: string) =>
      at.frr.type('router bgp 65010', `no neighbor ${address}`, 'exit'),
    hasNeighbor: (address: string) => at.frr.config().includes(`neighbor ${address} remote-as`),
  }
}

t.test(
  'another program that writes a new value each time is damped, and reported once',
  async (t) => {
    const { engine, drifts, mtu, setMtu } = await contested(t)
    for (const value of [1401, 1402, 1403]) {
      await setMtu(value)
      await engine.reconcile()
      t.equal(mtu(), 1500)
    }
    for (const value of [1404, 1405]) {
      await setMtu(value)
      await engine.reconcile()
      t.equal(mtu(), value, 'left')
    }
    t.match(engine.syncState(), {
      state: 'drifted',
      faults: [{ code: 'DRIFT', message: /mtu 1405 → 1500; another program undoes the repair/ }],
    })
    t.equal(engine.syncState().faults.length, 1)
    t.strictSame(
      drifts.map(({ done }) => done),
      ['repaired', 'repaired', 'repaired', 'left'],
    )
  },
)

t.test('what is not contested is repaired meanwhile, and that is no failure', async (t) => {
  const at = await contested(t)
  for (const value of [1401, 1402, 1403]) {
    await at.setMtu(value)
    await at.engine.reconcile()
  }
  at.drifts.length = 0
  await at.setMtu(1404)
  await at.takeAddress()
  at.takeNeighbor('10.0.0.1')
  await at.engine.reconcile()
  t.ok(at.hasNeighbor('10.0.0.1'))
  t.equal(at.mtu(), 1404)
  t.notOk(at.hasAddress(), 'everything of a suppressed link waits')
  t.match(at.drifts, [
    { done: 'repaired', what: [/^bgpd: .*10\.0\.0\.1/], faults: [] },
    { done: 'left', what: [/mtu/, /add 10\.0\.0\.2/] },
  ])
  t.match(at.engine.syncState(), {
    state: 'drifted',
    faults: [{ code: 'DRIFT' }, { code: 'DRIFT' }],
  })
})

t.test('a contested neighbour does not hold up another one', async (t) => {
  const at = await contested(t)
  for (let i = 0; i < 3; i++) {
    at.takeNeighbor('10.0.0.1')
    await at.engine.reconcile()
  }
  at.takeNeighbor('10.0.0.1')
  at.takeNeighbor('10.0.0.3')
  await at.takeAddress()
  await at.engine.reconcile()
  t.notOk(at.hasNeighbor('10.0.0.1'))
  t.ok(at.hasNeighbor('10.0.0.3'))
  t.ok(at.hasAddress())
  const [one, ...more] = at.engine.syncState().faults
  t.match(one, { code: 'DRIFT', message: /neighbor 10\.0\.0\.1 remote-as/ })
  t.notMatch(one, { message: /10\.0\.0\.3/ })
  t.strictSame(more, [])
})
