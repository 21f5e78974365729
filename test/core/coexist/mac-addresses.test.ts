import t from 'tap'
import type { HaveLink } from '../../../src/core/model/link.js'
import { bond, vlan } from '../../support/kernel/kernel-steps.js'
import { codes, link, only, ours } from './host.js'

const MAC = '02:de:3a:00:00:00'
const port = (name: string, index: number, over: Partial<HaveLink> = {}) =>
  link(name, index, { up: true, mac: MAC, ...over })
const BOND = link('dl-par', 10, { detail: bond(), up: true, mac: MAC })
const other = (name: string, index: number, over: Partial<HaveLink> = {}) =>
  link(name, index, { up: true, ...over })

const FOUND: readonly (readonly [what: string, have: readonly HaveLink[]])[] = [
  ['a bond and a port that left it', [BOND, port('enp1s0f0', 3)]],
  ['two ports of the intent', [port('enp1s0f0', 3), port('enp1s0f1', 4)]],
  ['a port of the intent and a management port', [port('enp1s0f0', 3), port('eth0', 2)]],
  [
    'a bond and a port in a bridge of somebody else',
    [
      BOND,
      port('eth1', 5, { master: 'br-y' }),
      other('br-y', 6, { detail: { kind: 'bridge', stp: false } }),
    ],
  ],
  [
    'a bond and a port in a VRF',
    [
      BOND,
      port('eth1', 5, { master: 'blue' }),
      other('blue', 6, { detail: { kind: 'vrf', table: 7 } }),
    ],
  ],
  [
    'a port and a macvlan on another port',
    [port('enp1s0f0', 3), port('mv0', 7, { lower: 'eth0' }), other('eth0', 2)],
  ],
]

const FINE: readonly (readonly [what: string, have: readonly HaveLink[]])[] = [
  [
    'a bond with its ports',
    [BOND, port('enp1s0f0', 3, { master: 'dl-par' }), port('enp1s0f1', 4, { master: 'dl-par' })],
  ],
  [
    'VLANs of one parent',
    [
      BOND,
      port('dl-par.100', 11, { detail: vlan('dl-par', 100) }),
      port('x', 12, { detail: vlan('dl-par', 7) }),
    ],
  ],
  [
    'a bridge with its port',
    [
      port('enp1s0f0', 3, { master: 'br' }),
      port('br', 9, { detail: { kind: 'bridge', stp: false } }),
    ],
  ],
  ['an ipvlan on a port', [port('enp1s0f0', 3), port('ipv0', 7, { lower: 'enp1s0f0' })]],
  [
    'a virtual function behind its synthetic interface',
    [port('enp1s0f0', 3), port('enP1', 7, { master: 'enp1s0f0' })],
  ],
  ['links of others', [port('eth0', 2), port('eth1', 5), other('enp1s0f0', 3)]],
  ['a link that is down', [port('enp1s0f0', 3), port('eth0', 2, { up: false })]],
  [
    'links without an address',
    ['enp1s0f0', 'eth0'].map((name, i) => port(name, i + 2, { mac: '' })),
  ],
  ['zeros', ['enp1s0f0', 'eth0'].map((name, i) => port(name, i + 2, { mac: '00:00:00:00:00:00' }))],
  ['tunnels', [port('enp1s0f0', 3), port('gre1', 7, { detail: { kind: 'other', type: 'gre' } })]],
]

t.test('two links that speak with one MAC address are named', (t) => {
  for (const [what, have] of FOUND) {
    const found = only({}, 'MAC_DUPLICATE', ours({ have }))
    const names = have.filter(({ mac }) => mac === MAC).map(({ name }) => name)
    t.match(
      found.message,
      new RegExp(`^${names.join(', ')} have the same MAC address ${MAC}`),
      what,
    )
    t.equal(found.destroys, false)
  }
  t.end()
})

t.test('a link that has the address of the link below or above it is none of them', (t) => {
  for (const [what, have] of FINE) t.strictSame(codes({}, ours({ have })), [], what)
  t.end()
})
