import * as fc from 'fast-check'
import { test } from 'tap'
import { HOSTS_MAX, hostsIn, hostSubject, linkHosts } from '../../../src/core/change/link-hosts.js'
import type { NeighborEntry } from '../../../src/core/model/foreign-paths.js'
import { ADDRESS_PROTOCOL, type WantLink } from '../../../src/core/model/link.js'
import { kernelName, type InterfaceAddress } from '../../../src/core/model/names.js'
import { fakePort } from '../../support/kernel/fake-kernel.js'

const entry = (address: string, link: string, state: NeighborEntry['state'] = 'reachable') => ({
  address,
  link,
  state,
})
const port: WantLink = {
  name: kernelName('p0'),
  detail: { kind: 'port' },
  alias: null,
  mtu: null,
  up: true,
  master: null,
  addresses: [],
  sysctl: null,
}
const links = [
  fakePort('eth0'),
  fakePort('p0', {
    addresses: [
      { address: '10.0.0.2/30' as InterfaceAddress, protocol: ADDRESS_PROTOCOL, owned: true },
    ],
  }),
  fakePort('dl.100', {
    detail: { kind: 'vlan', parent: kernelName('p0'), vlanId: 100 },
    alias: 'demarc attachment net-a',
  }),
]
const gateway = {
  destination: '0.0.0.0/0',
  table: 254,
  protocol: 3,
  link: 'eth0',
  gateway: '192.0.2.1',
}

test('hosts of foreign links, next hops first, then those that were seen last', async (t) => {
  const found = linkHosts({
    links,
    want: { links: [port] },
    routes: [gateway],
    hub: '192.0.2.4',
    entries: [
      entry('192.0.2.4', 'eth0'),
      entry('192.0.2.9', 'eth0', 'stale'),
      entry('fe80::9', 'eth0', 'probing'),
      entry('192.0.2.8', 'eth0'),
      entry('192.0.2.1', 'eth0', 'stale'),
      entry('10.0.0.1', 'p0'),
      entry('fe80::1', 'p0'),
      entry('192.0.2.77', 'p0'),
      entry('10.1.0.1', 'dl.100'),
      entry('192.0.2.5', 'gone0'),
    ],
  })
  t.strictSame(
    found.map(({ address, link }) => `${address} ${link}`),
    ['192.0.2.1 eth0', '192.0.2.8 eth0', '192.0.2.77 p0', 'fe80::9 eth0', '192.0.2.9 eth0'],
    'not the hub, not the sessions’ own subnet, not demarc’s links, not link-local ones of ports of the intent',
  )
})

test('at most 64 hosts judge a change, and a next hop is always one of them', async (t) => {
  const entries = Array.from({ length: 500 }, (_, i) => entry(`10.8.${i >> 8}.${i & 255}`, 'eth0'))
  const found = linkHosts({
    links,
    want: { links: [] },
    routes: [gateway],
    hub: null,
    entries: [...entries, entry('192.0.2.1', 'eth0', 'stale')],
  })
  t.equal(found.length, HOSTS_MAX)
  t.match(found[0], { address: '192.0.2.1' })
})

test('a host is found again by its name as a witness', async (t) => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6())
  const link = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,14}$/)
  fc.assert(
    fc.property(address, link, (address, link) => {
      const [found] = hostsIn(['hub', 'neighbor 10.0.0.1 vrf on', hostSubject(address, link)])
      if (found?.address !== address || found.link !== link) throw new Error('another host')
    }),
  )
  t.strictSame(hostsIn(['hub', 'ping 10.0.0.1 from net-a', 'connection host']), [])
})
