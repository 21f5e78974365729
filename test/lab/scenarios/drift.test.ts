import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Status } from '../../../src/core/wire/messages.js'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { startBird } from '../peers/bird.js'
import { FRR_DAEMONS, startFrr } from '../peers/frr-daemons.js'
import { openAgentLine, type AgentLine } from '../topology/agent-line.js'
import { layFibre, makeVlan } from '../topology/links.js'
import { makeNetns } from '../topology/netns.js'
import { socketIn, startAgent, type AgentOptions } from '../topology/programs.js'
import { printLinks, printRouter } from '../topology/router-print.js'

/** Hands on a managed router: what demarcd puts right, how soon, and whom it leaves alone meanwhile. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const agentDir = join(out, 'agent')
const state = join(agentDir, 'state')
const customer = makeNetns('customer')
const provider = makeNetns('provider')
layFibre({ netns: customer, name: 'enp1s0f0' }, { netns: provider, name: 'mmr0' })
provider.run('ip', 'link', 'set', 'mmr0', 'up')
makeVlan(provider, 'mmr0', 100, ['10.0.0.1/30'])
makeVlan(provider, 'mmr0', 200, ['10.0.0.5/30'])
customer.run('ip', 'link', 'add', 'lan0', 'type', 'dummy')
customer.run('ip', 'link', 'set', 'lan0', 'up')
customer.run('ip', 'address', 'add', '192.168.0.1/16', 'dev', 'lan0')
customer.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
const disk = join(out, 'disk')
for (const part of ['bird', 'frr', 'disk', 'agent/state']) {
  mkdirSync(join(out, part), { recursive: true })
}
// demarcd sees the disk from a mount of its own, which stays as it is when the disk itself becomes
// read-only, as after an I/O error.
run('mount', '-t', 'tmpfs', '-o', 'size=16m,mode=0700', 'disk', disk)
run('mount', '--bind', disk, state)
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

/** Seconds; so long that what happens before was not found by a poll. */
const NEVER = { poll: 300, health: 60, optics: 300 }
/** Seconds. */
const OFTEN = { poll: 5, health: 5, optics: 60 }

const agentWith = (more: Pick<AgentOptions, 'intervals' | 'safety'>) =>
  startAgent(customer, {
    ...{ dir: agentDir, id: 'par-edge-1', manage: ['enp1s0f0'], frrRunDir: frr.runDir },
    ...{ hub: null, ...more },
  })
let agent = await agentWith({ intervals: NEVER })
t.teardown(async () => {
  await agent.stop('SIGKILL')
  await frr.stop()
  await bird.stop()
  run('umount', state, disk)
  customer.remove()
  provider.remove()
})

function attachment(name: string, vlanId: number, addresses: readonly string[], peer: string) {
  return {
    ...{ name, connection: 'dl-par', vlanId, mtu: 1500 },
    l3: { addresses },
    bgp: [
      {
        ...{ neighborAddress: peer, peerAs: 50624, connectRetry: 2 },
        ...{ holdTime: 30, keepaliveInterval: 10 },
        ipv4Unicast: {
          import: { prefixes: ['10.64.0.0/10 le 24'] },
          export: { prefixes: ['192.168.0.0/16'] },
        },
      },
    ],
  }
}

const intent = (generation: number) => ({
  ...{ schema: 'demarc/intent/v1', generation },
  router: { id: 'par-edge-1', role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
  connections: [{ name: 'dl-par', ports: [{ name: 'enp1s0f0' }] }],
  attachments: [
    attachment('net-a', 100, ['10.0.0.2/30'], '10.0.0.1'),
    attachment('net-b', 200, ['10.0.0.6/30', '10.9.0.1/24'], '10.0.0.5'),
  ],
})

/** The customer's ends: nobody touches the first, and the second is in the wrong hands. */
const HEALTHY = '10.0.0.2'
const TOUCHED = '10.0.0.6'
const since = (address: string) => bird.session(address)?.since

const bothEstablished = () =>
  waitFor('BIRD has both sessions', () => [HEALTHY, TOUCHED].map(bird.session), {
    until: (seen) => seen.every((one) => one?.established === true),
    within: 90,
  })

async function withLine(deed: (line: AgentLine) => Promise<void>): Promise<void> {
  const line = await openAgentLine(socketIn(agentDir))
  try {
    await deed(line)
  } finally {
    line.close()
  }
}

async function drifts(line: AgentLine): Promise<readonly string[]> {
  const { events } = await line.ask('show.events', { limit: 1000 })
  return events.filter(({ code }) => code === 'DRIFT').map(({ message }) => message)
}

/** Waits until what is looked at is as it was; in ms from now. */
async function timeUntil(look: () => unknown, whole: unknown, what: string): Promise<number> {
  const wanted = JSON.stringify(whole)
  const from = performance.now()
  await waitFor(what, async () => JSON.stringify(await look()), {
    until: (seen) => seen === wanted,
    within: 30,
    every: 20,
  })
  return Math.round(performance.now() - from)
}

/** And has seen everything once. */
const isSettled = {
  until: ({ state, health }: Status) => state === 'in-sync' && Object.keys(health).length > 0,
  within: 60,
}

const print = () => printRouter(customer, frr.runDir)

t.test('an intent with two sessions is in force', (t) =>
  withLine(async (line) => {
    t.equal((await line.change(intent(1))).phase, 'confirmed')
    await bothEstablished()
  }),
)

/** What somebody does with `ip`, and the first thing that puts it right. */
const BY_HAND = [
  {
    what: 'an address that was deleted',
    deed: ['address', 'del', '10.9.0.1/24', 'dev', 'enp1s0f0.200'],
    says: 'add 10.9.0.1/24 to enp1s0f0.200',
  },
  {
    what: 'another MTU',
    deed: ['link', 'set', 'enp1s0f0.100', 'mtu', '1400'],
    says: 'set enp1s0f0.100: mtu 1400 → 1500',
  },
  {
    what: 'a VLAN that was deleted',
    deed: ['link', 'del', 'enp1s0f0.200'],
    says: 'create VLAN 200 on enp1s0f0 as enp1s0f0.200',
  },
]

t.test('what is changed by hand in the kernel is put right long before a poll, and told', (t) =>
  withLine(async (line) => {
    const [whole, up] = [printLinks(customer), since(HEALTHY)]
    for (const { what, deed, says } of BY_HAND) {
      customer.run('ip', ...deed)
      const took = await timeUntil(() => printLinks(customer), whole, what)
      t.comment(`${what}: put right after ${took} ms`)
      // A VLAN that goes loses its addresses first, which may be told before.
      await waitFor(`${what} is told`, () => drifts(line), {
        until: (all) => all.some((told) => told.includes(`and demarc repaired it: ${says}`)),
        within: 30,
      })
    }
    t.match(await line.status(), { state: 'in-sync', faults: [] })
    await bothEstablished()
    t.equal(since(HEALTHY), up, 'the other session never noticed')
  }),
)

t.test(
  'on a read-only disk demarcd starts, holds what is in force, and takes no change',
  async (t) => {
    await agent.stop()
    run('mount', '-o', 'remount,ro', disk)
    agent = await agentWith({ intervals: OFTEN })
    const up = since(HEALTHY)
    await withLine(async (line) => {
      await waitFor('it has looked', line.status, {
        until: ({ state, faults }) => state === 'in-sync' && faults.length > 0,
        within: 60,
      })
      const said = agent.demarc('status').stdout
      t.match(said, /State +settled, generation 1\n/)
      t.match(said, /Fault +STATE_UNWRITABLE .*read-only/)
      const whole = await print()
      frr.vtysh('configure terminal', 'router bgp 65010', 'neighbor 10.0.0.5 timers 5 15')
      const took = await timeUntil(print, whole, 'timers typed into vtysh')
      t.comment(`timers typed into vtysh: put right after ${took} ms, with a poll every 5 s`)
      t.match(await line.push(intent(2)), [{ code: 'STATE_UNWRITABLE' }])
      t.strictSame(await print(), whole, 'what is refused changes nothing')
      run('mount', '-o', 'remount,rw', disk)
      t.equal((await line.change(intent(2))).phase, 'confirmed', 'it works again at once')
      await waitFor('nothing is said of the disk', line.status, {
        until: ({ faults }) => faults.length === 0,
        within: 30,
      })
    })
    t.equal(since(HEALTHY), up, 'the session never noticed')
  },
)

t.test('a prefix list removed by hand in vtysh is back after a poll, and told', (t) =>
  withLine(async (line) => {
    const [whole, up, before] = [await print(), since(HEALTHY), (await drifts(line)).length]
    const lists = whole.frr.bgpd.flatMap(
      (one) => /^ip prefix-list (\S*net-b\S*) /.exec(one)?.[1] ?? [],
    )
    t.ok(lists.length > 0, 'it has prefix lists')
    frr.vtysh('configure terminal', ...lists.map((list) => `no ip prefix-list ${list}`))
    const took = await timeUntil(print, whole, 'a removed prefix list')
    t.comment(`a removed prefix list: put right after ${took} ms, with a poll every 5 s`)
    await waitFor('it is told', () => drifts(line), {
      until: (all) => all.length > before,
      within: 30,
    })
    t.equal(since(HEALTHY), up, 'the other session never noticed')
  }),
)

const saved = join(frr.runDir, 'bgpd.conf')

t.test('an FRR that comes up empty has its configuration and its sessions back', async (t) => {
  const [whole, up, text] = [await print(), since(HEALTHY), readFileSync(saved, 'utf8')]
  t.match(text, 'neighbor 10.0.0.1 remote-as', 'it was saved')
  for (const daemon of FRR_DAEMONS) await frr.kill(daemon)
  for (const daemon of FRR_DAEMONS) {
    writeFileSync(join(frr.runDir, `${daemon}.conf`), '')
    await frr.restart(daemon)
  }
  const took = await timeUntil(print, whole, 'the configuration')
  t.comment(`an empty FRR: configured after ${took} ms`)
  await bothEstablished()
  t.not(since(HEALTHY), up, 'they are new sessions')
  await waitFor('BIRD has the LAN', bird.routes, {
    until: (routes) => routes.includes('192.168.0.0/16'),
    within: 30,
  })
})

t.test('an FRR that read half its file is completed under the session that it has', async (t) => {
  const whole = await print()
  const text = await waitFor('the repair is saved', () => readFileSync(saved, 'utf8'), {
    until: (all) => all.includes('neighbor 10.0.0.5 remote-as'),
    within: 30,
  })
  // demarcd comes late, so that the session of what was read is there before, and anew: it has put the
  // second neighbour right twice in a minute, and would take a third time for a fight.
  await agent.stop()
  await frr.kill('bgpd')
  writeFileSync(saved, halfOf(text))
  await frr.restart('bgpd')
  await waitFor('BIRD has the one session', () => bird.session(HEALTHY), {
    until: (one) => one?.established === true,
    within: 60,
  })
  const half = (await print()).frr.bgpd.join('\n')
  t.match(half, 'neighbor 10.0.0.1 remote-as')
  t.notMatch(half, 'neighbor 10.0.0.5')
  t.notMatch(half, /^route-map/m)
  const up = since(HEALTHY)
  agent = await agentWith({ intervals: OFTEN })
  const took = await timeUntil(print, whole, 'the other half')
  t.comment(`half an FRR: completed after ${took} ms`)
  await bothEstablished()
  t.equal(since(HEALTHY), up, 'the session never noticed')
})

/** Without the second neighbour, and cut off before the first route map. */
function halfOf(text: string): string {
  const [start = ''] = text.split(/^route-map /m)
  return start.replace(/^ *neighbor 10\.0\.0\.5 .*\n/gm, '')
}

t.test('with drift = "report" a change by hand is left and told, with since when', async (t) => {
  await agent.stop()
  agent = await agentWith({ intervals: NEVER, safety: '[safety]\ndrift = "report"\n' })
  await withLine(async (line) => {
    await waitFor('it has looked', line.status, isSettled)
    const before = Date.now()
    customer.run('ip', 'link', 'set', 'enp1s0f0.200', 'mtu', '1400')
    const [told] = await waitFor('it is told', () => drifts(line), {
      until: (all) => all.length > 0,
      within: 30,
      every: 20,
    })
    t.match(told, /and it is left so: set enp1s0f0\.200: mtu 1400 → 1500/)
    const { stdout } = agent.demarc('status')
    t.match(stdout, /State +differs, generation 2\n/)
    const [, when = ''] =
      /Fault +DRIFT +router: since (\S+) this is to do: set enp1s0f0\.200: mtu/.exec(stdout) ?? []
    t.comment(`an MTU changed by hand: seen after ${Date.parse(when) - before} ms`)
    t.ok(Date.parse(when) >= before, stdout)
    t.match(customer.run('ip', 'link', 'show', 'enp1s0f0.200'), 'mtu 1400')
    t.match(stdout, 'demarc apply the intent under a higher generation')
    t.equal((await line.change(intent(3))).phase, 'confirmed')
    t.match(customer.run('ip', 'link', 'show', 'enp1s0f0.200'), 'mtu 1500')
    await waitFor('all is well', line.status, isSettled)
  })
})
