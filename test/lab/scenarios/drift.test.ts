import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Status } from '../../../src/core/wire/messages.js'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { startBird } from '../peers/bird.js'
import { FRR_DAEMONS, startFrr } from '../peers/frr-daemons.js'
import { openAgentConnection, type AgentConnection } from '../topology/agent-connection.js'
import { connectFibre, connectVeth, makeVlan } from '../topology/links.js'
import { makeNetns } from '../topology/netns.js'
import { socketIn, startAgent, type AgentOptions } from '../topology/programs.js'
import { snapshotLinks, snapshotRouter } from '../topology/router-snapshot.js'

/** Manual changes on a managed router: what demarcd repairs, how soon, and that other sessions are not reset. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const agentDir = join(out, 'agent')
const state = join(agentDir, 'state')
const customer = makeNetns('customer')
const provider = makeNetns('provider')
connectFibre({ netns: customer, name: 'enp1s0f0' }, { netns: provider, name: 'mmr0' })
provider.run('ip', 'link', 'set', 'mmr0', 'up')
makeVlan(provider, 'mmr0', 100, ['10.0.0.1/30'])
makeVlan(provider, 'mmr0', 200, ['10.0.0.5/30'])
makeVlan(provider, 'mmr0', 300, ['10.20.0.1/24'])
const host = makeNetns('host-on-lan')
connectVeth({ netns: customer, name: 'lan1' }, { netns: host, name: 'eth0' })
customer.run('ip', 'link', 'set', 'lan1', 'up')
host.run('ip', 'link', 'set', 'eth0', 'up')
host.run('ip', 'address', 'add', '10.20.0.2/24', 'dev', 'eth0')
customer.run('ip', 'link', 'add', 'lan0', 'type', 'dummy')
customer.run('ip', 'link', 'set', 'lan0', 'up')
customer.run('ip', 'address', 'add', '192.168.0.1/16', 'dev', 'lan0')
customer.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
const disk = join(out, 'disk')
for (const part of ['bird', 'frr', 'disk', 'agent/state']) {
  mkdirSync(join(out, part), { recursive: true })
}
// demarcd uses a bind mount of the disk. The mount stays writable when the disk itself becomes read-only,
// as after an I/O error.
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

/** Seconds; so long that a change found earlier was not found by a poll. */
const RARE = { poll: 300, health: 60, optics: 300 }
/** Seconds. */
const FREQUENT = { poll: 5, health: 5, optics: 60 }

const startDemarcd = (more: Pick<AgentOptions, 'intervals' | 'safety'>) =>
  startAgent(customer, {
    ...{ dir: agentDir, id: 'par-edge-1', manage: ['enp1s0f0', 'lan1'], frrRunDir: frr.runDir },
    ...{ hub: null, ...more },
  })
let agent = await startDemarcd({ intervals: RARE })
t.teardown(async () => {
  await agent.stop('SIGKILL')
  await frr.stop()
  await bird.stop()
  run('umount', state, disk)
  customer.remove()
  provider.remove()
  host.remove()
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
    {
      ...{ name: 'net-c', connection: 'dl-par', vlanId: 300, mtu: 1500 },
      l2: { bridge: 'br-c', members: ['lan1'] },
    },
  ],
})

/** The customer's addresses of the two sessions: only the second one is changed by hand. */
const HEALTHY = '10.0.0.2'
const TOUCHED = '10.0.0.6'
const since = (address: string) => bird.session(address)?.since

const bothEstablished = () =>
  waitFor('BIRD has both sessions', () => [HEALTHY, TOUCHED].map(bird.session), {
    until: (seen) => seen.every((session) => session?.established === true),
    within: 90,
  })

async function withConnection(task: (connection: AgentConnection) => Promise<void>): Promise<void> {
  const connection = await openAgentConnection(socketIn(agentDir))
  try {
    await task(connection)
  } finally {
    connection.close()
  }
}

async function driftEvents(connection: AgentConnection): Promise<readonly string[]> {
  const { events } = await connection.ask('show.events', { limit: 1000 })
  return events.filter(({ code }) => code === 'DRIFT').map(({ message }) => message)
}

/** Waits until `read` returns `expected` again; returns the ms it took. */
async function timeUntil(read: () => unknown, expected: unknown, what: string): Promise<number> {
  const wanted = JSON.stringify(expected)
  const started = performance.now()
  await waitFor(what, async () => JSON.stringify(await read()), {
    until: (seen) => seen === wanted,
    within: 30,
    every: 20,
  })
  return Math.round(performance.now() - started)
}

/** The router is in sync, and every health rule has run once. */
const inSync = {
  until: ({ state, health }: Status) => state === 'in-sync' && Object.keys(health).length > 0,
  within: 60,
}

const snapshot = () => snapshotRouter(customer, frr.runDir)

t.test('an intent with two sessions is in force', (t) =>
  withConnection(async (connection) => {
    t.equal((await connection.change(intent(1))).phase, 'confirmed')
    await bothEstablished()
  }),
)

/** Manual changes with `ip`, and the first step that repairs each. */
const MANUAL_CHANGES = [
  {
    what: 'an address that was deleted',
    ip: ['address', 'del', '10.9.0.1/24', 'dev', 'enp1s0f0.200'],
    repair: 'add 10.9.0.1/24 to enp1s0f0.200',
  },
  {
    what: 'another MTU',
    ip: ['link', 'set', 'enp1s0f0.100', 'mtu', '1400'],
    repair: 'set enp1s0f0.100: mtu 1400 → 1500',
  },
  {
    what: 'a VLAN that was deleted',
    ip: ['link', 'del', 'enp1s0f0.200'],
    repair: 'create VLAN 200 on enp1s0f0 as enp1s0f0.200',
  },
]

t.test('manual changes in the kernel are repaired long before a poll, and reported', (t) =>
  withConnection(async (connection) => {
    const [before, up] = [snapshotLinks(customer), since(HEALTHY)]
    for (const { what, ip, repair } of MANUAL_CHANGES) {
      customer.run('ip', ...ip)
      const took = await timeUntil(() => snapshotLinks(customer), before, what)
      t.comment(`${what}: repaired after ${took} ms`)
      // A VLAN that is deleted loses its addresses first, which may be reported earlier.
      await waitFor(`${what} is reported`, () => driftEvents(connection), {
        until: (messages) =>
          messages.some((message) => message.includes(`and demarc repaired it: ${repair}`)),
        within: 30,
      })
    }
    t.match(await connection.status(), { state: 'in-sync', faults: [] })
    await bothEstablished()
    t.equal(since(HEALTHY), up, 'the other session was not reset')
  }),
)

/** Manual changes of a bridge or its members, each of which ends all traffic through it. */
const CHANGES_THAT_END_TRAFFIC = [
  {
    what: 'a member was taken out of the bridge',
    commands: [['ip', 'link', 'set', 'lan1', 'nomaster']],
  },
  {
    what: 'VLAN filtering was set on without a VLAN',
    commands: [
      ['bridge', 'vlan', 'del', 'dev', 'lan1', 'vid', '1'],
      ['ip', 'link', 'set', 'br-c', 'type', 'bridge', 'vlan_filtering', '1'],
    ],
  },
  {
    what: 'both members were isolated',
    commands: ['lan1', 'enp1s0f0.300'].map((name) => [
      'bridge',
      'link',
      'set',
      'dev',
      name,
      'isolated',
      'on',
    ]),
  },
  {
    what: 'a member no longer learns and no longer floods',
    commands: [
      ['bridge', 'link', 'set', 'dev', 'lan1', 'learning', 'off', 'flood', 'off'],
      ['ip', 'link', 'set', 'br-c', 'type', 'bridge', 'fdb_flush'],
    ],
  },
]

/** Whether the host on the LAN reaches the provider through the bridge. */
function bridged(): boolean {
  try {
    host.run('ping', '-c', '1', '-W', '1', '10.20.0.1')
    return true
  } catch {
    return false
  }
}

t.test('traffic flows through a bridge again after each repair', (t) =>
  withConnection(async (connection) => {
    await waitFor('the host reaches the provider', bridged, { until: Boolean, within: 30 })
    for (const { what, commands } of CHANGES_THAT_END_TRAFFIC) {
      // demarcd stands still meanwhile: it would repair the bridge before the traffic is looked at.
      agent.process.kill('SIGSTOP')
      try {
        for (const command of commands) customer.run(...command)
        t.notOk(bridged(), `${what}: no traffic`)
      } finally {
        agent.process.kill('SIGCONT')
      }
      const took = await timeUntil(bridged, true, what)
      t.comment(`${what}: traffic again after ${took} ms`)
      await waitFor(`${what}: repaired`, connection.status, inSync)
    }
    t.match(await connection.status(), { state: 'in-sync', faults: [] })
  }),
)

t.test('on a read-only disk demarcd starts, keeps the intent and refuses changes', async (t) => {
  await agent.stop()
  run('mount', '-o', 'remount,ro', disk)
  agent = await startDemarcd({ intervals: FREQUENT })
  const up = since(HEALTHY)
  await withConnection(async (connection) => {
    await waitFor('the first reconciliation', connection.status, {
      until: ({ state, faults }) => state === 'in-sync' && faults.length > 0,
      within: 60,
    })
    const { stdout } = agent.demarc('status')
    t.match(stdout, /State +in-sync, generation 1\n/)
    t.match(stdout, /Fault +STATE_UNWRITABLE .*read-only/)
    const before = await snapshot()
    frr.vtysh('configure terminal', 'router bgp 65010', 'neighbor 10.0.0.5 timers 5 15')
    const took = await timeUntil(snapshot, before, 'timers typed into vtysh')
    t.comment(`timers typed into vtysh: repaired after ${took} ms, with a poll every 5 s`)
    t.match(await connection.push(intent(2)), [{ code: 'STATE_UNWRITABLE' }])
    t.strictSame(await snapshot(), before, 'the refused intent changes nothing')
    run('mount', '-o', 'remount,rw', disk)
    t.equal((await connection.change(intent(2))).phase, 'confirmed', 'a change is accepted at once')
    await waitFor('no fault is reported any more', connection.status, {
      until: ({ faults }) => faults.length === 0,
      within: 30,
    })
  })
  t.equal(since(HEALTHY), up, 'the session was not reset')
})

t.test('a prefix list removed in vtysh is restored after a poll, and reported', (t) =>
  withConnection(async (connection) => {
    const [before, up, events] = [
      await snapshot(),
      since(HEALTHY),
      (await driftEvents(connection)).length,
    ]
    const lists = before.frr.bgpd.flatMap(
      (block) => /^ip prefix-list (\S*net-b\S*) /.exec(block)?.[1] ?? [],
    )
    t.ok(lists.length > 0, 'the neighbour has prefix lists')
    frr.vtysh('configure terminal', ...lists.map((list) => `no ip prefix-list ${list}`))
    const took = await timeUntil(snapshot, before, 'a removed prefix list')
    t.comment(`a removed prefix list: restored after ${took} ms, with a poll every 5 s`)
    await waitFor('the drift is reported', () => driftEvents(connection), {
      until: (messages) => messages.length > events,
      within: 30,
    })
    t.equal(since(HEALTHY), up, 'the other session was not reset')
  }),
)

const saved = join(frr.runDir, 'bgpd.conf')

t.test('an FRR that starts empty gets its configuration and its sessions again', async (t) => {
  const [before, up, text] = [await snapshot(), since(HEALTHY), readFileSync(saved, 'utf8')]
  t.match(text, 'neighbor 10.0.0.1 remote-as', 'the configuration was saved')
  for (const daemon of FRR_DAEMONS) await frr.kill(daemon)
  for (const daemon of FRR_DAEMONS) {
    writeFileSync(join(frr.runDir, `${daemon}.conf`), '')
    await frr.restart(daemon)
  }
  const took = await timeUntil(snapshot, before, 'the configuration')
  t.comment(`an empty FRR: configured after ${took} ms`)
  await bothEstablished()
  t.not(since(HEALTHY), up, 'they are new sessions')
  await waitFor('BIRD has the LAN', bird.routes, {
    until: (routes) => routes.includes('192.168.0.0/16'),
    within: 30,
  })
})

t.test('an FRR that read half its file is completed without a session reset', async (t) => {
  const before = await snapshot()
  const text = await waitFor('the repair is saved', () => readFileSync(saved, 'utf8'), {
    until: (all) => all.includes('neighbor 10.0.0.5 remote-as'),
    within: 30,
  })
  // demarcd is started after the session of the half file is up. It is also a new process: the old one has
  // repaired the second neighbour twice within a minute and would suppress a third repair as a conflict.
  await agent.stop()
  await frr.kill('bgpd')
  writeFileSync(saved, halfOf(text))
  await frr.restart('bgpd')
  await waitFor('BIRD has the first session', () => bird.session(HEALTHY), {
    until: (session) => session?.established === true,
    within: 60,
  })
  const half = (await snapshot()).frr.bgpd.join('\n')
  t.match(half, 'neighbor 10.0.0.1 remote-as')
  t.notMatch(half, 'neighbor 10.0.0.5')
  t.notMatch(half, /^route-map/m)
  const up = since(HEALTHY)
  agent = await startDemarcd({ intervals: FREQUENT })
  const took = await timeUntil(snapshot, before, 'the other half')
  t.comment(`half an FRR: completed after ${took} ms`)
  await bothEstablished()
  t.equal(since(HEALTHY), up, 'the session was not reset')
})

/** The configuration without the second neighbour, and without everything from the first route map on. */
function halfOf(text: string): string {
  const [start = ''] = text.split(/^route-map /m)
  return start.replace(/^ *neighbor 10\.0\.0\.5 .*\n/gm, '')
}

t.test(
  'with drift = "report" a manual change is reported with its time, not repaired',
  async (t) => {
    await agent.stop()
    agent = await startDemarcd({ intervals: RARE, safety: '[safety]\ndrift = "report"\n' })
    await withConnection(async (connection) => {
      await waitFor('the first reconciliation', connection.status, inSync)
      const before = Date.now()
      customer.run('ip', 'link', 'set', 'enp1s0f0.200', 'mtu', '1400')
      const [message] = await waitFor('the drift is reported', () => driftEvents(connection), {
        until: (messages) => messages.length > 0,
        within: 30,
        every: 20,
      })
      t.match(message, /and demarc leaves it so: set enp1s0f0\.200: mtu 1400 → 1500/)
      const { stdout } = agent.demarc('status')
      t.match(stdout, /State +drifted, generation 2\n/)
      const [, when = ''] =
        /Fault +DRIFT +router: since (\S+ \S+) the router differs from the intent; the repair would be: set enp1s0f0\.200: mtu/.exec(
          stdout,
        ) ?? []
      t.comment(`an MTU changed by hand: detected after ${Date.parse(when) - before} ms`)
      // The command prints whole seconds, in the local time of the machine that this test runs on too.
      t.ok(Date.parse(when) >= before - 1000, stdout)
      t.match(customer.run('ip', 'link', 'show', 'enp1s0f0.200'), 'mtu 1400')
      t.match(stdout, 'apply the intent again under a higher generation')
      t.equal((await connection.change(intent(3))).phase, 'confirmed')
      t.match(customer.run('ip', 'link', 'show', 'enp1s0f0.200'), 'mtu 1500')
      await waitFor('the router is in sync', connection.status, inSync)
    })
  },
)
