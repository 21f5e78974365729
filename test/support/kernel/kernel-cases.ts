import type { KernelStep } from '../../../src/core/model/plan.js'
import { ADDRESS_PROTOCOL } from '../../../src/core/model/link.js'
import {
  add,
  BOND,
  bond,
  give,
  mark,
  markRule,
  modes,
  remove,
  rule,
  set,
  take,
  tune,
  vlan,
} from './kernel-steps.js'

/** The key in `then` for the rules that close VRFs. No link can have the name. */
export const RULES = 'VRF rules'

/** One fact about the kernel. */
export interface Case {
  readonly name: string
  readonly given: readonly KernelStep[]
  readonly when: readonly KernelStep[]
  /** Refused with this errno; at the last step unless said otherwise. */
  readonly refused?: { readonly errno: string; readonly at?: number }
  /** Link name → what must be so. */
  readonly then?: Readonly<Record<string, object>>
  readonly gone?: readonly string[]
}

const raised = [set('p0', { up: true })]
const tagged = [...raised, add('p0.5', vlan('p0', 5))]
const bonded = [add('bo', bond()), set('p0', { master: 'bo', up: true })]
const bundle = [
  ...bonded,
  add('bo.5', vlan('bo', 5)),
  give('bo.5', '10.0.0.1/30'),
  give('bo.5', 'fd00::1/64'),
]
const blue = add('blue', { kind: 'vrf', table: 10 })
const bridge = add('br', { kind: 'bridge', stp: false })

/** Every setting of a port of a bridge but its state, which follows the carrier. */
const OTHER_THAN_DEFAULT = {
  hairpin: 1,
  learning: 0,
  unicastFlood: 0,
  proxyArp: 1,
  proxyArpWifi: 1,
  multicastFlood: 0,
  broadcastFlood: 0,
  groupForwardMask: 0x4000,
  neighborSuppress: 1,
  isolated: 1,
  locked: 1,
}

const LINKS: readonly Case[] = [
  {
    name: 'a VLAN comes up as it was ordered',
    given: raised,
    when: [
      add('p0.5', vlan('p0', 5), { mtu: 1400 }),
      give('p0.5', '10.0.0.1/30'),
      give('p0.5', 'fd00::1/127'),
      tune('p0.5', { rpFilter: 2, forwarding4: true, forwarding6: true }),
    ],
    then: {
      'p0.5': {
        detail: { kind: 'vlan', parent: 'p0', vlanId: 5 },
        alias: 'demarc test p0.5',
        mtu: 1400,
        up: true,
        addresses: ['10.0.0.1/30', 'fd00::1/127'],
        sysctl: { rpFilter: 2, forwarding4: true, forwarding6: true },
      },
    },
  },
  {
    name: 'a VLAN takes the MTU of its parent when none is given',
    given: [set('p0', { mtu: 2000, up: true })],
    when: [add('p0.5', vlan('p0', 5))],
    then: { 'p0.5': { mtu: 2000 } },
  },
  {
    name: 'a VLAN id is taken once on a parent',
    given: tagged,
    when: [add('other', vlan('p0', 5))],
    refused: { errno: 'EEXIST' },
  },
  {
    name: 'a name is taken once, and the link that has it keeps its label',
    given: tagged,
    when: [add('p0.5', vlan('p0', 6), { alias: null }), set('p0.5', { mtu: 1000 })],
    refused: { errno: 'EEXIST', at: 0 },
  },
  {
    name: 'a VLAN needs a parent',
    given: [],
    when: [add('nope.5', vlan('nope', 5))],
    refused: { errno: 'ENODEV' },
  },
  {
    name: 'a new VLAN may not have a larger MTU than its parent',
    given: raised,
    when: [add('p0.5', vlan('p0', 5), { mtu: 1501 })],
    refused: { errno: 'EINVAL' },
  },
  {
    name: 'a VLAN cannot grow above its parent',
    given: tagged,
    when: [set('p0.5', { mtu: 1501 })],
    refused: { errno: 'ERANGE' },
  },
  {
    name: 'a VLAN cannot come up over a parent that is down',
    given: [],
    when: [add('p0.5', vlan('p0', 5))],
    refused: { errno: 'ENETDOWN' },
  },
  {
    name: 'a VLAN that is down can be made over a parent that is down',
    given: [],
    when: [add('p0.5', vlan('p0', 5), { up: false })],
    then: { 'p0.5': { up: false } },
  },
  {
    name: 'a parent that shrinks takes its VLANs with it, and does not give back what it took',
    given: [
      set('p0', { mtu: 9000, up: true }),
      add('p0.5', vlan('p0', 5)),
      add('p0.6', vlan('p0', 6), { mtu: 1200 }),
    ],
    when: [set('p0', { mtu: 1400 }), set('p0', { mtu: 9000 })],
    then: { 'p0.5': { mtu: 1400 }, 'p0.6': { mtu: 1200 } },
  },
  {
    name: 'a parent that goes down and up again takes its VLANs with it, even one that was down',
    given: [...tagged, add('p0.6', vlan('p0', 6), { up: false })],
    when: [set('p0', { up: false }), set('p0', { up: true })],
    then: { 'p0.5': { up: true }, 'p0.6': { up: true } },
  },
  {
    name: 'a parent that goes down takes its VLANs down',
    given: tagged,
    when: [set('p0', { up: false })],
    then: { 'p0.5': { up: false } },
  },
  {
    name: 'a parent that is deleted takes its VLANs with it',
    given: bundle,
    when: [remove('bo', bond())],
    gone: ['bo', 'bo.5'],
    then: { p0: { up: false, master: null } },
  },
  {
    name: 'what is not there cannot be deleted',
    given: [],
    when: [remove('nope', vlan('p0', 5))],
    refused: { errno: 'ENODEV' },
  },
  {
    name: 'what is not there cannot be set',
    given: [],
    when: [set('nope', { mtu: 1500 })],
    refused: { errno: 'ENODEV' },
  },
  {
    name: 'a label is replaced and taken away',
    given: tagged,
    when: [
      set('p0.5', { alias: 'demarc other' as never }),
      set('p0', { alias: 'x' as never }),
      set('p0', { alias: null }),
    ],
    then: { 'p0.5': { alias: 'demarc other' }, p0: { alias: null } },
  },
  {
    name: 'many VLANs in a row are deleted, and only those',
    given: [
      ...raised,
      ...Array.from({ length: 70 }, (_, id) => add(`p0.${id + 1}`, vlan('p0', id + 1))),
    ],
    when: Array.from({ length: 69 }, (_, id) => remove(`p0.${id + 1}`, vlan('p0', id + 1))),
    gone: ['p0.1', 'p0.60', 'p0.69'],
    then: { 'p0.70': { up: true } },
  },
  {
    name: 'a VLAN deleted among others that is not there stops the row',
    given: [...tagged, add('p0.6', vlan('p0', 6)), add('p0.8', vlan('p0', 8))],
    when: [
      remove('p0.5', vlan('p0', 5)),
      remove('p0.6', vlan('p0', 6)),
      remove('p0.7', vlan('p0', 7)),
      remove('p0.8', vlan('p0', 8)),
    ],
    refused: { errno: 'ENODEV', at: 2 },
    gone: ['p0.5', 'p0.6'],
    then: { 'p0.8': { up: true } },
  },
  {
    name: 'a VLAN is deleted and made anew under the same name and id',
    given: tagged,
    when: [remove('p0.5', vlan('p0', 5)), add('p0.5', vlan('p0', 5), { mtu: 1300 })],
    then: { 'p0.5': { mtu: 1300, alias: 'demarc test p0.5' } },
  },
  {
    name: 'after a refused step nothing of the later ones is left',
    given: tagged,
    when: [
      give('p0.5', '10.0.0.1/30'),
      set('p0.5', { mtu: 9000 }, { mtu: 1500 }),
      give('p0.5', '10.0.1.1/30'),
      add('p0.6', vlan('p0', 6)),
      set('p0.5', { mtu: 1000 }, { mtu: 1500 }),
      tune('p0.5', { rpFilter: 1 }, { rpFilter: 0 }),
    ],
    refused: { errno: 'ERANGE', at: 1 },
    gone: ['p0.6'],
    then: { 'p0.5': { mtu: 1500, addresses: ['10.0.0.1/30'], sysctl: { rpFilter: 0 } } },
  },
]

const BONDS: readonly Case[] = [
  {
    name: 'a bond comes up with every option as ordered',
    given: [],
    when: [
      add(
        'bo',
        bond({
          lacpRate: 'slow',
          lacpActive: false,
          minLinks: 2,
          hash: 'vlan+srcmac',
          adSelect: 'bandwidth',
          miimon: 50,
          upDelay: 150,
          downDelay: 50,
          systemPriority: 100,
          systemId: '02:00:00:00:00:aa',
          userPortKey: 1023,
        }),
        { mtu: 9000 },
      ),
    ],
    then: {
      bo: {
        mtu: 9000,
        up: true,
        detail: {
          kind: 'bond',
          options: {
            lacpRate: 'slow',
            lacpActive: false,
            minLinks: 2,
            hash: 'vlan+srcmac',
            adSelect: 'bandwidth',
            miimon: 50,
            upDelay: 150,
            downDelay: 50,
            systemPriority: 100,
            systemId: '02:00:00:00:00:aa',
            userPortKey: 1023,
          },
        },
      },
    },
  },
  {
    name: 'a port joins a bond only while it is down',
    given: [add('bo', bond()), ...raised],
    when: [set('p0', { master: 'bo' })],
    refused: { errno: 'EPERM' },
  },
  {
    name: 'a bond that gets another MAC address gives it to its ports',
    given: bonded,
    when: [
      set('bo', { mac: '02:00:00:00:00:aa' }),
      set('p1', { master: 'bo' }),
      set('p0', { master: null }),
    ],
    then: { bo: { mac: '02:00:00:00:00:aa', up: true }, p1: { mac: '02:00:00:00:00:aa' } },
  },
  {
    name: 'a port that joins a bond is up and has its MTU',
    given: [add('bo', bond(), { mtu: 9000 })],
    when: [set('p0', { master: 'bo' })],
    then: { p0: { master: 'bo', up: true, mtu: 9000 } },
  },
  {
    name: 'a port that leaves a bond is down and has its own MTU again',
    given: [add('bo', bond(), { mtu: 9000 }), set('p0', { master: 'bo' })],
    when: [set('p0', { master: null })],
    then: { p0: { master: null, up: false, mtu: 1500 } },
  },
  {
    name: 'a port moves from bond to bond in one step',
    given: [...bonded, add('b2', bond())],
    when: [set('p0', { master: 'b2' })],
    then: { p0: { master: 'b2', up: true } },
  },
  {
    name: 'a bond hands its MTU to its members',
    given: [...bonded, set('p1', { master: 'bo' })],
    when: [set('bo', { mtu: 4000 })],
    then: { p0: { mtu: 4000 }, p1: { mtu: 4000 } },
  },
  {
    name: 'some options of a bond change while it carries traffic',
    given: bundle,
    when: [
      set('bo', {
        bond: {
          minLinks: 0,
          hash: 'layer2',
          miimon: 50,
          upDelay: 100,
          downDelay: 50,
          systemPriority: 7,
          systemId: '02:00:00:00:00:09',
        },
      }),
    ],
    then: {
      bo: {
        up: true,
        detail: {
          options: {
            minLinks: 0,
            hash: 'layer2',
            miimon: 50,
            upDelay: 100,
            downDelay: 50,
            systemPriority: 7,
            systemId: '02:00:00:00:00:09',
          },
        },
      },
      'bo.5': { addresses: ['10.0.0.1/30', 'fd00::1/64'] },
    },
  },
  ...(['lacpRate', 'lacpActive', 'adSelect', 'userPortKey'] as const).flatMap((option) => {
    const other = {
      lacpRate: 'slow',
      lacpActive: false,
      adSelect: 'count',
      userPortKey: 9,
    } as const
    const change = { bond: { [option]: other[option] } }
    return [
      {
        name: `${option} does not change while the bond is up`,
        given: bonded,
        when: [set('bo', change)],
        refused: { errno: 'EBUSY' },
      },
      {
        name: `${option} changes while the bond is down`,
        given: bonded,
        when: [set('bo', { up: false }), set('bo', { ...change, up: true })],
        then: { bo: { up: true, detail: { options: { [option]: other[option] } } } },
      },
    ]
  }),
  {
    name: 'delays are rounded down to a multiple of the poll interval',
    given: bonded,
    when: [set('bo', { bond: { upDelay: 250 } })],
    then: { bo: { detail: { options: { upDelay: 200 } } } },
  },
  {
    name: 'delays stretch with the poll interval',
    given: bonded,
    when: [set('bo', { bond: { miimon: 50 } })],
    then: { bo: { detail: { options: { upDelay: 100, downDelay: 50 } } } },
  },
  {
    name: 'without polling there are no delays',
    given: [add('bo', bond({ miimon: 0, upDelay: 0, downDelay: 0 }))],
    when: [set('bo', { bond: { upDelay: 0 } })],
    refused: { errno: 'EPERM' },
  },
  {
    name: 'a system priority of 0 is refused',
    given: [],
    when: [add('bo', bond({ systemPriority: 0 }))],
    refused: { errno: 'EINVAL' },
  },
  {
    name: 'a multicast system id is refused',
    given: [],
    when: [add('bo', bond({ systemId: '01:00:00:00:00:01' }))],
    refused: { errno: 'EINVAL' },
  },
  {
    name: 'a port key has ten bits',
    given: [],
    when: [add('bo', bond({ userPortKey: 1024 }))],
    refused: { errno: 'EINVAL' },
  },
  {
    name: 'the system id goes back to the own MAC',
    given: [add('bo', bond({ systemId: '02:00:00:00:00:09' }))],
    when: [set('bo', { bond: { systemId: null } })],
    then: { bo: { detail: { options: { ...BOND, systemId: null } } } },
  },
]

const MASTERS: readonly Case[] = [
  {
    name: 'a link that enters or leaves a VRF stays up and loses its IPv6 addresses',
    given: [blue, ...bundle],
    when: [set('bo.5', { master: 'blue' })],
    then: { 'bo.5': { master: 'blue', up: true, addresses: ['10.0.0.1/30'] } },
  },
  {
    name: 'the VRF it is in already changes nothing',
    given: [blue, ...bundle, set('bo.5', { master: 'blue' }), give('bo.5', 'fd00::1/64')],
    when: [set('bo.5', { master: 'blue' })],
    then: { 'bo.5': { addresses: ['10.0.0.1/30', 'fd00::1/64'] } },
  },
  {
    name: 'a VLAN is made inside a VRF',
    given: [blue, ...raised],
    when: [add('p0.5', vlan('p0', 5), { master: 'blue' as never }), give('p0.5', 'fd00::1/64')],
    then: {
      blue: { detail: { kind: 'vrf', table: 10 } },
      'p0.5': { master: 'blue', up: true, addresses: ['fd00::1/64'] },
    },
  },
  {
    name: 'a VRF that is deleted lets its links go without their IPv6 addresses',
    given: [blue, ...bundle, set('bo.5', { master: 'blue' }), give('bo.5', 'fd00::1/64')],
    when: [remove('blue', { kind: 'vrf', table: 10 })],
    gone: ['blue'],
    then: { 'bo.5': { master: null, up: true, addresses: ['10.0.0.1/30'] } },
  },
  {
    name: 'a VRF needs a table',
    given: [],
    when: [add('blue', { kind: 'vrf', table: 0 })],
    refused: { errno: 'EINVAL' },
  },
  {
    name: 'a link enters a bridge with its addresses',
    given: [bridge, ...bundle],
    when: [set('bo.5', { master: 'br' })],
    then: { 'bo.5': { master: 'br', addresses: ['10.0.0.1/30', 'fd00::1/64'] } },
  },
  {
    name: 'a link moves from a VRF to a bridge',
    given: [blue, bridge, ...bundle, set('bo.5', { master: 'blue' }), give('bo.5', 'fd00::1/64')],
    when: [set('bo.5', { master: 'br' })],
    then: { 'bo.5': { master: 'br', up: true, addresses: ['10.0.0.1/30'] } },
  },
  {
    name: 'a bridge takes the smallest MTU of its members, whatever it was created with',
    given: [add('br', { kind: 'bridge', stp: false }, { mtu: 1600 }), set('p0', { mtu: 1400 })],
    when: [set('p0', { master: 'br' })],
    then: { br: { mtu: 1400 } },
  },
  {
    name: 'a bridge follows a member that gets another MTU, and has 1500 once it is empty',
    given: [bridge, set('p0', { master: 'br' }), set('p0', { mtu: 1300 })],
    when: [set('p0', { master: null })],
    then: { br: { mtu: 1500 } },
  },
  {
    name: 'a bridge keeps an MTU that was set on it and differs from the one it had',
    given: [bridge, set('br', { mtu: 1450 })],
    when: [set('p0', { master: 'br' }), set('p0', { mtu: 1300 })],
    then: { br: { mtu: 1450 }, p0: { mtu: 1300 } },
  },
  {
    name: 'a bridge that is set to the MTU it has follows its members all the same',
    given: [bridge, set('br', { mtu: 1500 }), set('p0', { mtu: 1400 })],
    when: [set('p0', { master: 'br' })],
    then: { br: { mtu: 1400 } },
  },
  {
    name: 'a bridge learns spanning tree and forgets it',
    given: [bridge],
    when: [set('br', { stp: true })],
    then: { br: { detail: { kind: 'bridge', stp: true } } },
  },
  {
    name: 'a bridge filters VLANs and forwards LLDP',
    given: [bridge],
    when: [set('br', { bridge: { vlanFiltering: 1, groupForwardMask: 0x4000 } })],
    then: { br: { detail: { settings: { vlanFiltering: 1, groupForwardMask: 0x4000 } } } },
  },
  {
    name: 'a bridge forgets its settings',
    given: [bridge, set('br', { bridge: { vlanFiltering: 1, groupForwardMask: 0x4000 } })],
    when: [
      set('br', { bridge: { vlanFiltering: 0 } }),
      set('br', { bridge: { groupForwardMask: 0 } }),
    ],
    then: { br: { detail: { kind: 'bridge', settings: undefined } } },
  },
  {
    name: 'a bridge forwards no frames of LACP',
    given: [bridge],
    when: [set('br', { bridge: { groupForwardMask: 4 } })],
    refused: { errno: 'EINVAL' },
  },
  {
    name: 'a port of a bridge has settings of its own',
    given: [bridge, set('p0', { master: 'br' })],
    when: [set('p0', { bridgePort: OTHER_THAN_DEFAULT })],
    then: { p0: { bridgePort: OTHER_THAN_DEFAULT } },
  },
  {
    name: 'a link that leaves its bridge and joins again has the defaults',
    given: [bridge, set('p0', { master: 'br' }), set('p0', { bridgePort: OTHER_THAN_DEFAULT })],
    when: [set('p0', { master: null }), set('p0', { master: 'br' })],
    then: { p0: { bridgePort: undefined } },
  },
  {
    name: 'only a link in a bridge has settings of a port of a bridge',
    given: [],
    when: [set('p0', { bridgePort: { isolated: 1 } })],
    refused: { errno: 'EOPNOTSUPP' },
  },
  {
    name: 'a port of a bridge that is down cannot forward',
    given: [bridge, set('p0', { master: 'br' })],
    when: [set('p0', { bridgePort: { state: 3 } })],
    refused: { errno: 'ENETDOWN' },
  },
  {
    name: 'spanning tree alone sets the state of a port',
    given: [bridge, set('p0', { master: 'br', up: true }), set('br', { stp: true })],
    when: [set('p0', { bridgePort: { state: 3 } })],
    refused: { errno: 'EBUSY' },
  },
  {
    name: 'a master must be there',
    given: [],
    when: [set('p0', { master: 'nope' })],
    refused: { errno: 'EINVAL' },
  },
  {
    name: 'a VLAN is nobody’s master',
    given: tagged,
    when: [set('p1', { master: 'p0.5' })],
    refused: { errno: 'EOPNOTSUPP' },
  },
]

const ADDRESSES: readonly Case[] = [
  {
    name: 'an address is given once',
    given: bundle,
    when: [give('bo.5', '10.0.0.1/30')],
    refused: { errno: 'EEXIST' },
  },
  {
    name: 'an IPv4 address may have two lengths',
    given: bundle,
    when: [give('bo.5', '10.0.0.1/24')],
    then: { 'bo.5': { addresses: ['10.0.0.1/24', '10.0.0.1/30', 'fd00::1/64'] } },
  },
  {
    name: 'an IPv6 address has one length',
    given: bundle,
    when: [give('bo.5', 'fd00::1/48')],
    refused: { errno: 'EEXIST' },
  },
  {
    name: 'an IPv6 address is taken once too',
    given: bundle,
    when: [give('bo.5', 'fd00::1/64')],
    refused: { errno: 'EEXIST' },
  },
  {
    name: 'an address that is not there cannot be taken',
    given: bundle,
    when: [take('bo.5', '10.0.0.2/30')],
    refused: { errno: 'EADDRNOTAVAIL' },
  },
  {
    name: 'an address of another length is not there',
    given: bundle,
    when: [take('bo.5', '10.0.0.1/29')],
    refused: { errno: 'EADDRNOTAVAIL' },
  },
  {
    name: 'an IPv6 address of another length is not there',
    given: bundle,
    when: [take('bo.5', 'fd00::1/65')],
    refused: { errno: 'EADDRNOTAVAIL' },
  },
  {
    name: 'addresses are taken away',
    given: bundle,
    when: [take('bo.5', '10.0.0.1/30'), take('bo.5', 'fd00::1/64')],
    then: { 'bo.5': { addresses: [] } },
  },
  {
    name: 'the first address of a subnet goes and the second stays',
    given: [...bundle, give('bo.5', '10.0.0.2/30')],
    when: [take('bo.5', '10.0.0.1/30')],
    then: { 'bo.5': { addresses: ['10.0.0.2/30', 'fd00::1/64'] } },
  },
  {
    name: 'a link that goes down loses its IPv6 addresses, and so do its VLANs',
    given: bundle,
    when: [set('bo', { up: false }), set('bo', { up: true })],
    then: { 'bo.5': { up: true, addresses: ['10.0.0.1/30'] } },
  },
  {
    name: 'an IPv6 address given while the link is down survives its coming up',
    given: [...bundle, set('bo', { up: false })],
    when: [give('bo.5', 'fd00::1/64'), set('bo', { up: true })],
    then: { 'bo.5': { up: true, addresses: ['10.0.0.1/30', 'fd00::1/64'] } },
  },
  {
    name: 'a link that is not there gets no address',
    given: [],
    when: [give('nope', '10.0.0.1/30')],
    refused: { errno: 'ENODEV' },
  },
  {
    name: 'an address is marked as another’s and as demarc’s again',
    given: bundle,
    when: [
      mark('bo.5', '10.0.0.1/30', 0),
      mark('bo.5', 'fd00::1/64', 0),
      mark('bo.5', '10.0.0.1/30', ADDRESS_PROTOCOL),
    ],
    then: { 'bo.5': { up: true, addresses: ['10.0.0.1/30', 'fd00::1/64 foreign'] } },
  },
  {
    name: 'an address of either family that is marked as another’s is foreign, until it is marked again',
    given: [...bundle, give('p1', '10.0.8.1/30'), give('p1', 'fd00:8::1/64')],
    when: [
      mark('bo.5', '10.0.0.1/30', 0),
      mark('p1', '10.0.8.1/30', 0),
      mark('p1', 'fd00:8::1/64', 0),
      mark('p1', 'fd00:8::1/64', ADDRESS_PROTOCOL),
    ],
    then: {
      'bo.5': { addresses: ['10.0.0.1/30 foreign', 'fd00::1/64'] },
      p1: { addresses: ['10.0.8.1/30 foreign', 'fd00:8::1/64'] },
    },
  },
  {
    name: 'an address that is removed and added again has lost what it was marked as',
    given: [...bundle, mark('bo.5', '10.0.0.1/30', 0), take('bo.5', '10.0.0.1/30')],
    when: [give('bo.5', '10.0.0.1/30')],
    then: { 'bo.5': { addresses: ['10.0.0.1/30', 'fd00::1/64'] } },
  },
  {
    name: 'a link that is not there has no address to mark',
    given: [],
    when: [mark('nope', '10.0.0.1/30', ADDRESS_PROTOCOL)],
    refused: { errno: 'ENODEV' },
  },
  {
    name: 'settings change back and forth',
    given: tagged,
    when: [
      tune('p0.5', { rpFilter: 2, forwarding4: true, forwarding6: true }),
      tune('p0.5', { rpFilter: 1, forwarding6: false }),
    ],
    then: { 'p0.5': { sysctl: { rpFilter: 1, forwarding4: true, forwarding6: false } } },
  },
  {
    name: 'below an MTU of 1280 a link has no IPv6 and no settings of it',
    given: [
      ...raised,
      add('p0.5', vlan('p0', 5), { mtu: 1000 }),
      add('p0.6', vlan('p0', 6)),
      give('p0.6', 'fd00::1/64'),
    ],
    when: [
      tune('p0.5', { rpFilter: 2, forwarding4: true }),
      set('p0.6', { mtu: 1279 }),
      tune('p0.5', { forwarding6: true }),
    ],
    refused: { errno: 'ENOENT' },
    then: {
      'p0.5': { sysctl: { rpFilter: 2, forwarding4: true, forwarding6: null } },
      'p0.6': { mtu: 1279, addresses: [] },
    },
  },
  {
    name: 'a link that gets large enough has IPv6 as a new one does',
    given: [...raised, add('p0.5', vlan('p0', 5), { mtu: 1000 })],
    when: [
      set('p0.5', { mtu: 1280 }),
      tune('p0.5', { forwarding6: true }),
      give('p0.5', 'fd00::1/64'),
    ],
    then: { 'p0.5': { addresses: ['fd00::1/64'], sysctl: { forwarding6: true } } },
  },
  {
    name: 'a link that is not there has no settings',
    given: [],
    when: [tune('nope', { rpFilter: 2 })],
    refused: { errno: 'ENODEV' },
  },
]

const RULE_CASES: readonly Case[] = [
  {
    name: 'a rule that closes VRFs is added for each family',
    given: [blue],
    when: [rule('add', 'ipv4'), rule('add', 'ipv6')],
    then: { [RULES]: { ipv4: 'own', ipv6: 'own' } },
  },
  {
    name: 'a rule that closes VRFs needs no VRF',
    given: [],
    when: [rule('add', 'ipv6')],
    then: { [RULES]: { ipv4: 'absent', ipv6: 'own' } },
  },
  {
    name: 'a rule is added once',
    given: [blue, rule('add', 'ipv4')],
    when: [rule('add', 'ipv4')],
    refused: { errno: 'EEXIST' },
    then: { [RULES]: { ipv4: 'own' } },
  },
  {
    name: 'a rule outlives its VRFs until it is removed',
    given: [blue, rule('add', 'ipv4'), rule('add', 'ipv6')],
    when: [remove('blue', { kind: 'vrf', table: 10 }), rule('delete', 'ipv6')],
    then: { [RULES]: { ipv4: 'own', ipv6: 'absent' } },
  },
  {
    name: 'a rule that is not there cannot be removed',
    given: [blue],
    when: [rule('delete', 'ipv4')],
    refused: { errno: 'ENOENT' },
  },
  {
    name: 'a rule is marked as another’s and as demarc’s again',
    given: [blue, rule('add', 'ipv4'), rule('add', 'ipv6')],
    when: [
      markRule('ipv4', 'foreign', 'own'),
      markRule('ipv6', 'foreign', 'own'),
      markRule('ipv6', 'own', 'foreign'),
    ],
    then: { [RULES]: { ipv4: 'foreign', ipv6: 'own' } },
  },
]

const doubled = [
  ...raised,
  add('p0.5', vlan('p0', 5, '0x88a8')),
  add('p0.5.7', vlan('p0.5', 7)),
  give('p0.5.7', '10.0.0.1/30'),
]

const BOND_MACS: readonly Case[] = [
  {
    name: 'a bond that is created with a MAC address keeps it, and gives it to its ports',
    given: [],
    when: [add('bo', bond(), { mac: '02:00:00:00:be:ef' }), set('p0', { master: 'bo', up: true })],
    then: { bo: { mac: '02:00:00:00:be:ef' }, p0: { mac: '02:00:00:00:be:ef' } },
  },
  {
    name: 'a bond gets another MAC address while it runs',
    given: bonded,
    when: [set('bo', { mac: '02:00:00:00:be:ef' })],
    then: { bo: { mac: '02:00:00:00:be:ef' }, p0: { mac: '02:00:00:00:be:ef' } },
  },
]

const DOUBLE_TAGS: readonly Case[] = [
  {
    name: 'a VLAN in a provider’s VLAN, each with its own tag protocol',
    given: [],
    when: doubled,
    then: {
      'p0.5': { up: true, detail: { kind: 'vlan', parent: 'p0', vlanId: 5, tpid: '0x88a8' } },
      'p0.5.7': { up: true, mtu: 1500, detail: { kind: 'vlan', parent: 'p0.5', vlanId: 7 } },
    },
  },
  {
    name: 'the same id is free for the other tag protocol, and taken once for each',
    given: doubled,
    when: [add('q5', vlan('p0', 5)), add('r5', vlan('p0', 5, '0x88a8'))],
    refused: { errno: 'EEXIST' },
    then: { q5: { detail: { vlanId: 5 } } },
    gone: ['r5'],
  },
  {
    name: 'both tags go from the inside, in one list of steps',
    given: doubled,
    when: [
      take('p0.5.7', '10.0.0.1/30'),
      remove('p0.5.7', vlan('p0.5', 7)),
      remove('p0.5', vlan('p0', 5, '0x88a8')),
    ],
    gone: ['p0.5', 'p0.5.7'],
  },
  {
    name: 'an inner VLAN may not have a larger MTU than the outer one',
    given: doubled,
    when: [set('p0.5', { mtu: 1400 }), set('p0.5.7', { mtu: 1450 })],
    refused: { errno: 'ERANGE' },
    then: { 'p0.5.7': { mtu: 1400 } },
  },
]

const BY_HAND = { autoNegotiate: false, speed: 1000, duplex: 'full' } as const
const REFUSED = { settings: BY_HAND, refusal: 'EOPNOTSUPP: its driver cannot set them' }

const MODE_CASES: readonly Case[] = [
  {
    name: 'a virtual port shows its link modes',
    given: [],
    when: raised,
    then: {
      p0: {
        modes: { speed: 10_000, duplex: 'full', autoNegotiate: false, canAutoNegotiate: false },
      },
    },
  },
  {
    name: 'link modes that a driver refuses stop nothing, and the refusal is kept',
    given: [],
    when: [modes('p0', BY_HAND), set('p0', { up: true }), modes('p1', { speed: 1000 })],
    then: {
      p0: { up: true, modes: { speed: 10_000, attempt: REFUSED } },
      p1: { modes: { attempt: { settings: { speed: 1000 } } } },
    },
  },
  {
    name: 'no link modes without a link',
    given: [],
    when: [set('p0', { up: true }), modes('nowhere', BY_HAND)],
    refused: { errno: 'ENODEV' },
    then: { p0: { up: true } },
  },
]

/** What demarc counts on, each proven on a real kernel. */
export const CASES: readonly Case[] = [
  ...LINKS,
  ...BONDS,
  ...MASTERS,
  ...ADDRESSES,
  ...RULE_CASES,
  ...BOND_MACS,
  ...DOUBLE_TAGS,
  ...MODE_CASES,
]
