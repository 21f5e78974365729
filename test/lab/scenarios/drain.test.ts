import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { startBird } from '../peers/bird.js'
import { startFrr } from '../peers/frr-daemons.js'
import { openAgentConnection } from '../topology/agent-connection.js'
import { connectFibre, makeVlan } from '../topology/links.js'
import { makeNetns } from '../topology/netns.js'
import { socketIn, startAgent } from '../topology/programs.js'
import { snapshotRouter } from '../topology/router-snapshot.js'

/**
 * A neighbour gets another address, as BIRD sees it: the new session comes up, the old one is marked with
 * GRACEFUL_SHUTDOWN (RFC 8326), BIRD receives the shutdown message (RFC 8203), and the old session ends.
 */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const customer = makeNetns('customer')
const provider = makeNetns('provider')
connectFibre({ netns: customer, name: 'enp1s0f0' }, { netns: provider, name: 'mmr0' })
provider.run('ip', 'link', 'set', 'mmr0', 'up')
makeVlan(provider, 'mmr0', 100, ['10.0.0.1/30', '10.0.0.5/30'])
customer.run('ip', 'link', 'add', 'lan0', 'type', 'dummy')
customer.run('ip', 'link', 'set', 'lan0', 'up')
customer.run('ip', 'address', 'add', '192.168.0.1/16', 'dev', 'lan0')
for (const part of ['bird', 'frr']) mkdirSync(join(out, part), { recursive: true })
const bird = await startBird(provider, {
  localAs: 50624,
  routerId: '10.0.0.1',
  neighbors: [
    { address: '10.0.0.2', localAddress: '10.0.0.1', peerAs: 65010 },
    { address: '10.0.0.6', localAddress: '10.0.0.5', peerAs: 65010 },
  ],
  announce: ['10.64.0.0/24'],
  dir: join(out, 'bird'),
})
const frr = await startFrr(customer, { version: '8.4', name: 'customer', dir: join(out, 'frr') })
const startDemarcd = () =>
  startAgent(customer, {
    dir: join(out, 'agent'),
    id: 'par-edge-1',
    manage: ['enp1s0f0'],
    frrRunDir: frr.runDir,
    hub: null,
  })
let agent = await startDemarcd()
const socket = socketIn(join(out, 'agent'))
t.teardown(async () => {
  await agent.stop()
  await frr.stop()
  await bird.stop()
  customer.remove()
  provider.remove()
})

/** `subnet` 0 has the customer at .2 and the provider at .1, 4 at .6 and .5. */
function intent(generation: number, subnet: 0 | 4) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: 'par-edge-1', role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
    connections: [{ name: 'dl-par', ports: [{ name: 'enp1s0f0' }] }],
    attachments: [
      {
        name: 'net-a',
        connection: 'dl-par',
        vlanId: 100,
        mtu: 1500,
        l3: { addresses: [`10.0.0.${subnet + 2}/30`] },
        bgp: [
          {
            neighborAddress: `10.0.0.${subnet + 1}`,
            peerAs: 50624,
            connectRetry: 2,
            ipv4Unicast: {
              import: { prefixes: ['10.64.0.0/10 le 24'] },
              export: { prefixes: ['192.168.0.0/16'] },
            },
          },
        ],
      },
    ],
  }
}

const OLD = '10.0.0.2'
const NEW = '10.0.0.6'
const since = (address: string) => bird.session(address)?.since
const isUp = (address: string) => bird.session(address)?.established === true

/** The next hops of BIRD's routes to the LAN that carry the GRACEFUL_SHUTDOWN community, 65535:0. */
function gracefulNextHops(): readonly string[] {
  const control = join(out, 'bird/bird.ctl')
  const text = run('birdc', '-r', '-s', control, 'show', 'route', 'all', '192.168.0.0/16')
  return text
    .split(/(?=\bunicast \[)/)
    .filter((route) => route.includes('(65535,0)'))
    .flatMap((route) => /via (\S+)/.exec(route)?.[1] ?? [])
}

async function established(address: string): Promise<void> {
  await waitFor(`${address} established`, () => isUp(address), {
    until: (up) => up,
    within: 90,
    every: 500,
  })
}

t.test('the first intent has nothing to drain', async (t) => {
  const connection = await openAgentConnection(socket)
  const end = await connection.change(intent(1, 0))
  t.equal(end.phase, 'confirmed')
  const planned = connection.seen.find(({ phase }) => phase === 'planned')
  t.notMatch(JSON.stringify(planned), /shutdown|move their traffic/)
  await established(OLD)
  await waitFor('BIRD has the LAN', bird.routes, {
    until: (routes) => routes.includes('192.168.0.0/16'),
    within: 60,
  })
  connection.close()
})

t.test('an agent killed during the drain rolls the change back without a flap', async (t) => {
  const before = { snapshot: await snapshotRouter(customer, frr.runDir), since: since(OLD) }
  const connection = await openAgentConnection(socket)
  t.same(await connection.push(intent(2, 4)), [])
  await waitFor('BIRD has the community', gracefulNextHops, {
    until: (nextHops) => nextHops.includes(OLD),
    within: 30,
    every: 50,
  })
  await agent.stop('SIGKILL')
  agent = await startDemarcd()
  await waitFor('the community is gone', gracefulNextHops, {
    until: (nextHops) => nextHops.length === 0,
    within: 60,
  })
  t.same({ snapshot: await snapshotRouter(customer, frr.runDir), since: since(OLD) }, before)
})

t.test('the new session is up and the old one is drained before it ends', async (t) => {
  const connection = await openAgentConnection(socket)
  const ended = connection.change(intent(3, 4))
  const seen: string[] = []
  for (;;) {
    const observed = `${isUp(NEW) ? 'new session' : ''} ${gracefulNextHops().includes(OLD) ? 'draining' : ''}`
    // Read last: if the session ends between the two readings, its routes and their community are gone.
    if (!isUp(OLD)) break
    seen.push(observed)
    await sleep(50)
  }
  t.ok(seen.includes('new session draining'), [...new Set(seen)].join(', '))
  const drainStart = seen.findIndex((observed) => observed.endsWith('draining'))
  t.ok(
    seen.slice(drainStart).every((observed) => observed.endsWith('draining')),
    'it is drained until it ends',
  )
  t.ok(isUp(NEW), 'the new session is up when the old one has ended')
  t.same(gracefulNextHops(), [], 'no route of the new session carries the community')
  const log = readFileSync(join(out, 'bird/bird.log'), 'utf8')
  t.match(log, /n0: Received: Administrative shutdown: "demarc removes this session"/)
  const up = since(NEW)
  t.equal((await ended).phase, 'confirmed')
  t.equal(since(NEW), up, 'the new session was not reset')
  const planned = connection.seen.findLast(({ phase }) => phase === 'planned')
  t.match(JSON.stringify(planned), /wait 5 s for the peers to move their traffic/)
  connection.close()
})
