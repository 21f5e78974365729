import t from 'tap'
import { matchesAny } from '../../../src/core/base/glob.js'
import { docExamples } from '../../support/intent/doc-examples.js'
import { FULL_INTENT } from '../../support/intent/full-intent.js'
import {
  BASE,
  BGP,
  type Change,
  changed,
  refusal,
  VRF,
} from '../../support/intent/intent-changes.js'

t.test('every intent of the documentation is possible', async (t) => {
  for (const { name, text } of docExamples('docs/intent.md')) {
    if (!name.startsWith('intent ')) continue
    t.strictSame(refusal(JSON.parse(text)), [], name)
  }
})

t.test('every refusal of the documentation is given with its code and place', async (t) => {
  const table = docExamples('docs/intent.md').find(({ name }) => name === 'refusals base')
  const rows = (table?.text ?? '')
    .split('\n')
    .slice(2)
    .filter((row) => row !== '')
  t.ok(rows.length > 30, `${rows.length} rows`)
  for (const row of rows) {
    const [, change = '', code = '', at = ''] = row
      .split(/ *\| */)
      .map((one) => one.replaceAll('`', ''))
    const document = changed(BASE, ...readChanges(change))
    t.ok(refusal(document).includes(`${code} ${at}`), change, { found: refusal(document) })
  }
})

/** `a.b = 1, c.d = [2]`. */
function readChanges(text: string): readonly Change[] {
  return text.split(/, (?=[a-z]+[[.])/).map((one) => {
    const [path = '', value = ''] = one.split(/ = (.*)/s)
    return [path, JSON.parse(value) as unknown]
  })
}

const ATTACHMENT = { name: 'net-b', connection: 'dl-par', vlanId: 300 }
const l3 = (...addresses: readonly string[]) => ({ ...ATTACHMENT, l3: { addresses } })

t.test('parts that contradict each other are refused at the later one', async (t) => {
  const rows: readonly (readonly [string, unknown, readonly string[]])[] = [
    [
      'a subnet twice',
      changed(BASE, ['attachments[2]', l3('10.0.0.77/24')]),
      ['attachments[2].l3.addresses[0]'],
    ],
    [
      'a loopback address',
      changed(BASE, ['attachments[2]', l3('127.0.0.1/8')]),
      ['attachments[2].l3.addresses[0]'],
    ],
    [
      'a link-local address',
      changed(BASE, ['attachments[2]', l3('fe80::1/64')]),
      ['attachments[2].l3.addresses[0]'],
    ],
    [
      'everything',
      changed(BASE, ['attachments[2]', l3('10.9.0.1/0')]),
      ['attachments[2].l3.addresses[0]', 'attachments[2].l3.addresses[0]'],
    ],
    [
      'IPv6 on a small MTU',
      changed(BASE, ['attachments[2]', { ...l3('2001:db8::1/64'), mtu: 1279 }]),
      ['attachments[2].mtu'],
    ],
    [
      'an MTU of its own for what is its connection',
      changed(
        BASE,
        ['connections[0].mtu', 9000],
        ['attachments[0].vlanId', null],
        ['attachments[0].mtu', 1500],
      ),
      ['attachments[0].mtu'],
    ],
    [
      'a second untagged service',
      changed(BASE, ['attachments[0].vlanId', null], ['attachments[1].vlanId', null]),
      ['attachments[1].vlanId'],
    ],
    [
      'a reserved name',
      changed(BASE, ['attachments[1].l2.bridge', 'all']),
      ['attachments[1].l2.bridge'],
    ],
    [
      'one table twice',
      changed(BASE, [
        'vrfs',
        [
          { name: 'a', table: 7 },
          { name: 'b', table: 7 },
        ],
      ]),
      ['vrfs[1].table'],
    ],
    [
      'one VRF twice',
      changed(BASE, [
        'vrfs',
        [
          { name: 'a', table: 7 },
          { name: 'a', table: 8 },
        ],
      ]),
      ['vrfs[1].name'],
    ],
    [
      'a bridge called like a VLAN',
      changed(BASE, ['attachments[1].l2.bridge', 'dl-par.100']),
      ['attachments[1].l2.bridge'],
    ],
    [
      'two ports without LACP',
      changed(BASE, ['connections[0].aggregation', undefined]),
      ['connections[0].ports'],
    ],
    [
      'a bond name without LACP',
      changed(VRF, ['connections[0].interface', 'bond0']),
      ['connections[0].interface'],
    ],
    [
      'a group address',
      changed(BASE, ['connections[0].aggregation.systemIdMac', '01:00:00:00:00:01']),
      ['connections[0].aggregation.systemIdMac'],
    ],
    [
      'two minds about STP',
      changed(
        BASE,
        ['attachments[1].l2.stp', true],
        ['attachments[2]', { ...ATTACHMENT, l2: { bridge: 'br-lab', stp: false } }],
      ),
      ['attachments[2].l2.stp'],
    ],
    [
      'a VLAN name untagged',
      changed(VRF, ['attachments[0].interface', 'x0']),
      ['attachments[0].interface'],
    ],
    [
      'neighbours without AS',
      changed(BASE, ['router.localAs', undefined], ['router.routerId', undefined]),
      ['router.localAs', 'router.routerId'],
    ],
    ['the router id 0.0.0.0', changed(BASE, ['router.routerId', '0.0.0.0']), ['router.routerId']],
    [
      'a neighbour twice',
      changed(VRF, ['attachments[0].bgp[1].neighborAddress', '169.254.10.1']),
      ['attachments[0].bgp[1].neighborAddress'],
    ],
    [
      'a source of the other family',
      changed(VRF, ['attachments[0].bgp[0].updateSource', '2001:db8:10::2']),
      ['attachments[0].bgp[0].updateSource'],
    ],
    [
      'keepalives without hold time',
      changed(BASE, [`${BGP}.holdTime`, 0]),
      [`${BGP}.keepaliveInterval`],
    ],
    [
      'no keepalives with hold time',
      changed(BASE, [`${BGP}.keepaliveInterval`, 0]),
      [`${BGP}.keepaliveInterval`],
    ],
    [
      'a restart after a warning',
      changed(VRF, ['attachments[0].bgp[0].ipv4Unicast.import.maxPrefixes.action', 'warn']),
      ['attachments[0].bgp[0].ipv4Unicast.import.maxPrefixes.restartMinutes'],
    ],
    [
      'a rule twice',
      changed(BASE, [
        `${BGP}.ipv4Unicast.export.prefixes`,
        ['10.0.0.0/8 ge 8 le 9', '10.0.0.0/8 le 9'],
      ]),
      [`${BGP}.ipv4Unicast.export.prefixes[1]`],
    ],
    [
      'a rule of the other family',
      changed(BASE, [`${BGP}.ipv4Unicast.export.prefixes`, ['2001:db8::/32']]),
      [`${BGP}.ipv4Unicast.export.prefixes[0]`],
    ],
    [
      'an IPv4-compatible rule',
      changed(VRF, ['attachments[0].bgp[1].ipv6Unicast.import.prefixes', ['::1:0/112']]),
      ['attachments[0].bgp[1].ipv6Unicast.import.prefixes[0]'],
    ],
    [
      'a community twice',
      changed(BASE, [`${BGP}.ipv4Unicast.export.communities`, ['1:1', '1:1']]),
      [`${BGP}.ipv4Unicast.export.communities[1]`],
    ],
    [
      'a multicast neighbour far away',
      changed(BASE, [`${BGP}.neighborAddress`, '224.0.0.5'], [`${BGP}.multihop`, 4]),
      [`${BGP}.neighborAddress`],
    ],
  ]
  for (const [name, document, places] of rows) {
    t.strictSame(
      refusal(document).map((one) => one.split(' ')[1]),
      places,
      name,
    )
  }
})

t.test('what looks like a contradiction and is none is accepted', async (t) => {
  const rows: readonly (readonly [string, unknown])[] = [
    [
      'one subnet in two VRFs',
      changed(FULL_INTENT, ['attachments[2]', { ...l3('10.0.0.2/29'), mtu: 1500 }]),
    ],
    [
      'a host route with a neighbour far away',
      changed(BASE, ['attachments[0].l3.addresses', ['10.0.0.2/32']], [`${BGP}.multihop`, 2]),
    ],
    ['both hosts of a /31', changed(BASE, ['attachments[0].l3.addresses', ['10.0.0.0/31']])],
    [
      'no hold time',
      changed(BASE, [`${BGP}.holdTime`, 0], [`${BGP}.keepaliveInterval`, undefined]),
    ],
    [
      'two attachments in one bridge that both name its member',
      changed(BASE, [
        'attachments[2]',
        { ...ATTACHMENT, l2: { bridge: 'br-lab', members: ['enp2s0.200'] } },
      ]),
    ],
    [
      'one VLAN on two connections',
      changed(FULL_INTENT, [
        'attachments[2]',
        { ...l3('10.7.0.1/30'), connection: 'dl-lon', vlanId: 100 },
      ]),
    ],
    ['a connection that carries nothing', changed(BASE, ['attachments', []])],
    [
      'a router without BGP',
      changed(BASE, [`attachments[0].bgp`, undefined], ['router.localAs', undefined]),
    ],
    ['nothing at all', changed(BASE, ['attachments', []], ['connections', []])],
  ]
  for (const [name, document] of rows) t.strictSame(refusal(document), [], name)
})

t.test('ports are managed by name or pattern, and secrets must be there', async (t) => {
  const nothing = { managedPorts: [], secrets: new Map() }
  t.strictSame(refusal(BASE, nothing), [
    'PORT_UNMANAGED connections[0].ports[0].name',
    'PORT_UNMANAGED connections[0].ports[1].name',
    'PORT_UNMANAGED attachments[1].l2.members[0]',
    `SECRET_MISSING ${BGP}.authPassword.secret`,
  ])
  const fits: readonly (readonly [string, string, boolean])[] = [
    ['eth0', 'eth0', true],
    ['eth0', 'eth', false],
    ['eth0', 'eth?', true],
    ['eth10', 'eth?', false],
    ['enp1s0f0np0', 'enp*np?', true],
    ['aab', '*ab', true],
    ['eth.0', 'eth?0', true],
    ['ethX0', 'eth.0', false],
    ['', '*', true],
    ['a'.repeat(15), `${'*a'.repeat(16)}b`, false],
  ]
  for (const [name, glob, fit] of fits) t.equal(matchesAny(name, [glob]), fit, `${name} ${glob}`)
})

t.test('a name that only looks like another is refused at its place', async (t) => {
  // A Cyrillic a, a hyphen that does not break, a full-width n, a combining dot, a space of no width.
  for (const name of ['net-\u0430', 'net\u2011a', '\uff4eet-a', 'net-a\u0307', 'net\u200b-a']) {
    const places = ['attachments[0].name', 'connections[0].name', `${BGP}.authPassword.secret`]
    for (const place of places) {
      t.strictSame(
        refusal(changed(BASE, [place, name])).slice(0, 1),
        [`INTENT_VALUE ${place}`],
        name,
      )
    }
  }
})
