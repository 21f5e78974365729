import { planted } from '../../support/process/planted-secrets.js'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { waitFor } from '../../support/process/wait.js'
import { startBird } from '../peers/bird.js'
import { startFrrPeer } from '../peers/frr.js'
import { startGobgp } from '../peers/gobgp.js'
import type { BgpPeer, PeerOptions } from '../peers/peer.js'
import { readNeighbors } from '../../../src/edge/frr/neighbors.js'
import { watchSession } from '../../support/agent/session-looks.js'
import { connectVeth } from '../topology/links.js'
import { makeNetns, type Netns } from '../topology/netns.js'

/** Each kind of peer has a session with FRR 8.4, so that the other scenarios can trust what the peer reports. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'

type Starter = (netns: Netns, options: PeerOptions) => Promise<BgpPeer>

const PEERS: Readonly<Record<string, Starter>> = {
  bird: startBird,
  gobgp: startGobgp,
  'frr-10.3': (netns, options) => startFrrPeer(netns, { ...options, version: '10.3', name: 'pp' }),
}

// Most of the time is spent waiting for sessions.
t.jobs = 3
for (const [name, start] of Object.entries(PEERS)) {
  t.test(`${name} and FRR 8.4 exchange a prefix each and agree on the session`, async (t) => {
    const left = makeNetns(`${name}-left`)
    const right = makeNetns(`${name}-right`)
    t.teardown(() => [left, right].forEach((netns) => netns.remove()))
    connectVeth({ netns: left, name: 'l0' }, { netns: right, name: 'r0' })
    left.run('ip', 'address', 'add', '10.9.0.1/30', 'dev', 'l0')
    left.run('ip', 'link', 'set', 'l0', 'up')
    right.run('ip', 'address', 'add', '10.9.0.2/30', 'dev', 'r0')
    right.run('ip', 'link', 'set', 'r0', 'up')
    const dir = (side: string): string => {
      const path = join(out, `${name}-${side}`)
      mkdirSync(path, { recursive: true })
      return path
    }
    const neighbor = (local: number, peerAs: number) => ({
      address: `10.9.0.${3 - local}`,
      localAddress: `10.9.0.${local}`,
      peerAs,
      password: planted('both-Know-it1'),
    })
    const frr = await startFrrPeer(left, {
      version: '8.4',
      name: `${name}-left`,
      localAs: 65001,
      routerId: '10.9.0.1',
      neighbors: [neighbor(1, 65002)],
      announce: ['172.16.1.0/24'],
      dir: dir('frr'),
    })
    t.teardown(frr.stop)
    const peer = await start(right, {
      localAs: 65002,
      routerId: '10.9.0.2',
      neighbors: [neighbor(2, 65001)],
      announce: ['172.16.2.0/24'],
      dir: dir('peer'),
    })
    t.teardown(peer.stop)
    await waitFor(`${name} is established`, () => peer.session('10.9.0.1'), {
      until: (session) => session?.established === true,
      within: 60,
    })
    const routes = await waitFor(`${name} has the route`, peer.routes, {
      until: (all) => all.length > 0,
      within: 30,
    })
    t.strictSame(routes, ['172.16.1.0/24'])
    t.equal(frr.session('10.9.0.2')?.established, true)
    t.strictSame(frr.routes(), ['172.16.2.0/24'])
    const first = peer.session('10.9.0.1')?.since
    frr.frr.vtysh('clear bgp 10.9.0.2')
    await waitFor(
      'a session that was reset has another start time',
      () => peer.session('10.9.0.1'),
      {
        until: (session) => session?.established === true && session.since !== first,
        within: 60,
        every: 1000,
      },
    )
    t.equal(peer.session('10.9.9.9'), undefined, 'an unknown neighbour has no session')

    // With GoBGP the cause was still UNKNOWN after 60 s, and why is not known (docs/next.md).
    if (name === 'gobgp') return
    const shown = () => readNeighbors(frr.frr.vtysh('show bgp vrf all neighbors json'))
    const watched = (hasPassword: boolean) =>
      watchSession({
        neighbor: async () => shown()[0],
        intent: { localAs: 65001, hasPassword },
        shell: async (command) => left.run('sh', '-c', command),
        dir: dir('kernel'),
      })
    const type = (line: string) => frr.frr.vtysh('configure terminal', 'router bgp 65001', line)
    type(`neighbor 10.9.0.2 password ${planted('another-One2')}`)
    t.match((await watched(true).becomes('PASSWORD_DIFFERS'))?.what, /another password/)
    type('no neighbor 10.9.0.2 password')
    t.match((await watched(false).becomes('PASSWORD_MISSING_HERE'))?.what, /the intent has none/)
  })
}
