import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { startBird } from '../peers/bird.js'
import { startFrrPeer } from '../peers/frr.js'
import { connectFibre, makeBond, makeVlan } from '../topology/links.js'
import { makeNetns, type Netns } from '../topology/netns.js'

/** Checks the lab itself: virtual fibres, LACP and BGP over them behave as the other scenarios expect. */

t.setTimeout(300_000)

const Ends = z.array(
  z.looseObject({ carrier: z.boolean(), received: z.number().nullable(), plugged: z.boolean() }),
)

const left = makeNetns('left')
const right = makeNetns('right')
const PORTS = ['fib0', 'fib1'] as const
for (const port of PORTS) {
  connectFibre({ netns: left, name: port }, { netns: right, name: `${port}-far` })
}
makeBond(left, 'bond0', PORTS)
makeBond(right, 'bond0', ['fib0-far', 'fib1-far'])
t.teardown(() => {
  left.remove()
  right.remove()
  for (const port of PORTS) run('vfiber', 'remove', port)
})

function end(port: string): z.infer<typeof Ends>[number] {
  const [found] = Ends.parse(JSON.parse(run('vfiber', 'show', port, '--json')))
  if (found === undefined) throw new Error(`vfiber has no port ${port}`)
  return found
}

/** The lines of `ethtool -m`: the text after the colon by the text before it. */
function optic(netns: Netns, port: string): ReadonlyMap<string, string> {
  const lines = netns.run('ethtool', '-m', port).split('\n')
  return new Map(
    lines.map((line) => [line.split(' : ')[0]?.trim() ?? '', line.split(' : ')[1] ?? '']),
  )
}

/** Members of the active aggregator, as the bonding driver counts them. */
function members(netns: Netns): number {
  const text = netns.run('cat', '/proc/net/bonding/bond0')
  return Number(/Number of ports: (\d+)/.exec(text)?.[1] ?? 0)
}

async function aggregated(count: number): Promise<void> {
  await waitFor(
    `${count} members aggregated on both sides`,
    () => [members(left), members(right)],
    {
      until: (counts) => counts.every((members) => members === count),
      within: 30,
    },
  )
}

/** Lines of the kernel log that show a bug in the kernel or the module. */
function kernelErrors(): readonly string[] {
  return run('dmesg')
    .split('\n')
    .filter((line) => /WARNING:|BUG:|Oops|Call Trace/.test(line))
}

t.test('two fibres form one LACP aggregate with both members', async (t) => {
  await aggregated(2)
  const settings = left.run('ethtool', 'fib0')
  t.match(settings, /Speed: 10000Mb\/s/)
  t.match(settings, /Port: FIBRE/)
  t.match(settings, /Auto-negotiation: off/)
  t.match(left.run('ethtool', '-i', 'fib0'), /bus-info: vfiber\./)
})

t.test('received power is launch power minus attenuation', (t) => {
  t.match(optic(left, 'fib0').get('Receiver signal average optical power'), '-3.10 dBm')
  run('vfiber', 'set', 'fib0-far', 'launch=1.9dBm')
  run('vfiber', 'bend', 'fib0', '12dB')
  t.match(optic(left, 'fib0').get('Receiver signal average optical power'), '-10.10 dBm')
  t.match(optic(right, 'fib0-far').get('Laser output power'), '1.90 dBm')
  run('vfiber', 'set', 'fib0-far', 'launch=-2.1dBm')
  run('vfiber', 'mend', 'fib0')
  t.end()
})

t.test('a bend raises a warning, then an alarm, then the member leaves', async (t) => {
  run('vfiber', 'bend', 'fib0', '14dB', '--rx')
  const dim = optic(left, 'fib0')
  t.equal(dim.get('Laser rx power low warning'), 'On')
  t.equal(dim.get('Laser rx power low alarm'), 'Off')
  t.equal(optic(right, 'fib0-far').get('Laser rx power low warning'), 'Off', 'only one strand')
  run('vfiber', 'bend', 'fib0', '17dB', '--rx')
  t.equal(optic(left, 'fib0').get('Laser rx power low alarm'), 'On')
  await aggregated(2)
  run('vfiber', 'bend', 'fib0', '19dB', '--rx')
  t.match(
    end('fib0'),
    { carrier: false, received: -21.08 },
    'A2h has received power in steps of 0.1 µW',
  )
  t.match(end('fib0-far'), { carrier: false, received: -3.1 }, 'light arrives, and "remote fault"')
  await aggregated(1)
  run('vfiber', 'mend', 'fib0')
  await aggregated(2)
})

t.test('without its module a port has no carrier at either end, and reads fail', async (t) => {
  run('vfiber', 'unplug', 'fib1')
  t.throws(() => left.run('ethtool', '-m', 'fib1'), /No such device/)
  t.match([end('fib1'), end('fib1-far')], [{ carrier: false }, { carrier: false }])
  await aggregated(1)
  run('vfiber', 'plug', 'fib1')
  await aggregated(2)
})

t.test('a BGP session over a VLAN survives the cut of one fibre, and ends with both', async (t) => {
  const out = process.env['DEMARC_OUT'] ?? '/tmp'
  const dir = (side: string): string => {
    mkdirSync(join(out, side), { recursive: true })
    return join(out, side)
  }
  makeVlan(left, 'bond0', 100, ['10.9.1.1/30'])
  makeVlan(right, 'bond0', 100, ['10.9.1.2/30'])
  const timers = { bfd: true, holdTime: 30 }
  const frr = await startFrrPeer(left, {
    version: '8.4',
    name: 'fibre',
    localAs: 65001,
    routerId: '10.9.1.1',
    neighbors: [{ address: '10.9.1.2', localAddress: '10.9.1.1', peerAs: 65002, ...timers }],
    announce: ['172.16.1.0/24'],
    dir: dir('frr'),
  })
  t.teardown(frr.stop)
  const bird = await startBird(right, {
    localAs: 65002,
    routerId: '10.9.1.2',
    neighbors: [{ address: '10.9.1.1', localAddress: '10.9.1.2', peerAs: 65001, ...timers }],
    announce: ['172.16.2.0/24'],
    dir: dir('bird'),
  })
  t.teardown(bird.stop)
  const session = () => bird.session('10.9.1.1')
  const established = { until: (found: ReturnType<typeof session>) => found?.established === true }
  await waitFor('BIRD is established', session, { ...established, within: 60 })
  await waitFor('BIRD has the route', bird.routes, { until: (all) => all.length === 1, within: 30 })
  const since = session()?.since

  run('vfiber', 'cut', 'fib0')
  await aggregated(1)
  left.run('ping', '-c', '3', '-i', '0.2', '-w', '10', '10.9.1.2')
  t.equal(session()?.since, since, 'the same session')

  run('vfiber', 'cut', 'fib1')
  const started = performance.now()
  await waitFor('BIRD drops the session', session, {
    until: (found) => found?.established !== true,
    within: 20,
  })
  t.comment(`session dropped ${Math.round(performance.now() - started)} ms after the second cut`)
  run('vfiber', 'mend', 'fib0')
  run('vfiber', 'mend', 'fib1')
  await waitFor('BIRD is established again', session, { ...established, within: 60 })
  t.not(session()?.since, since, 'another session')
})

t.test('1000BASE-X comes up when both negotiate or neither does', (t) => {
  connectFibre({ netns: left, name: 'gig0' }, { netns: right, name: 'gig0-far' }, '1g')
  left.run('ip', 'link', 'set', 'gig0', 'up')
  right.run('ip', 'link', 'set', 'gig0-far', 'up')
  t.match([end('gig0'), end('gig0-far')], [{ carrier: true }, { carrier: true }])
  left.run('ethtool', '-s', 'gig0', 'speed', '1000', 'duplex', 'full', 'autoneg', 'off')
  t.match([end('gig0'), end('gig0-far')], [{ carrier: true }, { carrier: false }])
  right.run('ethtool', '-s', 'gig0-far', 'speed', '1000', 'duplex', 'full', 'autoneg', 'off')
  t.match([end('gig0'), end('gig0-far')], [{ carrier: true }, { carrier: true }])
  run('vfiber', 'remove', 'gig0')
  t.end()
})

t.test('ports that are cut, removed and added under traffic cause no kernel error', async (t) => {
  left.run('ip', 'address', 'replace', '10.9.2.1/30', 'dev', 'bond0')
  right.run('ip', 'address', 'replace', '10.9.2.2/30', 'dev', 'bond0')
  const flood = left.start('/dev/null', 'ping', '-q', '-f', '-w', '8', '10.9.2.2')
  for (let i = 0; i < 20; i += 1) {
    run('vfiber', 'cut', PORTS[i % 2] ?? '')
    run('vfiber', 'mend', PORTS[i % 2] ?? '')
  }
  run('vfiber', 'remove', 'fib0')
  connectFibre({ netns: left, name: 'fib0' }, { netns: right, name: 'fib0-far' })
  flood.kill()
  left.run('ping', '-c', '1', '-w', '10', '10.9.2.2')
  t.strictSame(kernelErrors(), [])
})
