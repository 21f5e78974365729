import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { run } from '../../support/process/command.js'
import { add, bond, set } from '../../support/kernel/kernel-steps.js'
import { ip, realKernel } from '../../support/kernel/real-kernel.js'
import { waitFor } from '../../support/process/wait.js'

t.setTimeout(300_000)

const kernel = await openKernel()
const bench = realKernel(kernel)
t.teardown(() => kernel.close())
t.beforeEach(() => bench.clear())
t.after(() => ip(['link del p0', 'link del p1'], false))

t.test('a port reports its speed, its carrier and its counters', async (t) => {
  const [dark] = await kernel.ports(['p0'])
  t.match(dark, { name: 'p0', present: true, adminUp: false, carrier: false })
  ip(['link set p0 up', 'link set q0 up'])
  const [lit] = await kernel.ports(['p0'])
  t.match(lit, { adminUp: true, carrier: true, speed: 10000, duplex: 'full', autoNegotiate: false })
  t.match(lit?.mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
  t.ok((lit?.carrierTransitions ?? 0) > (dark?.carrierTransitions ?? 0), 'the carrier came up')
  await waitFor('octets', () => kernel.ports(['p0']), {
    until: ([port]) => (port?.counters.outOctets ?? 0) > 0,
    within: 20,
  })
  ip(['link set q0 down'])
  t.match(await kernel.ports(['p0']), [{ adminUp: true, carrier: false }])
})

t.test('missing ports are reported as absent, in the order of the query', async (t) => {
  t.match(await kernel.ports(['nope', 'p1']), [
    { name: 'nope', present: false, mac: null, speed: null },
    { name: 'p1', present: true },
  ])
  t.equal(await kernel.lacp('nope'), null)
  t.equal(await kernel.lacp('p0'), null, 'a port is no bond')
})

t.test('a port without a cage has no module', async (t) => {
  t.strictSame(await kernel.moduleEeprom('p0'), { state: 'absent' })
  t.strictSame(await kernel.moduleEeprom('nope'), { state: 'absent' })
})

t.test('a module’s pages are read as by ethtool', async (t) => {
  run('vfiber', 'pair', 'f0', 'f1', '--speed', '10g')
  t.teardown(() => run('vfiber', 'remove', 'f0'))
  ip(['link set f0 up', 'link set f1 up'])
  const raw = execFileSync('ethtool', ['-m', 'f0', 'raw', 'on'])
  const eeprom = await kernel.moduleEeprom('f0')
  if (eeprom.state !== 'bytes' || eeprom.a2 === null) throw new Error(JSON.stringify(eeprom))
  t.strictSame([eeprom.a0.length, eeprom.a2.length, raw.length], [256, 256, 512])
  // A2h bytes 96-109 have the live readings, which change between the two reads.
  const withoutReadings = (page: Uint8Array) =>
    Buffer.from(page.map((octet, at) => (at >= 352 && at < 366 ? 0 : octet)))
  t.ok(withoutReadings(Buffer.concat([eeprom.a0, eeprom.a2])).equals(withoutReadings(raw)))
  t.match(await kernel.ports(['f0']), [{ carrier: true, speed: 10_000, autoNegotiate: false }])

  run('vfiber', 'unplug', 'f0')
  t.strictSame(await kernel.moduleEeprom('f0'), { state: 'absent' })
  run('vfiber', 'unplug', 'f0', '--errno', '5')
  t.match(await kernel.moduleEeprom('f0'), { state: 'unreadable', reason: /f0 answered EIO/ })
  run('vfiber', 'plug', 'f0')
  writeFileSync('/tmp/short.eeprom', eeprom.a0.subarray(0, 128))
  run('vfiber', 'load', 'f0', '/tmp/short.eeprom')
  const short = await kernel.moduleEeprom('f0')
  t.match(
    short,
    { state: 'bytes', a0: { length: 128 }, a2: null },
    'half a page is read as half a page',
  )
})

t.test('two connected bonds report their partner and their members', async (t) => {
  const near = '02:00:00:00:00:0a'
  const far = '02:00:00:00:00:0b'
  const { fault } = await kernel.apply([
    add('bp', bond({ systemId: near })),
    add('bq', bond({ systemId: far })),
    ...['p0', 'p1'].map((port) => set(port, { master: 'bp', up: true })),
    ...['q0', 'q1'].map((port) => set(port, { master: 'bq', up: true })),
  ])
  t.equal(fault, null)
  const state = await waitFor('LACP', () => kernel.lacp('bp'), {
    until: (lacp) =>
      lacp?.members.every(
        ({ actor, partner }) =>
          actor.state.includes('DISTRIBUTING') && partner.state.includes('DISTRIBUTING'),
      ) === true,
    within: 30,
  })
  t.match(state, { minLinks: 1, partnerId: far, members: { length: 2 } })
  const end = {
    key: state?.actorKey ?? 0,
    portNumber: Number,
    // TIMEOUT: both bonds ask for short timeouts, lacp_rate fast.
    state: [
      ...['ACTIVITY', 'TIMEOUT', 'AGGREGATION', 'SYNCHRONIZATION'],
      ...['COLLECTING', 'DISTRIBUTING'],
    ],
  }
  const part = {
    linkUp: true,
    inAggregate: true,
    actor: end,
    partner: { ...end, key: state?.partnerKey ?? 0 },
    partnerId: far,
    churn: { actor: /NONE|MONITORING/, partner: /NONE|MONITORING/ },
    pdus: { received: Number, sent: Number, unknown: 0, illegal: 0 },
    linkFailures: 0,
  }
  t.match(state?.members, [
    { port: 'p0', ...part },
    { port: 'p1', ...part },
  ])
  t.not(state?.actorKey, 0)
  t.ok(state?.members.every(({ pdus }) => (pdus?.received ?? 0) > 0 && (pdus?.sent ?? 0) > 0))

  ip(['link set q1 down'])
  const cut = await waitFor('the cut', () => kernel.lacp('bp'), {
    until: (lacp) => lacp?.members.some(({ linkUp }) => !linkUp) === true,
    within: 20,
  })
  t.match(
    cut?.members.find(({ port }) => port === 'p1'),
    { linkUp: false, inAggregate: false },
  )
  const { links } = await kernel.read()
  t.match(
    links.find(({ name }) => name === 'bp'),
    { up: true, carrier: true },
    'the bond has carrier with one member',
  )
})
