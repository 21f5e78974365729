import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { waitFor } from '../../support/process/wait.js'
import { startFrr } from '../peers/frr-daemons.js'
import { openAgentLine } from '../topology/agent-line.js'
import {
  BGP_PASSWORD,
  buildInterconnect,
  CUSTOMER_PORTS,
  exampleIntent,
} from '../topology/interconnect.js'
import { makeBond, makeVlan } from '../topology/links.js'
import { socketIn, startAgent } from '../topology/programs.js'

/** A router that was built by hand and carries traffic comes under management, and leaves it again. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const agentDir = join(out, 'agent')
const scene = await buildInterconnect(out)
const { customer, bird } = scene
const frr = await startFrr(customer, { version: '8.4', name: 'customer', dir: out })
t.teardown(async () => {
  await frr.stop()
  await scene.remove()
})

function buildByHand(): void {
  makeBond(customer, 'dl-par', CUSTOMER_PORTS)
  makeVlan(customer, 'dl-par', 100, ['10.0.0.2/30'])
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

/** What the intent says of it: the example without its bridge and without BFD. */
function intent(generation: number, med = 50) {
  const { attachments, ...rest } = exampleIntent(generation)
  const [first] = attachments
  const bgp = first?.bgp?.map(({ bfd, ipv4Unicast, ...neighbor }) => ({
    ...neighbor,
    ipv4Unicast: { ...ipv4Unicast, export: { ...ipv4Unicast?.export, med } },
  }))
  const router = { ...rest.router, maximumPaths: undefined }
  return { ...rest, router, attachments: [{ ...first, bgp }] }
}

/** ifindex, options and counters of carrier changes: another link, or one that flapped, reads otherwise. */
function linkPrints(): unknown {
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

const startAgain = () =>
  startAgent(customer, {
    dir: agentDir,
    id: 'par-edge-1',
    manage: ['enp1s0f*'],
    frrRunDir: frr.runDir,
    hub: null,
    secrets: { 'net-a-bgp': BGP_PASSWORD, 'bgp-10.0.0.1': BGP_PASSWORD },
  })

t.test(
  'a hand-built router is adopted, restarted and released without a lost packet',
  async (t) => {
    buildByHand()
    await waitFor('BIRD established', () => bird.session('10.0.0.2'), {
      until: (session) => session?.established === true,
      within: 90,
    })
    await waitFor('the route is there', () => customer.run('ip', 'route'), {
      until: (routes) => routes.includes('10.64.0.0/24'),
      within: 60,
    })
    let agent = await startAgain()
    let line = await openAgentLine(socketIn(agentDir))
    t.teardown(() => agent.stop())
    const since = bird.session('10.0.0.2')?.since
    const [links, held] = [linkPrints(), addresses()]
    const ping = pinging()
    const same = (when: string): void => {
      t.equal(bird.session('10.0.0.2')?.since, since, `${when}: BIRD's session never went down`)
      t.strictSame(linkPrints(), links, `${when}: no link flapped or was made anew`)
      t.equal(addresses(), held, `${when}: the same addresses`)
    }

    t.match(await line.push(intent(1)), [{ code: 'NOT_OWNED' }], 'unasked it takes nothing')
    const dry = await line.ask('intent.push', { intent: intent(1), adopt: true, dryRun: true })
    t.match(dry.plan, { impact: 'soft' })

    const waiting = { adopt: true, confirmWithin: 60, change: 'first' }
    t.match(await line.change(intent(1), waiting), { phase: 'provisional' })
    await line.ask('change.cancel', { change: 'first' })
    t.match(customer.run('ip', 'link', 'show', 'dl-par.100'), 'alias to the cloud')
    t.match(frr.vtysh('show running-config'), 'neighbor 10.0.0.1 route-map FROM-CLOUD in')
    t.match(frr.vtysh('show running-config'), 'neighbor 10.0.0.1 description cloud')
    same('adopted and taken back')

    const file = join(out, 'adopt.json')
    writeFileSync(file, JSON.stringify(intent(2)))
    const adopted = agent.demarc('adopt', file)
    t.equal(adopted.status, 0, `${adopted.stdout}${adopted.stderr}`)
    t.match(customer.run('ip', 'link', 'show', 'dl-par.100'), 'alias demarc attachment net-a')
    same('adopted')

    t.match(await line.change(intent(3, 70)), { phase: 'confirmed' })
    const back = agent.demarc('rollback')
    t.equal(back.status, 0, `${back.stdout}${back.stderr}`)
    t.match(back.stdout, 'Generation 2 again, as generation 4.')
    same('another intent, and back')

    line.close()
    await agent.stop()
    agent = await startAgain()
    line = await openAgentLine(socketIn(agentDir))
    const again = await line.ask('intent.push', { intent: intent(4), dryRun: true })
    t.match(again.plan, { stepCount: 0 }, "it is still demarc's after a restart")

    const released = agent.demarc('release')
    t.equal(released.status, 0, `${released.stdout}${released.stderr}`)
    t.notMatch(customer.run('ip', 'link'), 'alias demarc')
    t.strictSame(await line.ask('show.intent', {}), { intent: null })
    line.close()
    same('released')

    const exported = agent.demarc('export')
    t.equal(exported.status, 0, exported.stderr)
    writeFileSync(file, exported.stdout)
    const shown = agent.demarc('adopt', file, '--dry-run', '--json')
    t.equal(shown.status, 0, shown.stderr)
    t.match(JSON.parse(shown.stdout), { impact: 'soft' }, 'what it exports it takes over')
    const once = agent.demarc('adopt', file)
    t.equal(once.status, 0, `${once.stdout}${once.stderr}`)
    t.match(customer.run('ip', 'link', 'show', 'dl-par.100'), 'alias demarc attachment')
    same('exported and adopted')

    const { sent, received } = await ping.end()
    t.ok(sent > 10, `${sent} packets were sent`)
    t.equal(received, sent, 'not one is missing')
  },
)

/** A ping across the interconnect that goes on until it is ended. */
function pinging() {
  const [program = '', ...words] = customer.inside
  const process = spawn(program, [...words, 'ping', '-i', '0.2', '-I', '192.168.0.1', '10.64.0.1'])
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
