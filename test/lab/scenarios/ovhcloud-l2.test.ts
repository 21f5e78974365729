import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BROADCAST, hostMac, passing, type Frame } from '../../support/kernel/frames.js'
import { waitFor } from '../../support/process/wait.js'
import { carried, FAR, hostsThatPass, learnFar } from '../providers/ovhcloud/l2/frames.js'
import { openAgentConnection } from '../topology/agent-connection.js'
import { connectFibre, connectVeth } from '../topology/links.js'
import { makeNetns } from '../topology/netns.js'
import { socketIn, startAgent } from '../topology/programs.js'

/** OVHcloud Connect in L2 mode: what a LAN may send into the tunnel, on the real kernel, through demarc's own attachment. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const folder = join('test', 'lab', 'providers', 'ovhcloud', 'l2')
const intent = JSON.parse(readFileSync(join(folder, 'intent.json'), 'utf8')) as object
const [customer, provider, lan] = ['customer', 'provider', 'lan'].map(makeNetns) as [
  ReturnType<typeof makeNetns>,
  ReturnType<typeof makeNetns>,
  ReturnType<typeof makeNetns>,
]
for (const netns of [customer, provider, lan]) {
  // Frames of IPv6 take places among the MAC addresses.
  netns.run(
    'sysctl',
    '-qw',
    'net.ipv6.conf.all.disable_ipv6=1',
    'net.ipv6.conf.default.disable_ipv6=1',
  )
}
for (const i of [0, 1]) {
  connectFibre({ netns: customer, name: `enp${i + 1}s0` }, { netns: provider, name: `mmr${i}` })
}
provider.run('sh', join(folder, 'peer.sh'))
connectVeth({ netns: customer, name: 'enp9s0' }, { netns: lan, name: 'eth0' })
lan.run('ip', 'link', 'set', 'eth0', 'up')
lan.run('ip', 'address', 'add', '10.9.0.2/24', 'dev', 'eth0')

const dir = join(out, 'agent')
mkdirSync(dir, { recursive: true })
const agent = await startAgent(customer, {
  ...{ dir, id: 'edge-1', manage: ['enp*'], frrRunDir: join(out, 'no-frr'), hub: null },
})
const connection = await openAgentConnection(socketIn(dir))
t.teardown(async () => {
  connection.close()
  await agent.stop()
  for (const netns of [customer, provider, lan]) netns.remove()
})

const ENDS = { lan: 'lan/eth0', pop: 'provider/bond0' }

const tables = () => customer.run('nft', 'list', 'tables')
const flood = (to: string) =>
  Array.from({ length: 200 }, (_, n): Frame => ({ to, from: hostMac(1), mark: `${n}` }))

async function events(code: string): Promise<readonly string[]> {
  const answer = await connection.ask('show.events', { limit: 1000 })
  return answer.events.filter((event) => event.code === code).map(({ message }) => message)
}

t.test('the intent of ten lines is in force with the limits of OVHcloud', async (t) => {
  const { phase, faults } = await connection.change({ ...intent, generation: 1 })
  t.equal(phase, 'confirmed', JSON.stringify(faults))
  t.match(tables(), /^table bridge demarc-pop$/m)
  const table = customer.run('nft', 'list', 'table', 'bridge', 'demarc-pop')
  t.match(table, /size 512/)
  t.match(table, /limit rate over 20\/second/)
  t.equal((await connection.status()).state, 'in-sync')
  await waitFor('a host of the LAN reaches the vRack', ping, { until: (up) => up, within: 30 })
})

function ping(): boolean {
  try {
    lan.run('ping', '-c', '1', '-W', '1', '10.9.0.1')
    return true
  } catch {
    return false
  }
}

t.test('spanning tree stays inside, and everything else passes with its tags', async (t) => {
  const { wanted, found } = carried(ENDS)
  t.strictSame(found, wanted)
})

t.test('floods are held to their rate', async (t) => {
  const unknown = hostMac(50_000)
  learnFar(ENDS)
  const started = performance.now()
  const passed = passing(ENDS.lan, ENDS.pop, [
    ...flood(BROADCAST),
    ...flood(unknown),
    ...flood(FAR),
  ])
  const count = (to: string) => passed.filter((frame) => frame.to === to).length
  const seconds = (performance.now() - started) / 1000
  const isNear = (found: number, rate: number) => found >= rate && found <= rate * (2 + seconds)
  t.ok(isNear(count(BROADCAST), 20), `${count(BROADCAST)} of 200 broadcast frames at 20 a second`)
  t.ok(isNear(count(unknown), 30), `${count(unknown)} of 200 unknown unicast frames at 30 a second`)
  t.equal(count(FAR), 200, 'to a host that is known')
})

t.test('what somebody removes is set again, and then 512 of 700 hosts pass', async (t) => {
  customer.run('nft', 'delete', 'table', 'bridge', 'demarc-pop')
  await waitFor('the table is there again', tables, {
    until: (found) => found.includes('demarc-pop'),
    within: 30,
  })
  await waitFor('the repair is reported', () => events('DRIFT'), {
    until: (messages) => messages.some((message) => message.includes('limit what pop sends')),
    within: 30,
  })
  learnFar(ENDS)
  const { hosts, found } = hostsThatPass(ENDS, 700)
  t.strictSame(found, hosts.slice(0, 512))
  await waitFor('health says so', () => events('MAC_LIMIT_REACHED'), {
    until: (messages) => messages.length > 0,
    within: 40,
  })
})

t.test('nothing is left when the attachment goes', async (t) => {
  const empty = { ...intent, generation: 2, connections: [], attachments: [] }
  const { phase, faults } = await connection.change(empty, { maxImpact: 'traffic-loss' })
  t.equal(phase, 'confirmed', JSON.stringify(faults))
  t.equal(tables(), '')
  t.notMatch(customer.run('ip', '-o', 'link'), /br-vrack|pop/)
})
