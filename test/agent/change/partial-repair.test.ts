import t from 'tap'
import { fault } from '../../../src/core/base/fault.js'
import { ADDRESS_PROTOCOL } from '../../../src/core/model/link.js'
import type { Ifname, InterfaceAddress, Line } from '../../../src/core/model/names.js'
import { bench, intent, push, type Over } from '../../support/agent/engine.js'

const [PORT, A, B] = ['dl' as Ifname, 'dl.100' as Ifname, 'dl.200' as Ifname]
const [ADDRESS_A, ADDRESS_B] = ['10.0.0.2/30', '10.0.1.2/30'] as InterfaceAddress[]

/** An intent with two attachments, a neighbour on each; `mtu` is that of the second one. */
function two(generation: number, { mtu = 1500, mtuA = 1500 } = {}) {
  const document = intent(generation)
  const bgp = [{ neighborAddress: '10.0.1.1', peerAs: 65030 }]
  const second = { name: 'net-b', connection: 'dl', vlanId: 200, mtu, bgp }
  const first = document.attachments.map((attachment) => ({ ...attachment, mtu: mtuA }))
  return {
    ...document,
    attachments: [...first, { ...second, l3: { addresses: [String(ADDRESS_B)] } }],
  }
}

type Test = Parameters<typeof bench>[0]
type Router = Awaited<ReturnType<typeof router>>

/** A router that runs it. */
async function router(t: Test, over: Over = {}) {
  const at = await bench(t, over)
  const pushed = await at.engine.push(push(two(1)))
  if (!pushed.ok) throw new Error(JSON.stringify(pushed.faults))
  await at.settle()
  at.drifts.length = 0
  return {
    ...at,
    link: (name: string) => at.kernel.links().find((link) => link.name === name),
    hasNeighbor: (address: string) => at.frr.config().includes(`neighbor ${address} remote-as`),
  }
}

/** Takes demarc's mark off the link and puts a stranger there; the neighbour of A stays. */
async function takeLink({ kernel }: Router): Promise<void> {
  await kernel.apply([{ do: 'link-set', link: A, to: { alias: 'colleague' as Line }, from: {} }])
}

/** A foreign VLAN. */
async function addVlan({ kernel }: Router, name: string, vlanId: number): Promise<void> {
  const detail = { kind: 'vlan', parent: PORT, vlanId } as const
  const link = { name: name as Ifname, detail, alias: null, mtu: null, up: true, master: null }
  await kernel.apply([{ do: 'link-add', link }])
}

function fail(): never {
  throw new Error('the attachment is missing')
}

/** What somebody else may put in the way of attachment A, none of which concerns attachment B. */
const OBSTACLES: Readonly<Record<string, (at: Router) => Promise<void> | void>> = {
  'a link without demarc’s mark': takeLink,
  'a VLAN of the same id': async (at) => {
    const { detail, alias } = at.link(A) ?? fail()
    if (detail.kind !== 'vlan') fail()
    const link = { name: A, detail, alias: alias as Line, mtu: 1500, up: true, master: null }
    await at.kernel.apply([{ do: 'link-delete', link }])
    await addVlan(at, 'stranger', 100)
  },
  'the same address elsewhere': async ({ kernel }) => {
    const [address, elsewhere] = [ADDRESS_A as InterfaceAddress, 'mgmt' as Ifname]
    await kernel.apply([
      { do: 'address-delete', link: A, address },
      { do: 'address-add', link: elsewhere, address },
      { do: 'address-mark', link: elsewhere, address, to: 0, from: ADDRESS_PROTOCOL },
    ])
  },
  'a neighbour in a peer group without demarc’s mark': ({ frr }) => {
    frr.type(
      'router bgp 65010',
      'no neighbor 10.0.0.1',
      'neighbor 10.0.0.1 remote-as 65020',
      'neighbor 10.0.0.1 description ticket 77',
      'exit',
    )
  },
}

for (const [name, putInTheWay] of Object.entries(OBSTACLES)) {
  t.test(`${name}: everything else is repaired, and it is reported`, async (t) => {
    const at = await router(t)
    await putInTheWay(at)
    await at.kernel.apply([
      { do: 'address-delete', link: B, address: ADDRESS_B as InterfaceAddress },
      { do: 'link-set', link: PORT, to: { mtu: 1400 }, from: {} },
    ])
    at.frr.type('router bgp 65010', 'no neighbor 10.0.1.1', 'exit')
    await at.engine.reconcile()
    await at.engine.reconcile()
    t.match(at.link(B)?.addresses, [{ address: ADDRESS_B }], 'the other address is back')
    t.equal(at.link(PORT)?.mtu, 1500, 'so is the MTU of the bond')
    t.ok(at.hasNeighbor('10.0.1.1'), 'and the other neighbour')
    t.match(at.engine.syncState(), { state: 'failed', faults: [{ code: 'NOT_OWNED' }] })
    t.equal(at.engine.syncState().faults.length, 1, 'the conflict is the only fault')
    const blocked = at.drifts.filter(({ done }) => done === 'blocked')
    t.equal(blocked.length, 1, 'it is reported once')
    t.match(blocked, [{ faults: [{ code: 'NOT_OWNED' }] }])
  })

  t.test(`${name}: a push that does not concern it is made`, async (t) => {
    const at = await router(t)
    await putInTheWay(at)
    await at.engine.reconcile()
    const dry = await at.engine.push(push(two(2, { mtu: 1400 }), { change: 'c2', dryRun: true }))
    t.match(dry, { ok: true, value: { plan: { effects: [{}, {}] } } })
    const warned = dry.ok ? (dry.value.plan?.effects ?? []) : []
    t.ok(
      warned.some(({ impact, why }) => impact === 'none' && why.startsWith('is left as it is')),
      'the plan names it',
    )
    t.match(await at.engine.push(push(two(2, { mtu: 1400 }), { change: 'c2' })), { ok: true })
    await at.settle()
    t.equal(at.engine.progress()?.phase, 'confirmed')
    t.equal(at.link(B)?.mtu, 1400)
    await at.engine.reconcile()
    t.match(at.engine.syncState(), { state: 'failed', faults: [{ code: 'NOT_OWNED' }] })
  })
}

t.test('a push of the very thing is refused, and changes nothing', async (t) => {
  const at = await router(t)
  await takeLink(at)
  const pushed = await at.engine.push(push(two(2, { mtu: 1400, mtuA: 1400 }), { change: 'c2' }))
  t.match(pushed, { ok: false, faults: [{ code: 'NOT_OWNED' }] })
  t.equal(at.link(B)?.mtu, 1500)
})

t.test('a conflict that the push brings about refuses it', async (t) => {
  const at = await router(t)
  await addVlan(at, 'dl.300', 301)
  const document = two(2)
  const [, second] = document.attachments
  const third = {
    ...second,
    name: 'net-c',
    vlanId: 300,
    bgp: [],
    l3: { addresses: ['10.0.2.2/30'] },
  }
  const more = { ...document, attachments: [...document.attachments, third] }
  t.match(await at.engine.push(push(more, { change: 'c2' })), {
    ok: false,
    faults: [{ code: 'NOT_OWNED', at: 'dl.300' }],
  })
})

/** What the router may lack for one part of the intent in force, and where the intent needs it. */
const GAPS = [
  {
    name: 'a secret that is not on the router any more',
    over: (isGone: () => boolean): Over => ({ hasSecret: () => !isGone() }),
    damage: ({ frr }: Router) =>
      frr.type('router bgp 65010', 'neighbor 10.0.0.1 timers 7 21', 'exit'),
    isLeft: ({ frr }: Router) =>
      frr.config().includes('neighbor 10.0.0.1 timers 7 21') &&
      frr.config().includes(`neighbor 10.0.0.1 password`),
    isRepaired: ({ frr }: Router) => !frr.config().includes('timers 7 21'),
    fault: { code: 'SECRET_MISSING', at: 'attachments[0].bgp[0].authPassword.secret' },
    says: /"key" is not on this router; neighbor 10\.0\.0\.1 is left as it is/,
  },
  {
    name: 'a port that is not managed any more',
    over: (isGone: () => boolean): Over => ({ managedPorts: () => (isGone() ? ['p0'] : ['p*']) }),
    damage: ({ kernel }: Router) =>
      kernel.apply([{ do: 'link-set', link: 'p1' as Ifname, to: { up: false }, from: {} }]),
    isLeft: ({ link }: Router) => link('p1')?.up === false,
    isRepaired: ({ link }: Router) => link('p1')?.up === true,
    fault: { code: 'PORT_UNMANAGED', at: 'connections[0].ports[1].name' },
    says: /"p1" is not among the ports.*link p1 is left as it is/,
  },
] as const

for (const { name, over, damage, isLeft, isRepaired, fault: expected, says } of GAPS) {
  t.test(`${name}: only what needs it waits`, async (t) => {
    let isGone = false
    const at = await router(
      t,
      over(() => isGone),
    )
    isGone = true
    await damage(at)
    await at.kernel.apply([
      { do: 'address-delete', link: B, address: ADDRESS_B as InterfaceAddress },
    ])
    at.frr.type('router bgp 65010', 'no neighbor 10.0.1.1', 'exit')
    await at.engine.reconcile()
    await at.engine.reconcile()
    t.match(at.link(B)?.addresses, [{ address: ADDRESS_B }], 'the address elsewhere is back')
    t.ok(at.hasNeighbor('10.0.1.1'), 'and the other neighbour')
    t.ok(isLeft(at), 'what needs it is left as it is')
    t.match(at.engine.syncState(), { state: 'failed', faults: [{ ...expected, message: says }] })
    t.equal(at.engine.syncState().faults.length, 1)
    const blocked = at.drifts.filter(({ done }) => done === 'blocked')
    t.match(blocked, [{ faults: [expected] }], 'it is reported once')
    t.equal(blocked.length, 1)
    isGone = false
    await at.engine.reconcile()
    t.ok(isRepaired(at), 'it is repaired as soon as it is there')
    t.equal(at.engine.syncState().state, 'in-sync')
  })

  t.test(`${name}: after a reboot the rest of the intent in force is restored`, async (t) => {
    let isGone = false
    const at = await router(
      t,
      over(() => isGone),
    )
    await at.engine.push(push(two(2, { mtu: 1400 }), { change: 'c2', confirmWithin: 60 }))
    isGone = true
    await at.kernel.apply([
      { do: 'address-delete', link: B, address: ADDRESS_B as InterfaceAddress },
    ])
    await at.restart('next-boot')
    t.match(at.link(B), { mtu: 1500, addresses: [{ address: ADDRESS_B }] })
    t.equal(at.memory().lastGood()?.ref.generation, 1)
  })
}

/** FRR that refuses every step with this line, and takes the lines before it. */
function refusing(line: string, isOn: () => boolean): Over {
  return {
    frrFault: ({ lines, daemon }) =>
      isOn() && lines.some((typed) => typed.includes(line))
        ? fault('FRR_REFUSED', daemon, `\`${line}\`: Unknown command`)
        : null,
  }
}

t.test('a line that FRR refuses fails only what needs it', async (t) => {
  let isOn = false
  const at = await router(
    t,
    refusing('neighbor 10.0.0.1 timers', () => isOn),
  )
  isOn = true
  at.frr.type('router bgp 65010', 'neighbor 10.0.0.1 timers 7 21', 'no neighbor 10.0.1.1', 'exit')
  await at.kernel.apply([{ do: 'address-delete', link: B, address: ADDRESS_B as InterfaceAddress }])
  await at.engine.reconcile()
  t.ok(at.hasNeighbor('10.0.1.1'), 'the other neighbour is back')
  t.match(at.link(B)?.addresses, [{ address: ADDRESS_B }])
  t.match(at.engine.syncState(), {
    state: 'drifted',
    faults: [{ code: 'FRR_REFUSED', message: /Unknown command; the repair failed once/ }],
  })
  t.equal(at.engine.syncState().faults.length, 1)
})

t.test('a repair that fails is made more and more rarely, until the state changes', async (t) => {
  let isOn = false
  let typed = 0
  const at = await router(t, {
    frrFault(step) {
      const refusal = refusing('neighbor 10.0.0.1 timers', () => isOn).frrFault?.(step) ?? null
      if (refusal !== null) typed += 1
      return refusal
    },
  })
  isOn = true
  at.frr.type('router bgp 65010', 'neighbor 10.0.0.1 timers 7 21', 'exit')
  const tries: number[] = []
  for (let second = 0; second < 8000; second += 5) {
    const before = typed
    await at.engine.reconcile()
    if (typed > before) tries.push(second)
    await at.pass(5000)
  }
  t.strictSame(tries, [0, 5, 65, 665, 4265, 7865])
  t.match(at.engine.syncState().faults, [
    {
      code: 'FRR_REFUSED',
      message: /the repair failed 6 times; it is tried again at the first look/,
    },
  ])
  await at.engine.repair(false)
  t.equal(at.engine.syncState().faults[0]?.code, 'FRR_REFUSED', '"demarc repair" tries at once')
  at.frr.type('router bgp 65010', 'neighbor 10.0.0.1 timers 8 24', 'exit')
  isOn = false
  await at.engine.repair(false)
  t.match(at.engine.syncState(), { state: 'in-sync', faults: [] })
})

t.test('a repair that ended an FRR daemon is made again only on request', async (t) => {
  let isOn = false
  let deaths = 0
  const at = await router(t, {
    frrFault({ lines, daemon }) {
      if (!isOn || !lines.some((line) => line.includes('neighbor 10.0.0.1 timers'))) return null
      deaths += 1
      return fault('FRR_UNAVAILABLE', daemon, 'the connection was closed')
    },
  })
  isOn = true
  at.frr.type('router bgp 65010', 'neighbor 10.0.0.1 timers 7 21', 'no neighbor 10.0.1.1', 'exit')
  for (let look = 0; look < 50; look += 1) {
    await at.engine.reconcile()
    await at.pass(600_000)
  }
  t.equal(deaths, 1)
  t.ok(at.hasNeighbor('10.0.1.1'), 'the other neighbour is repaired')
  t.match(at.engine.syncState().faults, [
    { code: 'FRR_REFUSED', message: /ended.*timers 30 90.*demarc repair --accept/ },
  ])
  await at.engine.repair(false)
  t.equal(deaths, 1, '"demarc repair" does not take the risk')
  await at.engine.repair(true)
  t.equal(deaths, 2, '"demarc repair --accept" does')
  isOn = false
  await at.engine.repair(true)
  t.match(at.engine.syncState(), { state: 'in-sync', faults: [] })
})
