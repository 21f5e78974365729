import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { RungName } from '../../../src/core/health/ladder/terms.js'
import type { DoctorResult } from '../../../src/core/wire/doctor.js'
import { buildModule, type ModuleSpec, toFile } from '../../support/kernel/eeprom.js'
import { run } from '../../support/process/command.js'
import { planted } from '../../support/process/planted-secrets.js'
import { waitFor } from '../../support/process/wait.js'
import { startFrr } from '../peers/frr-daemons.js'
import { openAgentConnection } from '../topology/agent-connection.js'
import {
  BGP_PASSWORD,
  buildInterconnect,
  CLOUD_HOST,
  CUSTOMER_PORTS,
  exampleIntent,
  PROVIDER_PORTS,
} from '../topology/interconnect.js'
import { makeBond } from '../topology/links.js'
import { socketIn, startAgent } from '../topology/programs.js'

/**
 * A whole router with a bundle, a VLAN, FRR 10.3, BFD and a password, and one fault after the other: what
 * `demarc doctor` says of each.
 */

t.setTimeout(600_000)

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const scene = await buildInterconnect(out)
const { customer, provider } = scene
mkdirSync(join(out, 'frr'), { recursive: true })
const terms = { version: '10.3', name: 'customer', dir: join(out, 'frr') } as const
const frr = await startFrr(customer, terms)
const agent = await startAgent(customer, {
  dir: join(out, 'agent'),
  id: 'par-edge-1',
  manage: [...CUSTOMER_PORTS],
  frrRunDir: frr.runDir,
  hub: null,
  secrets: { 'net-a-bgp': BGP_PASSWORD },
})
const connection = await openAgentConnection(socketIn(join(out, 'agent')))
t.teardown(async () => {
  connection.close()
  await agent.stop()
  await frr.stop()
  await scene.remove()
})

function intent() {
  const { attachments, ...rest } = exampleIntent(1)
  const [netA] = attachments
  const bgp = netA?.bgp?.map((neighbor) => ({ ...neighbor, connectRetry: 2 }))
  return { ...rest, attachments: [{ ...netA, bgp, probe: { interval: 1, hosts: [CLOUD_HOST] } }] }
}

const examine = () => connection.ask('doctor', { attachment: 'net-a', hosts: [], ticket: false })

const works = () =>
  waitFor('net-a works', examine, { until: ({ result }) => result === 'works', within: 120 })

/** Rules of the provider's router for the packets that pass a hook. */
function filter(hook: 'input' | 'output', ...rules: readonly string[]): void {
  const head = ['table inet t', 'delete table inet t', 'table inet t {', 'chain c {']
  const lines = [...head, `type filter hook ${hook} priority 0`, ...rules, '}', '}', '']
  writeFileSync(join(out, 'rules'), lines.join('\n'))
  provider.run('nft', '-f', join(out, 'rules'))
}

function birdHas(password: string): void {
  const file = join(out, 'bird/bird.conf')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/password "[^"]*"/, `password "${password}"`))
  run('birdc', '-s', join(out, 'bird/bird.ctl'), 'configure')
}

const PORT = CUSTOMER_PORTS[1]
const FAR_PORT = PROVIDER_PORTS[1]

/** Puts another module into the cage. */
function plug(kind: ModuleSpec['kind']): void {
  const file = join(out, 'module.bin')
  writeFileSync(file, toFile(buildModule({ kind })))
  run('vfiber', 'load', PORT, file)
}

function leaveBond(port: string): void {
  provider.run('ip', 'link', 'set', port, 'nomaster')
  provider.run('ip', 'link', 'set', port, 'up')
}

function joinBond(port: string): void {
  provider.run('ip', 'link', 'set', port, 'down')
  provider.run('ip', 'link', 'set', port, 'master', 'bond0')
}

interface Fault {
  readonly make: () => unknown
  readonly mend: () => unknown
  readonly result: DoctorResult['result']
  readonly rung: RungName
  readonly place: string
  readonly side: string
  readonly says: RegExp
}

const mendFilter = () => provider.run('nft', 'flush', 'ruleset')

const FAULTS: Readonly<Record<string, Fault>> = {
  'full-size packets are dropped': {
    make: () => filter('input', 'ip protocol icmp meta length > 1400 drop'),
    mend: mendFilter,
    ...{ result: 'fails', rung: 'full-size', place: 'neighbor 10.0.0.1', side: 'PEER' },
    says: /1500 octets to 10\.0\.0\.1 do not come back.*1400 octets do/,
  },
  'one strand of one fibre is dead': {
    make: () => run('vfiber', 'cut', PORT, '--rx'),
    mend: () => run('vfiber', 'mend', PORT),
    ...{ result: 'degraded', rung: 'light-in', place: `port ${PORT}`, side: 'FIBRE' },
    says: /receives no light/,
  },
  'the strand outwards is dead: light arrives, and the far end signals "remote fault"': {
    make: () => run('vfiber', 'cut', PORT, '--tx'),
    mend: () => run('vfiber', 'mend', PORT),
    ...{ result: 'degraded', rung: 'light-out', place: `port ${PORT}`, side: 'FIBRE' },
    says: /has no link although it sends -\d\.\d+ dBm and receives -\d\.\d+ dBm: the far end does not receive it/,
  },
  'a module for multi-mode fibre, whose light the single-mode fibre does not carry': {
    make() {
      plug('10GBASE-SR')
      run('vfiber', 'bend', PORT, '25dB')
    },
    mend() {
      plug('10GBASE-LR')
      run('vfiber', 'mend', PORT)
    },
    ...{ result: 'degraded', rung: 'module', place: `port ${PORT}`, side: 'ROUTER' },
    says: /which is 10GBASE-SR, and the intent expects 10GBASE-LR: exchange the module/,
  },
  'the ports lead to two LACP systems': {
    make() {
      provider.run('ip', 'link', 'set', FAR_PORT, 'nomaster')
      makeBond(provider, 'bond9', [FAR_PORT])
    },
    mend() {
      provider.run('ip', 'link', 'delete', 'bond9')
      joinBond(FAR_PORT)
    },
    ...{ result: 'degraded', rung: 'lacp', place: 'connection dl-par', side: 'FIBRE' },
    says: /different LACP partners/,
  },
  'the far end has no bundle': {
    make: () => PROVIDER_PORTS.forEach(leaveBond),
    mend: () => PROVIDER_PORTS.forEach(joinBond),
    ...{ result: 'fails', rung: 'lacp', place: 'connection dl-par', side: 'PEER' },
    says: /receives no LACPDUs: check that the far end has these ports in an LACP bundle/,
  },
  'the provider has not got the VLAN': {
    make: () => provider.run('ip', 'link', 'set', 'bond0.100', 'down'),
    mend: () => provider.run('ip', 'link', 'set', 'bond0.100', 'up'),
    ...{ result: 'fails', rung: 'vlan', place: 'attachment net-a', side: 'PEER' },
    says: /ask the far end whether it has VLAN 100/,
  },
  'the password is another one': {
    make: () => birdHas(planted('other-Than-ours3')),
    mend: () => birdHas(BGP_PASSWORD),
    ...{ result: 'fails', rung: 'tcp', place: 'neighbor 10.0.0.1', side: 'UNKNOWN' },
    says: /signed with another password/,
  },
}

t.test('everything is well', async (t) => {
  const end = await connection.change(intent())
  t.equal(end.phase, 'confirmed')
  await works()
})

t.test('a black hole behind an established session with BFD up', async (t) => {
  filter('output', `ip saddr ${CLOUD_HOST} drop`)
  const began = performance.now()
  const health = () => connection.ask('show.status', {})
  const found = await waitFor('the finding', health, {
    until: ({ health }) => 'TRAFFIC_BLACK_HOLE' in (health.attachments?.['net-a']?.findings ?? {}),
    ...{ within: 60, every: 500 },
  })
  t.comment(`found ${Math.round(performance.now() - began)} ms after the first dropped packet`)
  const [neighbor] = Object.values(found.health.neighbors ?? {})
  t.match(neighbor, { sessionState: 'ESTABLISHED', bfd: { sessionState: 'UP' } })
  const { result, cause, verdict } = await examine()
  t.match(cause, { rung: 'traffic', place: `host ${CLOUD_HOST}`, side: 'PEER' }, verdict)
  t.equal(result, 'fails')
  t.match(verdict, /answered until .* does not any more/)
  const { status, stdout } = agent.demarc('doctor', 'net-a')
  t.equal(status, 2, stdout)
  t.match(stdout, /answered until .* does not any more/)
  mendFilter()
  await works()
})

for (const [what, { make, mend, says, result, ...named }] of Object.entries(FAULTS)) {
  t.test(what, async (t) => {
    make()
    const said = await waitFor(what, examine, {
      until: ({ cause }) => cause?.rung === named.rung && says.test(cause.text),
      within: 120,
    })
    t.equal(said.result, result)
    t.match(said.cause, named, said.verdict)
    t.match(said.verdict, says)
    mend()
    // What is left of a fault of one port does not hide the next one.
    if (result === 'fails') await works()
  })
}
