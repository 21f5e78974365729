import { test } from 'tap'
import type { HaveLink } from '../../../../src/core/model/link.js'
import { bond, vlan } from '../../../support/kernel/kernel-steps.js'
import {
  exportOf,
  harmOf,
  leftOf,
  link,
  LINKS,
  routed,
} from '../../../support/intent/hand-configured.js'

/** The router with one link otherwise. */
function changed(name: string, over: Partial<HaveLink>): readonly HaveLink[] {
  return LINKS.map((one) => (one.name === name ? { ...one, ...over } : one))
}

const BOND0 = ['bond0', 'paris', 'blue-a']

interface Case {
  readonly name: string
  readonly links: readonly HaveLink[]
  readonly at: string
  readonly why: RegExp
  /** Attachments that are not exported because of it. */
  readonly without: readonly string[]
}

const CASES: readonly Case[] = [
  {
    name: 'a bond in another mode',
    links: changed('bond0', { detail: { kind: 'other', type: 'bond' } }),
    at: 'bond0',
    why: /not in mode 802.3ad/,
    without: BOND0,
  },
  {
    name: 'a bond with a port that is not managed',
    links: [...LINKS, link('eno2', { master: 'bond0', mtu: 9000 })],
    at: 'bond0',
    why: /eno2.*\[ports\] manage.*add it/,
    without: BOND0,
  },
  {
    name: 'a bond with a port that is down',
    links: changed('enp2', { up: false }),
    at: 'bond0',
    why: /enp2 is down.*set it up first/,
    without: BOND0,
  },
  {
    name: 'a bond with ports of several MTUs',
    links: changed('enp2', { mtu: 1500 }),
    at: 'bond0',
    why: /enp2 has an MTU of 1500 and not 9000/,
    without: BOND0,
  },
  {
    name: 'a bond without ports',
    links: [...LINKS, link('bond1', { detail: bond() })],
    at: 'bond1',
    why: /without members/,
    without: [],
  },
  {
    name: 'a bond polled less often than an intent allows',
    links: changed('bond0', { detail: bond({ miimon: 0 }) }),
    at: 'connection bond0',
    why: /miimon/,
    without: BOND0,
  },
  {
    name: 'a VLAN without an address and a bridge',
    links: [...LINKS, link('bond0.300', { detail: vlan('bond0', 300) })],
    at: 'bond0.300',
    why: /no address and is in no bridge/,
    without: [],
  },
  {
    name: 'a VLAN that is down',
    links: changed('bond0.100', { up: false }),
    at: 'bond0.100',
    why: /is down/,
    without: ['paris'],
  },
  {
    name: 'a VLAN of 802.1ad',
    links: [...LINKS, link('bond0.7', { detail: { kind: 'other', type: 'vlan' } })],
    at: 'bond0.7',
    why: /not of 802.1Q/,
    without: [],
  },
  {
    name: 'a macvlan',
    links: [...LINKS, link('mv0', { detail: { kind: 'other', type: 'macvlan' } })],
    at: 'mv0',
    why: /it is a macvlan/,
    without: [],
  },
  {
    name: 'a third tag',
    links: [
      ...LINKS,
      link('two', { detail: vlan('enp3.30', 5) }),
      routed('q', ['10.7.0.2/30'], { detail: vlan('two', 5) }),
    ],
    at: 'q',
    why: /on two, which is no connection/,
    without: [],
  },
  {
    name: 'a bond in a bundle of another kind',
    links: [
      ...changed('bond0', { master: 'team0' }),
      link('team0', { detail: { kind: 'other', type: 'team' } }),
    ],
    at: 'bond0',
    why: /team0, which is neither/,
    without: BOND0,
  },
  {
    name: 'a bridge with a member that is not managed',
    links: [...LINKS, link('tap0', { master: 'br-lan' })],
    at: 'br-lan',
    why: /tap0.*\[ports\] manage/,
    without: ['enp3.30'],
  },
  {
    name: 'a bridge that filters VLANs',
    links: changed('br-lan', {
      detail: { kind: 'bridge', stp: true, settings: { vlanFiltering: 1 } },
    }),
    at: 'br-lan',
    why: /cannot describe vlanFiltering 1 of br-lan.*set them first/,
    without: ['enp3.30'],
  },
  {
    name: 'a bridge with an isolated port',
    links: changed('enp4', { bridgePort: { isolated: 1, state: 4 } }),
    at: 'br-lan',
    why: /cannot describe isolated 1 of enp4, and/,
    without: ['enp3.30'],
  },
  {
    name: 'a bridge in a VRF',
    links: changed('br-lan', { master: 'blue' }),
    at: 'br-lan',
    why: /belongs to blue/,
    without: ['enp3.30', 'blue-a'],
  },
  {
    name: 'a bridge of a smaller MTU than its VLANs',
    links: changed('br-lan', { mtu: 1400 }),
    at: 'br-lan',
    why: /MTU of 1400.*give it 1500/,
    without: ['enp3.30'],
  },
  {
    name: 'a VRF with a link that has no address',
    links: [...LINKS, link('dummy0', { master: 'blue' })],
    at: 'VRF blue',
    why: /dummy0 in it has no address/,
    without: ['blue-a'],
  },
  {
    name: 'a VRF that is down',
    links: changed('blue', { up: false }),
    at: 'VRF blue',
    why: /is down/,
    without: ['blue-a'],
  },
  {
    name: 'a carrier in a VRF without an address',
    links: changed('bond0', { master: 'blue', addresses: [] }),
    at: 'bond0',
    why: /in VRF blue without an address/,
    without: BOND0,
  },
  {
    name: 'an address that no host can have',
    links: [...LINKS, routed('bond0.300', ['127.0.0.5/32'], { detail: vlan('bond0', 300) })],
    at: 'attachment bond0.300',
    why: /l3\.addresses.*loopback/,
    without: ['bond0.300'],
  },
  {
    name: 'a subnet that overlaps another',
    links: [...LINKS, routed('bond0.300', ['10.0.0.6/24'], { detail: vlan('bond0', 300) })],
    at: 'attachment bond0.300',
    why: /overlaps 10.0.0.2\/30 of attachment paris/,
    without: ['bond0.300'],
  },
  {
    name: 'a name that FRR cannot take',
    links: [...LINKS, routed('wan@x', ['10.7.0.2/30'], { detail: vlan('bond0', 300) })],
    at: 'attachment ifwan@x',
    why: /name|interface/,
    without: ['wan@x'],
  },
]

test('a link that no intent can describe is not exported, with the reason', async (t) => {
  const all = exportOf({}).intent.attachments.map(({ name }) => name as string)
  for (const { name, links, at, why, without } of CASES) {
    await t.test(name, async (t) => {
      t.match(leftOf({ links }), { [at]: why })
      t.strictSame(harmOf({ links }), [], 'the rest can be taken over')
      t.strictSame(
        exportOf({ links })
          .intent.attachments.map(({ name }) => name as string)
          .sort(),
        all.filter((name) => !without.includes(name)).sort(),
      )
    })
  }

  await t.test('neighbours go with their attachment, and are named', async (t) => {
    t.match(leftOf({ links: changed('bond0.100', { up: false }) }), {
      'neighbor 10.0.0.1': /no attachment has its subnet/,
      'neighbor 2001:db8::1': /no attachment has its subnet/,
    })
    t.match(leftOf({ links: changed('blue', { up: false }) }), {
      'neighbor 10.0.1.1 vrf blue': /no attachment in VRF blue/,
    })
  })

  await t.test('a link that has nothing to do with managed ports is not listed', async (t) => {
    const links = [
      ...LINKS,
      link('docker0', { detail: { kind: 'bridge', stp: false } }),
      link('veth1', { master: 'docker0' }),
      link('eno1.5', { detail: vlan('eno1', 5) }),
      link('mgmt', { detail: bond() }),
      link('eno2', { master: 'mgmt' }),
      link('wg0', { detail: { kind: 'other', type: 'wireguard' } }),
    ]
    t.strictSame(leftOf({ links }), leftOf({}))
    t.strictSame(exportOf({ links }).intent, exportOf({}).intent)
  })
})
