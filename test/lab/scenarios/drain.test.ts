import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { startBird } from '../peers/bird.js'
import { startFrr } from '../peers/frr-daemons.js'
import { openAgentLine } from '../topology/agent-line.js'
import { layFibre, makeVlan } from '../topology/links.js'
import { makeNetns } from '../topology/netns.js'
import { socketIn, startAgent } from '../topology/programs.js'
import { printRouter } from '../topology/router-print.js'

/** A re-addressed neighbour as BIRD sees it: the new session, the mark, the word, the end. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const customer = makeNetns('customer')
const provider = makeNetns('provider')
layFibre({ netns: customer, name: 'enp1s0f0' }, { netns: provider, name: 'mmr0' })
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
const agentAgain = () =>
  startAgent(customer, {
    dir: join(out, 'agent'),
    id: 'par-edge-1',
    manage: ['enp1s0f0'],
    frrRunDir: frr.runDir,
    hub: null,
  })
let agent = await agentAgain()
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

/** Which of BIRD's ways to the LAN carry the mark. */
function marked(): readonly string[] {
  const control = join(out, 'bird/bird.ctl')
  const text = run('birdc', '-r', '-s', control, 'show', 'route', 'all', '192.168.0.0/16')
  return text
    .split(/(?=\bunicast \[)/)
    .filter((one) => one.includes('(65535,0)'))
    .flatMap((one) => /via (\S+)/.exec(one)?.[1] ?? [])
}

async function established(address: string): Promise<void> {
  await waitFor(`${address} established`, () => isUp(address), {
    until: (up) => up,
    within: 90,
    every: 500,
  })
}

t.test('the first intent has nothing to drain', async (t) => {
  const line = await openAgentLine(socket)
  const end = await line.change(intent(1, 0))
  t.equal(end.phase, 'confirmed')
  const planned = line.seen.find(({ phase }) => phase === 'planned')
  t.notMatch(JSON.stringify(planned), /shutdown|move their traffic/)
  await established(OLD)
  await waitFor('BIRD has the LAN', bird.routes, {
    until: (routes) => routes.includes('192.168.0.0/16'),
    within: 60,
  })
  line.close()
})

t.test(
  'an agent killed while the peers move their traffic takes it all back, without a flap',
  async (t) => {
    const before = { print: await printRouter(customer, frr.runDir), since: since(OLD) }
    const line = await openAgentLine(socket)
    t.same(await line.push(intent(2, 4)), [])
    await waitFor('BIRD sees the mark', marked, {
      until: (ways) => ways.includes(OLD),
      within: 30,
      every: 50,
    })
    await agent.stop('SIGKILL')
    agent = await agentAgain()
    await waitFor('the mark is gone', marked, {
      until: (ways) => ways.length === 0,
      within: 60,
    })
    t.same({ print: await printRouter(customer, frr.runDir), since: since(OLD) }, before)
  },
)

t.test('a new session is up and the old one is drained before it ends', async (t) => {
  const line = await openAgentLine(socket)
  const ended = line.change(intent(3, 4))
  const seen: string[] = []
  for (;;) {
    const look = `${isUp(NEW) ? 'new session' : ''} ${marked().includes(OLD) ? 'mark' : ''}`
    // Asked last: a session that ends between two questions has no routes left to carry a mark.
    if (!isUp(OLD)) break
    seen.push(look)
    await sleep(50)
  }
  t.ok(seen.includes('new session mark'), [...new Set(seen)].join(', '))
  const firstMark = seen.findIndex((one) => one.endsWith('mark'))
  t.ok(
    seen.slice(firstMark).every((one) => one.endsWith('mark')),
    'it stays to the end',
  )
  t.ok(isUp(NEW), 'the new session is there when the old one has gone')
  t.same(marked(), [], 'and carries no mark')
  const log = readFileSync(join(out, 'bird/bird.log'), 'utf8')
  t.match(log, /n0: Received: Administrative shutdown: "demarc removes this session"/)
  const up = since(NEW)
  t.equal((await ended).phase, 'confirmed')
  t.equal(since(NEW), up, 'it never noticed')
  const planned = line.seen.findLast(({ phase }) => phase === 'planned')
  t.match(JSON.stringify(planned), /wait 5 s for the peers to move their traffic/)
  line.close()
})
