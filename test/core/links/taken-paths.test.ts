import * as fc from 'fast-check'
import { test } from 'tap'
import { planLinks } from '../../../src/core/links/plan.js'
import type { ForeignPaths } from '../../../src/core/model/foreign-paths.js'
import { ADDRESS_PROTOCOL, type HaveLink, type WantLink } from '../../../src/core/model/link.js'
import {
  kernelName,
  toInterfaceAddress,
  type InterfaceAddress,
} from '../../../src/core/model/names.js'
import { fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'

const NOWHERE: ForeignPaths = { routes: [], hosts: [] }
const MAIN = 254
const STATIC = 4
const BGP = 186
const OSPF = 188

function address(text: string): InterfaceAddress {
  const found = toInterfaceAddress(text)
  if (found === undefined) throw new Error(text)
  return found
}

function held(text: string, owned = false) {
  return { address: address(text), protocol: owned ? ADDRESS_PROTOCOL : 0, owned }
}

/** An untagged attachment on p0. */
function wanted(addresses: readonly string[], over: Partial<WantLink> = {}): WantLink {
  return {
    name: kernelName('p0'),
    detail: { kind: 'port' },
    alias: null,
    mtu: null,
    up: true,
    master: null,
    addresses: addresses.map(address),
    sysctl: null,
    ...over,
  }
}

function router(management: readonly string[], own: readonly string[] = []): readonly HaveLink[] {
  return [
    fakePort('p0', { index: 1, up: true, addresses: own.map((text) => held(text, true)) }),
    fakePort('eth0', { index: 2, up: true, addresses: management.map((text) => held(text)) }),
  ]
}

function refusals(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  paths: ForeignPaths | null,
): readonly string[] {
  const plan = planLinks(want, have, PLAIN_SYSCTL, { paths })
  return plan.ok ? [] : plan.faults.map(({ code, at, message }) => `${code} ${at}: ${message}`)
}

const route = (destination: string, gateway: string | null, over = {}) => ({
  destination,
  gateway,
  table: MAIN,
  protocol: STATIC,
  link: 'eth0',
  ...over,
})

/** `says` names the other side; null: nothing is taken. */
const TABLE: readonly {
  readonly name: string
  readonly adds: string
  readonly management?: readonly string[]
  readonly own?: readonly string[]
  readonly paths?: Partial<ForeignPaths>
  readonly says: RegExp | null
}[] = [
  {
    name: 'half of the management subnet',
    adds: '192.0.2.99/25',
    management: ['192.0.2.10/24'],
    says: /^NOT_OWNED p0 192.0.2.99\/25: port p0 needs 192.0.2.99\/25, which overlaps 192.0.2.10\/24 of eth0/,
  },
  {
    name: 'a subnet around the management subnet',
    adds: '192.0.0.1/16',
    management: ['192.0.2.10/24'],
    says: /192.0.2.10\/24 of eth0/,
  },
  {
    name: 'two addresses of it',
    adds: '192.0.2.20/31',
    management: ['192.0.2.10/24'],
    says: /192.0.2.10\/24 of eth0/,
  },
  {
    name: 'one address of it',
    adds: '192.0.2.20/32',
    management: ['192.0.2.10/24'],
    says: /192.0.2.10\/24 of eth0/,
  },
  {
    name: 'two IPv6 addresses of it',
    adds: '2001:db8::20/127',
    management: ['2001:db8::10/64'],
    says: /2001:db8::10\/64 of eth0/,
  },
  {
    name: 'one IPv6 address of it',
    adds: '2001:db8::20/128',
    management: ['2001:db8::10/64'],
    says: /2001:db8::10\/64 of eth0/,
  },
  {
    name: 'the second subnet of the management link',
    adds: '198.51.100.1/30',
    management: ['192.0.2.10/24', '198.51.100.130/24'],
    says: /198.51.100.130\/24 of eth0/,
  },
  {
    name: 'an address that the management link has',
    adds: '192.0.2.10/25',
    management: ['192.0.2.10/24'],
    says: /eth0 has 192.0.2.10\/24, which demarc did not add/,
  },
  {
    name: 'an IPv6 subnet whose address comes from router advertisements, and is seen by its route',
    adds: '2001:db8::1/127',
    paths: { routes: [route('2001:db8::/64', null, { protocol: 2 })] },
    says: /the route to 2001:db8::\/64 by eth0/,
  },
  {
    name: 'the next hop of the default route',
    adds: '169.254.1.2/30',
    paths: { routes: [route('0.0.0.0/0', '169.254.1.1')] },
    says: /covers 169.254.1.1, the next hop on eth0 of the route to 0.0.0.0\/0/,
  },
  {
    name: 'the IPv6 next hop of a route',
    adds: '2001:db8:1::2/126',
    paths: { routes: [route('2001:db8:9::/48', '2001:db8:1::1', { protocol: OSPF })] },
    says: /covers 2001:db8:1::1/,
  },
  {
    name: 'a part of what a static route leads to',
    adds: '10.20.0.1/30',
    paths: { routes: [route('10.0.0.0/8', '192.0.2.1')] },
    management: ['192.0.2.10/24'],
    says: /the route to 10.0.0.0\/8 by eth0/,
  },
  {
    name: 'less than what a static route leads to stays with that route',
    adds: '10.0.0.1/8',
    paths: { routes: [route('10.20.0.0/16', '192.0.2.1')] },
    management: ['192.0.2.10/24'],
    says: null,
  },
  {
    name: 'what OSPF leads to, because it follows a subnet that moves',
    adds: '10.20.0.1/30',
    paths: { routes: [route('10.20.0.0/30', '192.0.2.1', { protocol: OSPF })] },
    management: ['192.0.2.10/24'],
    says: null,
  },
  {
    name: 'what BGP leads to',
    adds: '10.20.0.1/30',
    paths: { routes: [route('10.0.0.0/8', '192.0.2.1', { protocol: BGP })] },
    management: ['192.0.2.10/24'],
    says: null,
  },
  {
    name: 'the hub behind the default route',
    adds: '203.0.113.1/30',
    paths: { hosts: [{ address: '203.0.113.2', purpose: 'the hub' }] },
    says: /contains 203.0.113.2, the hub/,
  },
  {
    name: 'an IPv6 DNS server',
    adds: '2001:db8:5::1/127',
    paths: { hosts: [{ address: '2001:db8:5::', purpose: 'a DNS server in /etc/resolv.conf' }] },
    says: /contains 2001:db8:5::, a DNS server in \/etc\/resolv.conf/,
  },
  {
    name: 'a host that is in this attachment before and after',
    adds: '203.0.113.1/29',
    own: ['203.0.113.1/30'],
    paths: { hosts: [{ address: '203.0.113.2', purpose: 'the hub' }] },
    says: null,
  },
  {
    name: 'the only route of another VRF',
    adds: '10.20.0.1/30',
    paths: { routes: [route('10.0.0.0/8', '192.0.2.1', { link: 'red0', table: 10 })] },
    management: ['192.0.2.10/24'],
    says: null,
  },
  {
    name: 'a subnet beside all others',
    adds: '10.9.0.1/30',
    management: ['192.0.2.10/24'],
    paths: { routes: [route('0.0.0.0/0', '192.0.2.1')] },
    says: null,
  },
]

test('a subnet of the plan that would take packets from somebody else is refused', async (t) => {
  for (const { name, adds, management = [], own = [], paths, says } of TABLE) {
    await t.test(name, async (t) => {
      const red: readonly HaveLink[] = [
        fakePort('red', { index: 3, detail: { kind: 'vrf', table: 10 } }),
        fakePort('red0', { index: 4, master: 'red' }),
      ]
      const have = [...router(management, own), ...red]
      const found = refusals([wanted([adds])], have, { ...NOWHERE, ...paths })
      if (says === null) t.strictSame(found, [])
      else t.match(found, [says])
    })
  }
})

test('only what the plan adds is looked at, and only where packets of that VRF go', async (t) => {
  const have = router(['192.0.2.10/24'], ['192.0.2.99/25'])
  t.strictSame(refusals([wanted(['192.0.2.99/25'])], have, NOWHERE), [], 'it is there already')
  t.strictSame(
    refusals([wanted(['192.0.2.99/25'])], router(['192.0.2.10/24']), null),
    [],
    'a repair returns to what was accepted',
  )
  const vrf = wanted([], {
    name: kernelName('blue'),
    detail: { kind: 'vrf', table: 77 },
    alias: 'demarc vrf blue' as WantLink['alias'],
  })
  const inside = wanted(['192.0.2.99/25'], { master: kernelName('blue') })
  const paths = { routes: [], hosts: [{ address: '192.0.2.1', purpose: 'the hub' }] }
  t.strictSame(refusals([vrf, inside], router(['192.0.2.10/24']), paths), [])
})

/** A universe of 64 addresses, in which every packet can be tried. */
const BITS = 6
const FAMILIES = [
  { base: (host: number) => `192.0.2.${host}`, width: 32, any: '0.0.0.0/0' },
  { base: (host: number) => `2001:db8::${host.toString(16)}`, width: 128, any: '::/0' },
] as const

interface Block {
  readonly host: number
  /** Host bits. */
  readonly size: number
}
const block = fc.record({ host: fc.nat(2 ** BITS - 1), size: fc.nat(BITS) })
const isIn = (at: number, { host, size }: Block) => at >> size === host >> size
const everyAddress = Array.from({ length: 2 ** BITS }, (_, at) => at)

/** The link that a packet leaves by: longest prefix first, and of equal ones the connected subnet. */
function linkFor(at: number, fib: readonly (Block & { link: string })[]): string | null {
  const [best] = fib.filter((entry) => isIn(at, entry)).toSorted((a, b) => a.size - b.size)
  return best?.link ?? null
}

test('packet by packet: nothing that is accepted takes a packet from another link', async (t) => {
  const counts = { accepted: 0, refused: 0 }
  fc.assert(
    fc.property(
      fc.record({
        family: fc.constantFrom(...FAMILIES),
        connected: fc.array(block, { maxLength: 2 }),
        routed: fc.array(fc.record({ to: block, hop: fc.nat(2 ** BITS - 1) }), { maxLength: 2 }),
        host: fc.option(fc.nat(2 ** BITS - 1)),
        added: block,
      }),
      ({ family: { base, width, any }, connected, routed, host, added }) => {
        const text = ({ host, size }: Block) => `${base(host)}/${width - size}`
        const first = ({ host, size }: Block) => ({ host: (host >> size) << size, size })
        const paths: ForeignPaths = {
          routes: [
            ...routed.map(({ to, hop }) => route(text(first(to)), base(hop))),
            route(any, base(2 ** BITS)),
          ],
          hosts: host === null ? [] : [{ address: base(host), purpose: 'the hub' }],
        }
        const have = router([...new Set(connected.map(text))])
        const found = refusals([wanted([text(added)])], have, paths)
        counts[found.length === 0 ? 'accepted' : 'refused']++

        const before = [...connected, ...routed.map(({ to }) => to)].map((to) => {
          return { ...to, link: 'eth0' }
        })
        const after = [{ ...added, link: 'p0' }, ...before]
        const taken = everyAddress.filter(
          (at) => linkFor(at, before) === 'eth0' && linkFor(at, after) === 'p0',
        )
        const needed = [...routed.map(({ hop }) => hop), ...(host === null ? [] : [host])]
        const isOwn = (at: number) => connected.some((one) => one.host === at)
        const lost = needed.filter((at) => linkFor(at, after) === 'p0' && !isOwn(at))
        if (found.length === 0 && taken.length + lost.length > 0) {
          throw new Error(`${text(added)} takes ${[...taken, ...lost].map(base).join(' ')}`)
        }
        const shares = everyAddress.some((at) => isIn(at, added) && linkFor(at, before) !== null)
        if (!shares && !needed.some((at) => isIn(at, added)) && found.length > 0) {
          throw new Error(`refused without a reason: ${found.join('; ')}`)
        }
      },
    ),
    { numRuns: Number(process.env['LAW_RUNS'] ?? 1500) },
  )
  t.ok(counts.accepted > 100 && counts.refused > 100, JSON.stringify(counts))
})
