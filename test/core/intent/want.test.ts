import t from 'tap'
import { layout } from '../../../src/core/intent/survey/layout.js'
import type { BgpNeighbor } from '../../../src/core/model/bgp.js'
import type { WantLink } from '../../../src/core/model/link.js'
import type { Want } from '../../../src/core/model/plan.js'
import { FULL_INTENT } from '../../support/intent/full-intent.js'
import { BASE, BGP, changed, read, VRF, want } from '../../support/intent/intent-changes.js'
import { parsePlace, type Place } from '../../support/intent/document-paths.js'

const link = ({ links }: Want, name: string): WantLink | undefined =>
  links.find((one) => one.name === name)
const neighbor = ({ bgp }: Want, address: string): BgpNeighbor | undefined =>
  bgp.flatMap(({ neighbors }) => neighbors).find((one) => one.address === address)

t.test('a connection with LACP becomes a bond that carries its VLANs', async (t) => {
  const made = want(BASE)
  t.strictSame(
    made.links.map(({ name, detail, master }) => `${detail.kind} ${name} ${master ?? '-'}`),
    [
      'bridge br-lab -',
      'bond dl-par -',
      'port enp1s0f0 dl-par',
      'port enp1s0f1 dl-par',
      'port enp2s0.200 br-lab',
      'vlan dl-par.100 -',
      'vlan dl-par.200 br-lab',
    ],
  )
  t.strictSame(link(made, 'dl-par.100'), {
    name: 'dl-par.100',
    detail: { kind: 'vlan', parent: 'dl-par', vlanId: 100 },
    alias: 'demarc attachment net-a',
    mtu: 1500,
    up: true,
    master: null,
    addresses: ['10.0.0.2/30'],
    sysctl: { rpFilter: 2, forwarding4: true, forwarding6: null },
  })
  t.match(link(made, 'dl-par'), {
    alias: 'demarc connection dl-par',
    detail: { options: { lacpRate: 'fast', lacpActive: true, minLinks: 1, miimon: 100 } },
    sysctl: null,
  })
  t.match(link(made, 'dl-par.200'), { sysctl: null, addresses: [] })
  t.match(link(made, 'enp1s0f0'), { alias: null, addresses: [], sysctl: null, mtu: 1500 })
})

t.test('untagged service is on the connection itself, in its VRF', async (t) => {
  const made = want(VRF)
  t.match(link(made, 'enp1s0f0'), {
    detail: { kind: 'port' },
    alias: null,
    mtu: 8500,
    master: 'blue',
    addresses: ['169.254.10.2/30', '2001:db8:10::2/127'],
    sysctl: { rpFilter: 2, forwarding4: true, forwarding6: true },
  })
  t.match(link(made, 'blue'), { detail: { kind: 'vrf', table: 1001 }, alias: 'demarc vrf blue' })
  t.match(made.bgp, [{ vrf: 'blue', localAs: 65020, maximumPaths: 1 }])
  t.match(link(want(FULL_INTENT), 'sfp0'), { master: 'br-lab', sysctl: null, alias: null })
})

t.test('names given in the intent are used, and others are made from its names', async (t) => {
  const full = layout(read(FULL_INTENT))
  t.strictSame(
    [...full.connections],
    [
      ['dl-par', 'bond0'],
      ['dl-lon', 'sfp0'],
    ],
  )
  t.strictSame(
    [...full.attachments],
    [
      ['net-a', 'par-a'],
      ['l2-lab', 'sfp0'],
    ],
  )
  const long = changed(
    BASE,
    ['connections[0].name', 'direct-link-of-paris-1'],
    ['attachments[0].connection', 'direct-link-of-paris-1'],
    ['attachments[1].connection', 'direct-link-of-paris-1'],
  )
  t.strictSame([...layout(read(long)).attachments.values()], ['direct-lin.100', 'direct-lin.200'])
  t.ok(link(want(long), 'direct-lin.100'))
})

t.test('what an intent leaves out has the values the documentation names', async (t) => {
  const bare = changed(BASE, [BGP, { neighborAddress: '10.0.0.1', peerAs: 50624 }])
  t.strictSame(neighbor(want(bare), '10.0.0.1'), {
    attachment: 'net-a',
    address: '10.0.0.1',
    peerAs: 50624,
    localAs: null,
    description: null,
    password: null,
    holdTime: 90,
    keepaliveInterval: 30,
    connectRetry: 30,
    bfd: null,
    multihop: 1,
    ttlSecurity: null,
    updateSource: null,
    gracefulRestart: 'helper',
    shutdown: null,
    drain: false,
    ipv4Unicast: {
      nextHopSelf: false,
      allowAsIn: null,
      asOverride: false,
      import: {
        prefixes: [],
        asPaths: null,
        matchCommunities: [],
        localPreference: null,
        communities: [],
        maxPrefixes: null,
      },
      export: {
        prefixes: [],
        asPaths: null,
        prependAs: 0,
        med: null,
        communities: [],
        defaultOriginate: false,
        maxPrefixes: null,
        shareOf: null,
      },
    },
    ipv6Unicast: null,
  })
})

t.test('the values of an intent reach the neighbour', async (t) => {
  const made = want(FULL_INTENT)
  t.match(neighbor(made, '10.0.0.1'), {
    password: '0123456789abcdef',
    bfd: { desiredMinimumTxInterval: 300, requiredMinimumReceive: 400, detectionMultiplier: 5 },
    multihop: 2,
    updateSource: '10.0.0.2',
    gracefulRestart: 'restarter',
    shutdown: { message: 'until Monday' },
    drain: true,
    ipv6Unicast: {
      import: {
        prefixes: [{ prefix: '2001:d00::/24', ge: 25, le: 28 }],
        maxPrefixes: { limit: 100, warningPercent: 80, action: 'teardown', restartMinutes: 30 },
      },
      export: { prependAs: 3, communities: ['65010:1:2', 'blackhole'] },
    },
  })
  t.match(link(made, 'bond0')?.detail, {
    options: { systemId: '02:00:00:00:00:01', lacpActive: false, upDelay: 100, userPortKey: 5 },
  })
})

t.test('policy comes in one form, however it was written', async (t) => {
  const family = (prefixes: readonly string[], communities: readonly string[]) =>
    neighbor(
      want(changed(BASE, [`${BGP}.ipv4Unicast`, { import: { prefixes, communities } }])),
      '10.0.0.1',
    )?.ipv4Unicast?.import
  const rule = (text: string) => {
    const [one] = family([text], [])?.prefixes ?? []
    return [one?.prefix, one?.ge, one?.le]
  }
  t.strictSame(rule('10.0.0.0/8'), ['10.0.0.0/8', null, null])
  t.strictSame(rule('10.0.0.0/8 ge 8 le 8'), ['10.0.0.0/8', null, null])
  t.strictSame(rule('10.0.0.0/8 ge 8'), ['10.0.0.0/8', null, 32])
  t.strictSame(rule('10.0.0.0/8 ge 16 le 32'), ['10.0.0.0/8', 16, null])
  t.strictSame(rule('10.0.0.0/8 le 24'), ['10.0.0.0/8', null, 24])
  t.strictSame(rule('0.0.0.0/0 le 32'), ['0.0.0.0/0', null, 32])
  t.strictSame(
    family([], ['1:2:3', 'no-export', '9:1', '10:0', 'blackhole', '1:1:1'])?.communities,
    ['10:0', '1:1:1', '1:2:3', '9:1', 'blackhole', 'no-export'],
  )
})

t.test('an iBGP neighbour has no hop limit to say', async (t) => {
  const far = changed(
    BASE,
    [`${BGP}.peerAs`, 65010],
    [`${BGP}.multihop`, 5],
    [`${BGP}.neighborAddress`, '10.200.0.1'],
  )
  t.equal(neighbor(want(far), '10.200.0.1')?.multihop, 1)
})

t.test('the order of the document does not matter', async (t) => {
  const two = changed(VRF, [
    'attachments[0].bgp',
    [...(at(VRF, 'attachments[0].bgp') as unknown[])].reverse(),
  ])
  t.strictSame(want(two), want(VRF))
  const base = changed(BASE, ['attachments', [...(at(BASE, 'attachments') as unknown[])].reverse()])
  t.strictSame(want(base), want(BASE))
})

function at(document: unknown, path: string): unknown {
  return parsePlace(path).reduce<unknown>(
    (now, key) => (now as Readonly<Record<Place['path'][number], unknown>>)[key],
    document,
  )
}
