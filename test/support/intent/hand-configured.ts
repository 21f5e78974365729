import { exportIntent, type Exported } from '../../../src/core/intent/export/export.js'
import { faultsOf } from '../../../src/core/base/result.js'
import { planFrrAdoption } from '../../../src/core/frr/plan/adopt.js'
import { readBgp } from '../../../src/core/frr/export/bgp.js'
import { foundRoutes } from '../../../src/core/frr/static/plan.js'
import { concealSecrets, parseConfig } from '../../../src/core/frr/tree.js'
import type { ExportedBgp } from '../../../src/core/model/exported.js'
import type { HaveAddress, HaveLink } from '../../../src/core/model/link.js'
import { toInterfaceAddress, toSecretDigest } from '../../../src/core/model/names.js'
import type { HaveFrr, Step } from '../../../src/core/model/plan.js'
import { secretNames } from '../../../src/core/intent/secret-names.js'
import { toWant } from '../../../src/core/intent/want.js'
import { planAdoption } from '../../../src/core/links/adopt.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { sure } from '../frr/arbitrary-bgp.js'
import { fakePort, PLAIN_SYSCTL } from '../kernel/fake-kernel.js'
import { bond, vlan } from '../kernel/kernel-steps.js'

/** A router that somebody built by hand: links, and FRR as it prints itself. */
export interface HandBuilt {
  readonly links: readonly HaveLink[]
  readonly bgpd: string
  readonly bfdd: string
  /** The static routes. */
  readonly routes: string
}

export const HAND_DIGEST = sure(toSecretDigest('0123456789abcdef'.repeat(2)))
const ROUTING = { rpFilter: 2, forwarding4: true, forwarding6: true } as const

function held(...texts: readonly string[]): readonly HaveAddress[] {
  return texts.map((text) => ({
    address: sure(toInterfaceAddress(text)),
    protocol: 0,
    owned: false,
  }))
}

/** Any link that is up. */
export function link(name: string, over: Partial<HaveLink> = {}): HaveLink {
  return fakePort(name, { up: true, ...over })
}

/** A link with these addresses that forwards. */
export function routed(name: string, addresses: readonly string[], over: Partial<HaveLink> = {}) {
  return link(name, { addresses: held(...addresses), sysctl: ROUTING, ...over })
}

/** A bond of two ports with a routed VLAN in a VRF, an untagged one, and a bridged one with a LAN port. */
export const LINKS: readonly HaveLink[] = [
  link('eno1', { addresses: held('192.0.2.7/24') }),
  link('enp1', { master: 'bond0', mtu: 9000 }),
  link('enp2', { master: 'bond0', mtu: 9000 }),
  link('enp3'),
  link('enp4', { master: 'br-lan' }),
  link('blue', { detail: { kind: 'vrf', table: 1001 }, mtu: 65_575 }),
  link('br-lan', { detail: { kind: 'bridge', stp: true } }),
  routed('bond0', ['10.9.0.2/30'], { detail: bond({ minLinks: 0 }), mtu: 9000 }),
  routed('bond0.100', ['10.0.0.2/30', '2001:db8::2/64', 'fe80::1/64'], {
    detail: vlan('bond0', 100),
    alias: 'paris',
  }),
  routed('blue-a', ['10.0.1.2/29'], { detail: vlan('bond0', 200), master: 'blue', mtu: 8900 }),
  link('enp3.30', { detail: vlan('enp3', 30), master: 'br-lan' }),
]

/** As FRR 10.3 prints it; 8.4 has the same lines in another order. */
export const BGPD = `frr version 10.3
frr defaults traditional
!
ip prefix-list from-par seq 5 permit 10.64.0.0/10 le 24
ip prefix-list from-par seq 10 deny any
ip prefix-list to-par seq 5 permit 192.168.0.0/16
!
route-map par-in permit 10
 match ip address prefix-list from-par
 set local-preference 200
 set community 65010:7 no-export additive
exit
!
route-map par-in deny 20
exit
!
route-map par-out permit 10
 match ip address prefix-list to-par
 set as-path prepend 65010 65010
 set metric 50
exit
!
router bgp 65010
 bgp router-id 10.255.0.1
 neighbor 10.0.0.1 remote-as 50624
 neighbor 10.0.0.1 description primary
 neighbor 10.0.0.1 password ${HAND_DIGEST}
 neighbor 10.0.0.1 bfd
 neighbor 10.0.0.1 bfd profile fast
 neighbor 2001:db8::1 remote-as 50624
 neighbor 2001:db8::1 ttl-security hops 1
 neighbor 2001:db8::1 timers 10 30
 neighbor 2001:db8::1 shutdown message until Monday
 !
 address-family ipv4 unicast
  network 192.168.0.0/16
  aggregate-address 10.1.0.0/16 summary-only
  neighbor 10.0.0.1 soft-reconfiguration inbound
  neighbor 10.0.0.1 maximum-prefix 100 80 restart 30
  neighbor 10.0.0.1 route-map par-in in
  neighbor 10.0.0.1 route-map par-out out
  no neighbor 2001:db8::1 activate
  maximum-paths 4
 exit-address-family
 !
 address-family ipv6 unicast
  neighbor 2001:db8::1 activate
  maximum-paths 4
 exit-address-family
exit
!
router bgp 65001 vrf blue
 bgp router-id 10.255.0.1
 neighbor 10.0.1.1 remote-as 64512
 neighbor 10.0.1.1 local-as 65002 no-prepend replace-as
 neighbor 10.0.1.1 ebgp-multihop 2
 neighbor 10.0.1.1 timers connect 10
 !
 address-family ipv4 unicast
  aggregate-address 10.2.0.0/16
  neighbor 10.0.1.1 next-hop-self
  neighbor 10.0.1.1 allowas-in
  neighbor 10.0.1.1 as-override
  neighbor 10.0.1.1 default-originate
  neighbor 10.0.1.1 maximum-prefix-out 50
  neighbor 10.0.1.1 prefix-list from-par in
  maximum-paths 4
 exit-address-family
exit
!
end
`

export const BFDD = `bfd
 profile fast
  detect-multiplier 5
  transmit-interval 500
 exit
 !
exit
`

function frrOf({ bgpd, bfdd, routes }: Omit<HandBuilt, 'links'>): HaveFrr {
  const read = (text: string) => parseConfig(concealSecrets(text, () => HAND_DIGEST))
  const found = { daemon: 'mgmtd', config: parseConfig(routes), fault: null } as const
  return { version: '10.3', bgpd: read(bgpd), bfdd: read(bfdd), routes: found, faults: [] }
}

export const MANAGED = ['enp*', 'bond*']

/** What demarc makes of it; a refusal fails the test. */
export function exportOf(
  { links = LINKS, bgpd = BGPD, bfdd = BFDD, routes = '' }: Partial<HandBuilt>,
  running: Intent | null = null,
): Exported {
  const exported = exportIntent({
    links,
    bgp: readBgp(frrOf({ bgpd, bfdd, routes })),
    routes: foundRoutes(frrOf({ bgpd, bfdd, routes })),
    managedPorts: MANAGED,
    routerId: 'par-edge-1',
    generation: (running?.generation ?? 0) + 1,
    running,
  })
  if (!exported.ok) throw new Error(JSON.stringify(exported.faults))
  return exported.value
}

/** All reasons for each thing, but for what is said of every router. */
export function leftOf(built: Partial<HandBuilt>): Readonly<Record<string, string>> {
  const reasons = new Map<string, string>()
  for (const { at, why } of exportOf(built).notExported) {
    const before = reasons.get(at)
    if (at !== 'router') reasons.set(at, before === undefined ? why : `${before} | ${why}`)
  }
  return Object.fromEntries(reasons)
}

/** What taking it over by its own export would do beyond marks, sysctls and policies. */
export function harmOf(built: Partial<HandBuilt>): readonly unknown[] {
  const { intent } = exportOf(built)
  const { links = LINKS, bgpd = BGPD, bfdd = BFDD } = built
  const secrets = new Map(secretNames(intent).map((name) => [name, HAND_DIGEST]))
  const want = toWant(intent, { managedPorts: MANAGED, secrets })
  if (!want.ok) return want.faults
  const plan = planAdoption(want.value.links, links, PLAIN_SYSCTL)
  const frr = planFrrAdoption(want.value.bgp, frrOf({ bgpd, bfdd, routes: '' }))
  if (!plan.ok || !frr.ok) return [...faultsOf(plan), ...faultsOf(frr)]
  const { early, removals, additions } = plan.value
  const steps = [...early, ...removals, ...additions].map(({ step }) => step)
  return [
    ...steps.filter((step) => !isMark(step) && step.do !== 'sysctl-set'),
    ...frr.value.effects.filter(({ impact }) => impact !== 'none' && impact !== 'soft'),
  ]
}

/** Whether a step only sets or removes demarc's mark. */
export function isMark(step: Step): boolean {
  if (step.do === 'address-mark') return true
  return step.do === 'link-set' && Object.keys(step.to).every((key) => key === 'alias')
}

/** What is exported of an FRR without BGP. */
export const NO_EXPORTED_BGP: ExportedBgp = {
  router: null,
  vrfAs: new Map(),
  aggregates: new Map(),
  neighbors: [],
  notExported: [],
}
