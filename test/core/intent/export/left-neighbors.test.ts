import { test } from 'tap'
import { readBgp } from '../../../../src/core/frr/export/bgp.js'
import { fault } from '../../../../src/core/base/fault.js'
import { BGPD, BFDD, exportOf, harmOf, leftOf } from '../../../support/intent/hand-configured.js'

const PARIS = 'neighbor 10.0.0.1'
const SIX = 'neighbor 2001:db8::1'
const BLUE = 'neighbor 10.0.1.1 vrf blue'

/** Typed once more behind a line that is there. */
function after(line: string, ...more: readonly string[]): string {
  if (!BGPD.includes(`${line}\n`)) throw new Error(`no such line: ${line}`)
  return BGPD.replace(`${line}\n`, [line, ...more, ''].join('\n'))
}

function instead(line: string, other: string): string {
  if (!BGPD.includes(line)) throw new Error(`no such line: ${line}`)
  return BGPD.replaceAll(line, other)
}

const REMOTE = ' neighbor 10.0.0.1 remote-as 50624'
const MATCH = ' match ip address prefix-list from-par'
const MAP_IN = '  neighbor 10.0.0.1 route-map par-in in'

/** What is typed, the neighbour that stays foreign for it, and the reason. */
const CASES: readonly (readonly [name: string, bgpd: string, at: string, why: RegExp])[] = [
  ['a peer group', after(REMOTE, ' neighbor 10.0.0.1 peer-group PG'), PARIS, /`peer-group PG`/],
  [
    'a peer AS that is not a number',
    instead(REMOTE, ' neighbor 10.0.0.1 remote-as external'),
    PARIS,
    /AS is not a number/,
  ],
  [
    'a setting that demarc does not know',
    after(REMOTE, ' neighbor 10.0.0.1 local-as 64999'),
    PARIS,
    /`local-as 64999`/,
  ],
  [
    'a setting that demarc does not know in a family',
    after(MAP_IN, '  neighbor 10.0.0.1 next-hop-self force'),
    PARIS,
    /`next-hop-self force` in ipv4 unicast/,
  ],
  [
    'its own AS in the path of its own routes alone',
    after(MAP_IN, '  neighbor 10.0.0.1 allowas-in origin'),
    PARIS,
    /`allowas-in origin`/,
  ],
  [
    'a default route under a condition',
    after(MAP_IN, '  neighbor 10.0.0.1 default-originate route-map par-out'),
    PARIS,
    /`default-originate route-map par-out`/,
  ],
  [
    'a source interface',
    after(REMOTE, ' neighbor 10.0.0.1 update-source lo'),
    PARIS,
    /update source is lo/,
  ],
  [
    'a source address of no attachment',
    after(REMOTE, ' neighbor 10.0.0.1 update-source 10.255.0.1'),
    PARIS,
    /updateSource: 10\.255\.0\.1/,
  ],
  [
    'a BFD profile that is not there',
    instead('bfd profile fast', 'bfd profile gone'),
    PARIS,
    /BFD profile gone/,
  ],
  [
    'a graceful restart that only the block sets',
    instead(
      ' bgp router-id 10.255.0.1\n neighbor 10.0.0.1',
      ' bgp router-id 10.255.0.1\n bgp graceful-restart\n neighbor 10.0.0.1',
    ),
    PARIS,
    /graceful restart mode of the whole block/,
  ],
  [
    'a description that cannot be typed back',
    instead('description primary', 'description Café'),
    PARIS,
    /not plain ASCII/,
  ],
  [
    'another address family',
    after('  maximum-paths 4\n exit-address-family\nexit\n!\nrouter bgp 65001 vrf blue').replace(
      'exit\n!\nrouter bgp 65001 vrf blue',
      ' address-family ipv4 vpn\n  neighbor 10.0.0.1 activate\n exit-address-family\nexit\n!\nrouter bgp 65001 vrf blue',
    ),
    PARIS,
    /`address-family ipv4 vpn`/,
  ],
  [
    'settings in a family it is not active in',
    instead(
      'no neighbor 2001:db8::1 activate',
      'no neighbor 2001:db8::1 activate\n  neighbor 2001:db8::1 route-map par-in in',
    ),
    SIX,
    /not active there/,
  ],
  [
    'no policy where FRR asks for none',
    instead(' bgp router-id', ' no bgp ebgp-requires-policy\n bgp router-id'),
    SIX,
    /ipv6 unicast in: nothing filters it/,
  ],
  [
    'no policy inside the own AS',
    instead('2001:db8::1 remote-as 50624', '2001:db8::1 remote-as 65010'),
    SIX,
    /nothing filters it/,
  ],
  [
    'a map with two entries',
    instead('route-map par-in deny 20', 'route-map par-in permit 20'),
    PARIS,
    /par-in is not one single permit/,
  ],
  [
    'a map that does not exist',
    instead('route-map par-in in', 'route-map gone in'),
    PARIS,
    /route map gone does not exist/,
  ],
  [
    'a map that matches something else',
    after(MATCH, ' match metric 7'),
    PARIS,
    /does not match one prefix list and nothing else/,
  ],
  ['a map that sets something else', after(MATCH, ' set weight 5'), PARIS, /`set weight 5`/],
  [
    'a map that takes communities away',
    instead('no-export additive', 'no-export'),
    PARIS,
    /`set community 65010:7 no-export`/,
  ],
  [
    'a map that prepends another AS',
    instead('prepend 65010 65010', 'prepend 65010 65011'),
    PARIS,
    /as-path prepend/,
  ],
  [
    'a list that denies some',
    instead('seq 10 deny any', 'seq 3 deny 10.64.7.0/24'),
    PARIS,
    /from-par has `deny 10\.64\.7\.0\/24`/,
  ],
  [
    'a list that does not exist',
    instead('prefix-list from-par in', 'prefix-list gone in'),
    BLUE,
    /prefix list gone does not exist/,
  ],
  [
    'a map and a list at once',
    after(MAP_IN, '  neighbor 10.0.0.1 prefix-list from-par in'),
    PARIS,
    /both route map par-in and prefix list from-par/,
  ],
  [
    'an exported prefix that it does not originate',
    instead('  network 192.168.0.0/16\n', ''),
    PARIS,
    /exactly 192\.168\.0\.0\/16.*`network 192\.168\.0\.0\/16`/,
  ],
  [
    'a limit of prefixes that is forced',
    instead('maximum-prefix 100 80 restart 30', 'maximum-prefix 100 80 force'),
    PARIS,
    /`maximum-prefix 100 80 force`/,
  ],
]

test('a neighbour that no intent can describe is not exported, with the reason', async (t) => {
  for (const [name, bgpd, at, why] of CASES) {
    await t.test(name, async (t) => {
      t.match(leftOf({ bgpd }), { [at]: why })
      t.strictSame(harmOf({ bgpd }), [], 'the rest can be taken over')
      const address = at.split(' ')[1]
      const said = exportOf({ bgpd }).intent.attachments.flatMap(({ bgp = [] }) => bgp)
      t.notOk(said.some(({ neighborAddress }) => neighborAddress === address))
      t.equal(exportOf({ bgpd }).intent.attachments.length, 4, 'its attachment is there')
    })
  }

  await t.test('a neighbour that is named by its interface', async (t) => {
    const bgpd = after(REMOTE, ' neighbor enp9 interface remote-as external')
    t.match(leftOf({ bgpd }), { 'neighbor enp9': /by an interface/ })
  })

  await t.test(
    'a neighbour far away belongs to the attachment with its source address',
    async (t) => {
      const far = ' neighbor 203.0.113.9 remote-as 64999\n neighbor 203.0.113.9 ebgp-multihop 3'
      t.match(leftOf({ bgpd: after(REMOTE, far) }), {
        'neighbor 203.0.113.9': /no attachment has its subnet, and none has the source address/,
      })
      const from = `${far}\n neighbor 203.0.113.9 update-source 10.9.0.2`
      t.match(exportOf({ bgpd: after(REMOTE, from) }).intent.attachments[1], {
        name: 'bond0',
        bgp: [{ neighborAddress: '203.0.113.9', multihop: 3, updateSource: '10.9.0.2' }],
      })
    },
  )

  await t.test('a description that is too long is lost, and the neighbour is not', async (t) => {
    const bgpd = instead('description primary', `description ${'x'.repeat(65)}`)
    t.match(leftOf({ bgpd }), { [PARIS]: /without its description|password/ })
    t.match(exportOf({ bgpd }).notExported, [{ why: /without its description/ }])
    t.equal(exportOf({ bgpd }).intent.attachments[2]?.bgp?.[0]?.description, undefined)
  })
})

test('a whole block stays foreign where an intent has one word for all', async (t) => {
  await t.test('without a router id', async (t) => {
    const bgpd = BGPD.replace('vrf blue\n bgp router-id 10.255.0.1\n', 'vrf blue\n')
    t.match(leftOf({ bgpd }), { 'router bgp 65001 vrf blue': /no `bgp router-id`/ })
    t.match(exportOf({ bgpd }).intent.attachments[3], { name: 'blue-a' })
  })

  await t.test('with another router id or number of paths than most have', async (t) => {
    const others = [
      BGPD.replace('vrf blue\n bgp router-id 10.255.0.1', 'vrf blue\n bgp router-id 10.255.0.9'),
      BGPD.replace('prefix-list from-par in\n  maximum-paths 4', 'prefix-list from-par in'),
    ]
    for (const bgpd of others) {
      t.match(Object.values(leftOf({ bgpd })).join(), /its neighbour is left out/)
      t.match(exportOf({ bgpd }).intent.router, { localAs: 65010, routerId: '10.255.0.1' })
    }
  })

  await t.test('with several numbers of paths in it', async (t) => {
    const bgpd = BGPD.replace('  maximum-paths 4\n', '  maximum-paths 4\n  maximum-paths ibgp 2\n')
    t.match(leftOf({ bgpd }), { 'router bgp 65010': /4 and 2.*its 2 neighbours are left out/ })
  })

  await t.test('a view', async (t) => {
    const bgpd = `${BGPD}router bgp 65010 view x\n neighbor 1.2.3.4 remote-as 1\n`
    t.match(leftOf({ bgpd }), { 'router bgp 65010 view x': /view/ })
  })

  await t.test('of a bgpd that does not answer', async (t) => {
    const faults = [fault('FRR_UNAVAILABLE', 'bgpd', 'start it')]
    t.strictSame(readBgp({ version: null, bgpd: null, bfdd: null, faults }), {
      router: null,
      vrfAs: new Map(),
      aggregates: new Map(),
      neighbors: [],
      notExported: [{ at: 'bgpd', why: 'start it: no neighbour is exported' }],
    })
  })
})

test('BFD is read from wherever FRR keeps it', async (t) => {
  const bfdOf = (bgpd: string, bfdd = BFDD) =>
    exportOf({ bgpd, bfdd }).intent.attachments[2]?.bgp?.find(
      ({ neighborAddress }) => neighborAddress === '10.0.0.1',
    )?.bfd
  const lines = ' neighbor 10.0.0.1 bfd\n neighbor 10.0.0.1 bfd profile fast\n'
  t.strictSame(bfdOf(BGPD.replace(lines, ' neighbor 10.0.0.1 bfd\n')), {}, 'the defaults')
  t.strictSame(
    bfdOf(BGPD.replace(lines, ' neighbor 10.0.0.1 bfd 4 400 500\n')),
    { desiredMinimumTxInterval: 500, requiredMinimumReceive: 400, detectionMultiplier: 4 },
    'multiplier, receive, transmit',
  )
  const strict = `${lines} neighbor 10.0.0.1 bfd strict\n`
  t.match(bfdOf(BGPD.replace(lines, strict)), { detectionMultiplier: 5, strict: true })
  t.match(leftOf({ bgpd: BGPD.replace(lines, strict.replace('strict', 'strict hold-time 20')) }), {
    [PARIS]: /`bfd strict hold-time 20`, which an intent cannot express/,
  })
  t.match(leftOf({ bfdd: BFDD.replace('  detect', '  passive-mode\n  detect') }), {
    [PARIS]: /more than the three timers/,
  })
})
