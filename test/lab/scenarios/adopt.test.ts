import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { waitFor } from '../../support/process/wait.js'
import { startFrr } from '../peers/frr-daemons.js'
import { openAgentConnection } from '../topology/agent-connection.js'
import {
  BGP_PASSWORD,
  buildInterconnect,
  CLOUD_HOST,
  CUSTOMER_PORTS,
  exampleIntent,
  LAN_HOST,
} from '../topology/interconnect.js'
import { makeBond, makeVlan } from '../topology/links.js'
import { socketIn, startAgent } from '../topology/programs.js'

/**
 * demarcd adopts a router that was configured by hand and carries traffic, adds to it, and releases all of it. Linux 6.1 keeps the
 * protocol number of an IPv4 address, so both kinds of addresses need a mark that the kernel does not hold.
 */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const agentDir = join(out, 'agent')
const scene = await buildInterconnect(out)
const { customer, bird } = scene
const frr = await startFrr(customer, { version: '8.4', name: 'customer', dir: out })
t.teardown(async () => {
  await frr.stop()
  await scene.remove()
})

/** Addresses that demarc adopts, on the VLAN that exists. */
const BY_HAND = ['10.0.0.2/30', '10.0.9.2/30', 'fd00:9::2/64']
/** The provider's end of an attachment that demarc makes. */
const NEAR = '10.0.4.1'

function configureByHand(): void {
  scene.provider.run('ip', 'address', 'add', `${NEAR}/30`, 'dev', 'bond0.200')
  makeBond(customer, 'dl-par', CUSTOMER_PORTS)
  makeVlan(customer, 'dl-par', 100, BY_HAND)
  customer.run('ip', 'link', 'set', 'dl-par.100', 'alias', 'to the cloud')
  frr.vtysh(
    'configure terminal',
    'ip prefix-list CLOUD seq 5 permit 10.64.0.0/10 le 24',
    'route-map FROM-CLOUD permit 10',
    'match ip address prefix-list CLOUD',
    'exit',
    'router bgp 65010',
    'bgp router-id 10.255.0.1',
    'no bgp ebgp-requires-policy',
    'neighbor 10.0.0.1 remote-as 50624',
    'neighbor 10.0.0.1 description cloud',
    `neighbor 10.0.0.1 password ${BGP_PASSWORD}`,
    'neighbor 10.0.0.1 timers 10 30',
    'address-family ipv4 unicast',
    'network 192.168.0.0/16',
    'neighbor 10.0.0.1 route-map FROM-CLOUD in',
    'exit-address-family',
    'exit',
  )
}

/** An intent that describes the same configuration: the example without its bridge and without BFD. */
function intent(generation: number, more: readonly object[] = []) {
  const { attachments, ...rest } = exampleIntent(generation)
  const [first] = attachments
  const bgp = first?.bgp?.map(({ bfd, ...neighbor }) => neighbor)
  const router = { ...rest.router, maximumPaths: undefined }
  const netA = { ...first, l3: { vrf: null, addresses: BY_HAND }, bgp }
  const accept = [{ rule: 'outscale/sessions', reason: 'an address that demarc makes' }]
  const connections = rest.connections.map((connection) => ({ ...connection, accept }))
  return { ...rest, router, connections, attachments: [netA, ...more] }
}

const NET_B = {
  name: 'net-b',
  connection: 'dl-par',
  vlanId: 200,
  mtu: 1500,
  l3: { vrf: null, addresses: ['10.0.4.2/30'] },
}

interface Exported {
  readonly generation: number
  readonly attachments: readonly {
    readonly vlanId: number
    readonly l3: { readonly addresses: readonly string[] }
  }[]
}

/** The exported intent without what demarc made, and with one of the adopted addresses alone. */
function lessOf({ attachments, ...rest }: Exported) {
  const adopted = attachments.find(({ vlanId }) => vlanId === 100)
  const l3 = { ...adopted?.l3, addresses: BY_HAND.slice(0, 1) }
  return { ...rest, generation: rest.generation + 1, attachments: [{ ...adopted, l3 }] }
}

/** Index, bond and number of carrier changes of each link: they differ when a link was created anew or has flapped. */
function linkStates(): unknown {
  return [...CUSTOMER_PORTS, 'dl-par', 'dl-par.100'].map((name) => {
    const [link] = JSON.parse(customer.run('ip', '-j', '-d', '-s', 'link', 'show', name)) as {
      ifindex: number
      master?: string
    }[]
    const changes = customer.run('cat', `/sys/class/net/${name}/carrier_changes`).trim()
    return { name, index: link?.ifindex, master: link?.master, changes }
  })
}

function addresses(): string {
  return customer.run('ip', '-br', 'address', 'show', 'dev', 'dl-par.100')
}

const startDemarcd = () =>
  startAgent(customer, {
    dir: agentDir,
    id: 'par-edge-1',
    manage: ['enp1s0f*'],
    frrRunDir: frr.runDir,
    hub: null,
    secrets: { 'net-a-bgp': BGP_PASSWORD, 'bgp-10-0-0-1': BGP_PASSWORD },
  })

t.test(
  'a router configured by hand is adopted, restarted and released without a lost packet',
  async (t) => {
    configureByHand()
    await waitFor('BIRD established', () => bird.session('10.0.0.2'), {
      until: (session) => session?.established === true,
      within: 90,
    })
    await waitFor('the route is there', () => customer.run('ip', 'route'), {
      until: (routes) => routes.includes('10.64.0.0/24'),
      within: 60,
    })
    let agent = await startDemarcd()
    let connection = await openAgentConnection(socketIn(agentDir))
    t.teardown(() => agent.stop())
    const since = bird.session('10.0.0.2')?.since
    const [links, addressesBefore] = [linkStates(), addresses()]
    const ping = startPing('-I', LAN_HOST, CLOUD_HOST)
    const same = (when: string): void => {
      t.equal(bird.session('10.0.0.2')?.since, since, `${when}: BIRD's session never went down`)
      t.strictSame(linkStates(), links, `${when}: no link flapped or was created anew`)
      t.equal(addresses(), addressesBefore, `${when}: the same addresses`)
    }

    t.match(
      await connection.push(intent(1)),
      [{ code: 'NOT_OWNED' }],
      'without adopt the intent is refused',
    )
    const dry = await connection.ask('intent.push', {
      intent: intent(1),
      adopt: true,
      dryRun: true,
    })
    t.match(dry.plan, { impact: 'soft' })

    const provisional = { adopt: true, confirmWithin: 60, change: 'first' }
    t.match(await connection.change(intent(1), provisional), { phase: 'provisional' })
    await connection.ask('change.cancel', { change: 'first' })
    t.match(customer.run('ip', 'link', 'show', 'dl-par.100'), 'alias to the cloud')
    t.match(frr.vtysh('show running-config'), 'neighbor 10.0.0.1 route-map FROM-CLOUD in')
    t.match(frr.vtysh('show running-config'), 'neighbor 10.0.0.1 description cloud')
    same('adopted and rolled back')

    const file = join(out, 'adopt.json')
    writeFileSync(file, JSON.stringify(intent(2)))
    const adopted = agent.demarc('adopt', file)
    t.equal(adopted.status, 0, `${adopted.stdout}${adopted.stderr}`)
    t.match(customer.run('ip', 'link', 'show', 'dl-par.100'), 'alias demarc attachment net-a')
    same('adopted')

    t.match(await connection.change(intent(3, [NET_B])), { phase: 'confirmed' })
    same('another attachment')
    const near = startPing(NEAR)

    connection.close()
    await agent.stop()
    agent = await startDemarcd()
    connection = await openAgentConnection(socketIn(agentDir))
    const again = await connection.ask('intent.push', {
      intent: intent(4, [NET_B]),
      dryRun: true,
    })
    t.match(again.plan, { stepCount: 0 }, 'demarc still owns everything after a restart')

    const released = agent.demarc('release')
    t.equal(released.status, 0, `${released.stdout}${released.stderr}`)
    t.notMatch(customer.run('ip', 'link'), 'alias demarc')
    t.strictSame(await connection.ask('show.intent', {}), { intent: null })
    connection.close()
    same('released')

    const exported = agent.demarc('export')
    t.equal(exported.status, 0, exported.stderr)
    writeFileSync(file, exported.stdout)
    const shown = agent.demarc('adopt', file, '--dry-run', '--json')
    t.equal(shown.status, 0, shown.stderr)
    t.match(JSON.parse(shown.stdout), { impact: 'soft' }, 'the exported intent can be adopted')
    const adoptedAgain = agent.demarc('adopt', file)
    t.equal(adoptedAgain.status, 0, `${adoptedAgain.stdout}${adoptedAgain.stderr}`)
    t.match(customer.run('ip', 'link', 'show', 'dl-par.100'), 'alias demarc attachment')
    same('exported and adopted')

    await unlost(t, near)

    connection = await openAgentConnection(socketIn(agentDir))
    const less = lessOf(JSON.parse(exported.stdout) as Exported)
    const ended = await connection.change(less, { maxImpact: 'traffic-loss' })
    t.match(ended, { phase: 'confirmed' })
    connection.close()
    t.equal(
      addresses().match(/10\.0\.|fd00/g)?.length,
      1,
      'adopted addresses are demarc’s to remove',
    )
    t.notMatch(customer.run('ip', 'link'), 'dl-par.200', 'so is what it made and adopted again')
    const restored = agent.demarc('rollback')
    t.equal(restored.status, 0, `${restored.stdout}${restored.stderr}`)
    t.match(restored.stdout, /^Generation \d+ again, as generation \d+\.$/m)
    same('less, and all of it again')
    t.match(customer.run('ip', 'address'), '10.0.4.2/30')
    await unlost(t, ping)
  },
)

async function unlost(t: Test, ping: ReturnType<typeof startPing>): Promise<void> {
  const { sent, received } = await ping.end()
  t.ok(sent > 10, `${sent} packets were sent`)
  t.equal(received, sent, 'no packet was lost')
}

/** Pings until `end` is called. */
function startPing(...target: readonly string[]) {
  const [program = '', ...words] = customer.inside
  const process = spawn(program, [...words, 'ping', '-i', '0.2', ...target])
  t.teardown(() => process.kill('SIGKILL'))
  const chunks: string[] = []
  process.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  return {
    async end(): Promise<{ sent: number; received: number }> {
      const closed = new Promise((resolve) => process.once('close', resolve))
      process.kill('SIGINT')
      await closed
      const [, sent, received] =
        /(\d+) packets transmitted, (\d+) received/.exec(chunks.join('')) ?? []
      return { sent: Number(sent), received: Number(received) }
    },
  }
}
