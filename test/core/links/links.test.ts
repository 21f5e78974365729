import { test } from 'tap'
import type { HaveLink, WantLink } from '../../../src/core/model/link.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { address } from './worlds.js'
import { line, at, want, vlan, attachment, bond, member, done, planned } from './link-bench.js'

function faultsOf(wanted: readonly WantLink[], have: readonly HaveLink[]): readonly string[] {
  const plan = planLinks(wanted, have, PLAIN_SYSCTL)
  return plan.ok ? [] : plan.faults.map(({ code, at, message }) => `${code} ${at}: ${message}`)
}

test('the order of link steps', async (t) => {
  await t.test('a bundle with an attachment comes up from the ground', async (t) => {
    const net = attachment('net-a', 'dl-par', 100, { addresses: [at('10.0.0.2/30')] })
    const { described, effects, earlyWait } = planned(
      [net, member('p1'), member('p2'), bond()],
      [fakePort('p1', { up: true }), fakePort('p2')],
    )
    t.same(described, [
      'link-add dl-par',
      'link-add dl-par.100',
      'address-add dl-par.100 10.0.0.2/30',
      'set p1 {up:false}',
      'set p1 {master:dl-par}',
      'set p2 {master:dl-par}',
    ])
    t.same(
      effects.map(({ impact }) => impact),
      ['none', 'none', 'none', 'none'],
      'an idle port loses nothing',
    )
    t.same(earlyWait, { do: 'frr-wait', links: ['dl-par.100'], vrfs: [] })
  })

  await t.test('what is no longer wanted goes from the top, and its port is let go', async (t) => {
    const net = attachment('net-a', 'dl-par', 100, { addresses: [at('10.0.0.2/30')] })
    const have = [...[bond(), net, member('p1')].map(done), fakePort('eth9', { up: true })]
    const { described, effects } = planned([], have)
    t.same(described, [
      'address-delete dl-par.100 10.0.0.2/30',
      'set p1 {up:false}',
      'set p1 {master:null}',
      'link-delete dl-par.100',
      'link-delete dl-par',
    ])
    t.match(
      effects.find(({ subject }) => subject === 'attachment net-a'),
      { impact: 'traffic-loss' },
    )
  })

  await t.test('a larger MTU starts at the port, a smaller one at the VLAN', async (t) => {
    const small = [want('p1', { mtu: 1500 }), attachment('net-a', 'p1', 100)]
    const large = [want('p1', { mtu: 9000 }), attachment('net-a', 'p1', 100, { mtu: 9000 })]
    t.same(planned(large, small.map(done)).described, [
      'set p1 {mtu:9000}',
      'set p1.100 {mtu:9000}',
    ])
    t.same(planned(small, large.map(done)).described, [
      'set p1.100 {mtu:1500}',
      'set p1 {mtu:1500}',
    ])
  })

  await t.test('an address moves from one VLAN to another without being there twice', async (t) => {
    const addresses = [at('10.0.0.2/30')]
    const before = [want('p1'), attachment('net-a', 'p1', 100, { addresses })]
    const after = [want('p1'), attachment('net-a', 'p1', 200, { addresses })]
    t.same(planned(after, before.map(done)).described, [
      'link-add p1.200',
      'address-delete p1.100 10.0.0.2/30',
      'link-delete p1.100',
      'address-add p1.200 10.0.0.2/30',
    ])
  })
})

test('what a change touches', async (t) => {
  const addresses = [at('10.0.0.2/30'), at('2001:db8::2/64')]
  const [first, second] = [
    attachment('net-a', 'dl-par', 100, { addresses }),
    attachment('net-b', 'dl-par', 200),
  ] as const
  const nets = [first, second]
  const have = [bond(), member('p1'), ...nets].map(done)

  await t.test('options that the kernel changes live touch the bond alone', async (t) => {
    const plan = planned(
      [bond({ hash: 'layer2', adSelect: 'stable' }), member('p1'), ...nets],
      have,
    )
    t.same(plan.described, ['set dl-par {bond:{hash:layer2}}'])
    t.same(
      plan.effects.map(({ subject, impact }) => `${subject} ${impact}`),
      ['connection dl-par soft'],
    )
  })

  await t.test('a bond that needs more ports than stay has no carrier for a while', async (t) => {
    const grown = [bond({ minLinks: 2 }), member('p1'), member('p2'), ...nets]
    const { described, effects, disturbed } = planned(grown, [...have, fakePort('p2')])
    t.same(described, ['set p2 {master:dl-par}', 'set dl-par {bond:{minLinks:2}}'])
    t.same(effects.map(({ subject, impact }) => `${subject} ${impact}`).sort(), [
      'attachment net-a link-flap',
      'attachment net-b link-flap',
      'connection dl-par link-flap',
      'port p2 none',
    ])
    t.ok(disturbed.some((each) => each.address === '10.0.0.2/30'))

    const swapped = [bond({ minLinks: 2 }), member('p1'), member('p3'), ...nets]
    const swap = planned(swapped, [...grown.map(done), fakePort('p3')])
    t.same(swap.described, ['set p2 {up:false}', 'set p2 {master:null}', 'set p3 {master:dl-par}'])
    t.match(
      swap.effects.find(({ subject }) => subject === 'attachment net-a'),
      { impact: 'link-flap' },
    )
  })

  await t.test(
    'a bond that may do with fewer ports is described so before one leaves',
    async (t) => {
      const two = [bond({ minLinks: 2 }), member('p1'), member('p2'), ...nets]
      const one = [bond({ minLinks: 1 }), member('p1'), want('p2'), ...nets]
      const { described, effects, disturbed } = planned(one, two.map(done))
      t.same(described, [
        'set dl-par {bond:{minLinks:1}}',
        'set p2 {up:false}',
        'set p2 {master:null}',
        'set p2 {up:true}',
      ])
      t.same(effects.map(({ subject, impact }) => `${subject} ${impact}`).sort(), [
        'connection dl-par soft',
        'port p2 soft',
      ])
      t.same(disturbed, [])
    },
  )

  await t.test('more ports than before are needed, and they are there', async (t) => {
    const before = [bond({ minLinks: 1 }), member('p1'), member('p2'), ...nets].map(done)
    const { described, effects } = planned(
      [bond({ minLinks: 2 }), member('p1'), member('p2'), ...nets],
      before,
    )
    t.same(described, ['set dl-par {bond:{minLinks:2}}'])
    t.same(
      effects.map(({ subject, impact }) => `${subject} ${impact}`),
      ['connection dl-par soft'],
    )
  })

  await t.test(
    'a link poll is set together with the delays that are multiples of it',
    async (t) => {
      const plan = planned([bond({ miimon: 50 }), member('p1'), ...nets], have)
      t.same(plan.described, ['set dl-par {bond:{miimon:50,upDelay:0,downDelay:0}}'])
    },
  )

  await t.test(
    'an option that needs the bond down flaps all on it and puts IPv6 back',
    async (t) => {
      const plan = planned([bond({ lacpRate: 'slow' }), member('p1'), ...nets], have)
      t.same(plan.described, [
        'address-delete dl-par.100 2001:db8::2/64',
        'set dl-par {up:false}',
        'set dl-par {bond:{lacpRate:slow}}',
        'set dl-par {up:true}',
        'address-add dl-par.100 2001:db8::2/64',
      ])
      t.same(plan.effects.map(({ subject, impact }) => `${subject} ${impact}`).sort(), [
        'attachment net-a link-flap',
        'attachment net-b link-flap',
        'connection dl-par link-flap',
      ])
      t.ok(plan.disturbed.some((each) => each.address === '10.0.0.2/30'))
    },
  )

  await t.test('a renamed attachment is only labelled anew', async (t) => {
    const plan = planned(
      [bond(), member('p1'), { ...first, alias: line('demarc attachment new') }, second],
      have,
    )
    t.same(plan.described, ['set dl-par.100 {alias:demarc attachment new}'])
    t.match(plan.effects, [{ subject: 'attachment new', impact: 'none' }])
  })

  await t.test('a port that joins or leaves a bundle leaves the others alone', async (t) => {
    const two = [bond(), member('p1'), member('p2'), ...nets]
    t.same(planned(two, [...have, fakePort('p2')]).described, ['set p2 {master:dl-par}'])
    const plan = planned([bond(), member('p1'), want('p2'), ...nets], two.map(done))
    t.same(plan.described, ['set p2 {up:false}', 'set p2 {master:null}', 'set p2 {up:true}'])
    t.match(plan.effects, [{ subject: 'port p2', impact: 'soft' }])
  })

  await t.test(
    'an address that goes as the first of its subnet comes with the others',
    async (t) => {
      const held = (owned: boolean) => ({
        ...done(attachment('net-c', 'p1', 300)),
        addresses: [address('10.0.0.3/30', true), address('10.0.0.2/30', owned)],
      })
      const wanted = [
        want('p1'),
        attachment('net-c', 'p1', 300, { addresses: [at('10.0.0.2/30')] }),
      ]
      const port = done(want('p1'))
      t.same(planned(wanted, [port, held(true)]).described, [
        'address-delete p1.300 10.0.0.2/30',
        'address-delete p1.300 10.0.0.3/30',
        'address-add p1.300 10.0.0.2/30',
      ])
      t.match(faultsOf(wanted, [port, held(false)]), [
        /^NOT_OWNED p1.300 10.0.0.2.30: .* with 10.0.0.3/,
      ])
    },
  )

  await t.test('an address that is there already is taken as it is', async (t) => {
    const held = {
      ...done(first),
      addresses: [address('10.0.0.2/30'), address('2001:db8::2/64', true)],
    }
    t.same(
      planned(
        [bond(), member('p1'), ...nets],
        [...have.filter(({ name }) => name !== held.name), held],
      ).described,
      [],
    )
  })
})

test('what is not ours stops the plan, and both sides are named', async (t) => {
  const net = attachment('net-a', 'p1', 100, { addresses: [at('10.0.0.2/30')] })

  await t.test('a link of the name, the VLAN id, the address: all at once', async (t) => {
    const faults = faultsOf(
      [want('p1'), want('p9'), net, attachment('net-b', 'p1', 200)],
      [
        fakePort('p1'),
        fakePort('p1.100', { detail: vlan('p1', 300) }),
        fakePort('uplink', { detail: vlan('p1', 200) }),
        fakePort('eth9', { addresses: [address('10.0.0.2/24')] }),
      ],
    )
    t.same(faults, [
      'PORT_MISSING p9: the router has no such port',
      'NOT_OWNED p1.100: attachment net-a needs this name, which a vlan has that demarc did not make; take it over with `demarc adopt` if it is the same, or rename or remove it',
      'NOT_OWNED p1.200: attachment net-b needs VLAN 200 on p1, which uplink has; demarc did not make uplink: remove it, or change the intent',
      'NOT_OWNED p1.100 10.0.0.2/30: attachment net-a needs 10.0.0.2/30, but eth9 has 10.0.0.2/24, which demarc did not add; remove it there',
    ])
  })

  await t.test('the same address in another VRF is no conflict', async (t) => {
    const vrf = fakePort('mgmt', { detail: { kind: 'vrf', table: 10 } })
    const other = fakePort('eth9', { master: 'mgmt', addresses: [address('10.0.0.2/24')] })
    t.same(faultsOf([want('p1'), net], [fakePort('p1'), vrf, other]), [])
  })

  await t.test('an address on a member of a bridge in a VRF is in the default table', async (t) => {
    const vrf = fakePort('mgmt', { detail: { kind: 'vrf', table: 10 } })
    const bridge = fakePort('br9', { detail: { kind: 'bridge', stp: false }, master: 'mgmt' })
    const other = fakePort('eth9', { master: 'br9', addresses: [address('10.0.0.2/24')] })
    t.match(faultsOf([want('p1'), net], [fakePort('p1'), vrf, bridge, other]), [
      /^NOT_OWNED p1.100 10.0.0.2\/30: .* eth9 has 10.0.0.2\/24/,
    ])
  })

  await t.test('a VRF table in use is refused', async (t) => {
    const blue = want('blue', {
      detail: { kind: 'vrf', table: 10 },
      alias: line('demarc vrf blue'),
    })
    const faults = faultsOf([blue], [fakePort('mgmt', { detail: { kind: 'vrf', table: 10 } })])
    t.match(faults, [/^NOT_OWNED blue: vrf blue needs table 10, which mgmt has/])
  })

  await t.test('a port in a bridge of others, and one with an address of others', async (t) => {
    const bridge = fakePort('br9', { detail: { kind: 'bridge', stp: false } })
    t.match(faultsOf([want('p1')], [bridge, fakePort('p1', { master: 'br9' })]), [
      /^NOT_OWNED p1: is in br9, which demarc did not make/,
    ])
    t.match(
      faultsOf([bond(), member('p1')], [fakePort('p1', { addresses: [address('192.0.2.1/24')] })]),
      [/^NOT_OWNED p1 192.0.2.1\/24: .* dl-par/],
    )
  })

  await t.test('an address that DHCP gave is somebody’s, and no answer to a want', async (t) => {
    const leased = { ...address('192.0.2.1/24'), leased: true } as const
    const port = fakePort('p1', { addresses: [leased] })
    t.match(faultsOf([bond(), member('p1')], [port]), [/^NOT_OWNED p1 192.0.2.1\/24/])
    const untagged = want('p1', { addresses: [at('192.0.2.1/24')] })
    t.match(faultsOf([untagged], [port]), [/^NOT_OWNED .* leased by DHCP; remove it there/])
  })

  await t.test('a VLAN or an address of others on a link that has to go or to flap', async (t) => {
    const have = [bond(), member('p1')].map(done)
    const mine = fakePort('dl-par.9', { detail: vlan('dl-par', 9), up: true })
    t.match(faultsOf([want('p1')], [...have, mine]), [
      /^NOT_OWNED dl-par.9: .*dl-par below it would be removed/,
    ])
    t.match(faultsOf([bond({ lacpRate: 'slow' }), member('p1')], [...have, mine]), [
      /^NOT_OWNED dl-par.9: is on dl-par/,
    ])
    const held = fakePort('dl-par', { ...done(bond()), addresses: [address('192.0.2.1/24')] })
    t.match(faultsOf([want('p1')], [held, done(member('p1'))]), [/^NOT_OWNED dl-par 192.0.2.1\/24/])
  })

  await t.test('a port that demarc itself made for something else', async (t) => {
    const have = [fakePort('p1'), done(net)]
    t.match(faultsOf([want('p1'), want('p1.100')], have), [
      /^PORT_MISSING p1.100: is a vlan that demarc made/,
    ])
  })

  await t.test('an MTU above what a port has that nobody may change', async (t) => {
    t.match(
      faultsOf([want('p1'), attachment('net-a', 'p1', 100, { mtu: 9000 })], [fakePort('p1')]),
      [/^INTENT_CONFLICT p1.100: MTU 9000 does not fit p1, which has 1500/],
    )
  })

  await t.test('a foreign VLAN that was down stays down when its port is set up', async (t) => {
    const idle = fakePort('p1.9', { detail: vlan('p1', 9) })
    t.same(planned([want('p1')], [fakePort('p1'), idle]).described, [
      'set p1 {up:true}',
      'set p1.9 {up:false}',
    ])
  })
})

test('1,000 attachments that are there leave nothing to plan', async (t) => {
  const nets = Array.from({ length: 1000 }, (_, n) =>
    attachment(`net-${n}`, 'dl-par', n + 1, {
      addresses: [at(`10.${n >> 6}.${(n & 63) * 4}.1/30`)],
    }),
  )
  const wanted = [bond(), member('p1'), ...nets]
  const have = wanted.map(done)
  t.equal(planned(wanted, have).steps.length, 0)
})

test('alternative names are names that are taken', async (t) => {
  const ports = [fakePort('p1', { altNames: ['enp1s0', 'dl-par'] }), fakePort('p2')]
  t.match(faultsOf([member('p1'), member('p2'), bond()], ports), [
    /^NOT_OWNED dl-par: connection dl-par needs this name, which p1 has as an alternative name; .*ip link property del dev p1 altname dl-par/,
  ])
  t.match(faultsOf([member('enp1s0'), member('p2')], ports), [
    'PORT_MISSING enp1s0: is an alternative name of p1; write p1 in the intent',
  ])
})
