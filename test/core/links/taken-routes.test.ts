import t from 'tap'
import { seconds } from '../../../src/core/base/time.js'
import { takenByRoutes } from '../../../src/core/links/survey/taken-routes.js'
import type { ForeignPaths } from '../../../src/core/model/foreign-paths.js'
import { ADDRESS_PROTOCOL } from '../../../src/core/model/link.js'
import { toInterfaceAddress, toIpText, toPrefix } from '../../../src/core/model/names.js'
import type { Effect } from '../../../src/core/model/plan.js'
import type { StaticRoute } from '../../../src/core/model/vrf.js'
import { planRouter } from '../../../src/core/router/plan.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { fakeFrr } from '../../support/frr/fake-frr.js'
import { fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'

const held = (text: string, owned: boolean) => ({
  address: sure(toInterfaceAddress(text)),
  protocol: owned ? ADDRESS_PROTOCOL : 0,
  owned,
})

/** A port of demarc's with an attachment's subnet, and a link for management that is not demarc's. */
const LINKS = [
  fakePort('p0', { index: 1, up: true, addresses: [held('10.0.0.2/30', true)] }),
  fakePort('eth0', { index: 2, up: true, addresses: [held('192.0.2.2/24', false)] }),
]

const through = (destination: string, gateway: string | null, over = {}) => ({
  destination,
  gateway,
  table: 254,
  protocol: 4,
  link: 'eth0',
  ...over,
})

const PATHS: ForeignPaths = {
  routes: [through('0.0.0.0/0', '192.0.2.1'), through('198.51.100.0/24', '192.0.2.1')],
  hosts: [
    { address: '203.0.113.7', purpose: 'the hub' },
    { address: '198.51.100.9', purpose: 'a DNS server in /etc/resolv.conf' },
  ],
}

const to = (prefix: string, over: Partial<StaticRoute> = {}): StaticRoute => ({
  vrf: null,
  prefix: sure(toPrefix(prefix)),
  nextHop: sure(toIpText('10.0.0.1')),
  distance: 1,
  ...over,
})

const TAKEN = [
  ['a part of a subnet of management', '192.0.2.128/25', /192\.0\.2\.2\/24 of eth0/],
  ['one host of it', '192.0.2.1/32', /hosts behind eth0 would take this route/],
  ['a part of a route', '198.51.100.0/25', /the route to 198\.51\.100\.0\/24 by eth0/],
  ['the hub, reached by the default route', '203.0.113.0/24', /203\.0\.113\.7, the hub/],
  ['everything but the default route', '128.0.0.0/1', /203\.0\.113\.7, the hub/],
] as const

for (const [name, prefix, why] of TAKEN) {
  t.test(`taken: ${name}`, (t) => {
    const found = takenByRoutes([to(prefix)], LINKS, PATHS)
    t.match(found, [{ subject: `static route ${prefix}`, impact: 'traffic-loss', why }])
    t.end()
  })
}

t.test('what is less specific than the present path takes nothing', (t) => {
  const OSPF = 188
  const elsewhere = {
    routes: [through('10.64.0.0/10', '192.0.2.1', { protocol: OSPF })],
    hosts: [],
  }
  t.strictSame(takenByRoutes([to('192.0.2.0/24'), to('192.0.0.0/16')], LINKS, PATHS), [])
  t.strictSame(takenByRoutes([to('198.51.100.0/24')], LINKS, PATHS), [])
  t.strictSame(takenByRoutes([to('10.128.0.0/9')], LINKS, PATHS), [])
  t.strictSame(takenByRoutes([to('10.64.0.0/16')], LINKS, elsewhere), [], 'it follows the prefix')
  const blue = to('192.0.2.128/25', { vrf: 'blue' as StaticRoute['vrf'] })
  t.strictSame(takenByRoutes([blue], LINKS, PATHS), [], 'another VRF')
  t.strictSame(takenByRoutes([to('10.0.0.0/31')], LINKS, PATHS), [], "demarc's own subnet")
  t.end()
})

t.test('the plan of the router says it of a new route, a repair does not', async (t) => {
  const frr = await fakeFrr('10.3').read()
  const have = { links: LINKS, sysctlDefaults: PLAIN_SYSCTL, frr: { ...frr, routes: NO_ROUTES } }
  const want = { links: [], bgp: [], routes: [to('203.0.113.0/24', { nextHop: null })] }
  const terms = {
    established: new Map(),
    drain: seconds(0),
    hubPath: new Set<string>(),
    adopt: false,
  }
  const effects = (paths: ForeignPaths | null): readonly Effect[] => {
    const plan = planRouter(want, have, { ...terms, paths })
    return plan.ok ? plan.value.effects.filter(({ subject }) => subject.startsWith('static')) : []
  }
  t.match(effects(PATHS), [{ impact: 'traffic-loss', why: /the hub: packets to it would take/ }])
  t.match(effects(null), [{ impact: 'soft', why: 'the route is added' }])
})

const NO_ROUTES = { daemon: 'staticd' as const, config: [], fault: null }
