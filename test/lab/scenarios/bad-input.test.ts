import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import * as z from 'zod'
import { pathText } from '../../../src/core/base/quote.js'
import { SUBPROTOCOL } from '../../../src/core/wire/rpc.js'
import { millis } from '../../../src/core/base/time.js'
import { daemonConnections } from '../../../src/edge/frr/vty/connections.js'
import { ATTACKS, isHarmless } from '../../support/process/attacks.js'
import { FULL_INTENT } from '../../support/intent/full-intent.js'
import { parsePlace, placesOf, withValue } from '../../support/intent/document-paths.js'
import { waitFor } from '../../support/process/wait.js'
import { FRR_DAEMONS } from '../peers/frr-daemons.js'
import { openAgentConnection } from '../topology/agent-connection.js'
import { buildScene, ROUTER } from '../topology/customer-edge.js'
import { CUSTOMER_PORTS, exampleIntent } from '../topology/interconnect.js'
import { buildModule, toFile } from '../../support/kernel/eeprom.js'
import { startOldBgpd } from '../topology/old-bgpd.js'
import { DIST, socketIn } from '../topology/programs.js'
import { snapshotLinks, snapshotRouter } from '../topology/router-snapshot.js'

/** Bad input to the whole agent: it is refused with its cause, nothing changes, and the agent goes on running. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const scene = await buildScene({ dir: out, frr: '8.4' })
const agent = await openAgentConnection(socketIn(join(out, 'agent')))
t.teardown(async () => {
  agent.close()
  await scene.remove()
})

const snapshot = () => snapshotRouter(scene.customer, scene.frr.runDir)
const since = () => scene.bird.session('10.0.0.2')?.since
const INTENT = `/v1/routers/${ROUTER}/intent`

async function established(): Promise<void> {
  await waitFor('BIRD established', () => scene.bird.session('10.0.0.2'), {
    until: (session) => session?.established === true,
    within: 120,
    every: 1000,
  })
}

async function inSync(): Promise<void> {
  await waitFor('the router is as intended', agent.status, {
    until: ({ state, faults }) => state === 'in-sync' && faults.length === 0,
    within: 120,
    every: 1000,
  })
}

/** Checks that `task` changes neither the router nor the session nor the intent in force. */
async function unchanged(t: Test, task: () => Promise<unknown>): Promise<void> {
  const before = {
    snapshot: await snapshot(),
    since: since(),
    intent: (await agent.status()).running,
  }
  await task()
  const after = {
    snapshot: await snapshot(),
    since: since(),
    intent: (await agent.status()).running,
  }
  t.strictSame(after, before, 'nothing changed')
  t.equal(scene.agent.process.exitCode, null, 'the agent runs')
}

t.test('a valid intent is confirmed first', async (t) => {
  t.match(await agent.change(exampleIntent(10)), { phase: 'confirmed' })
  await established()
  await inSync()
})

t.test('invalid settings are refused with their line, before anything is changed', (t) => {
  const file = join(out, 'broken.toml')
  writeFileSync(file, '[agent]\nid = "x\n')
  const daemon = spawnSync(process.execPath, [join(DIST, 'demarcd.js'), '--config', file], {
    encoding: 'utf8',
  })
  t.match(daemon, { status: 78, stderr: /^CONFIG_SYNTAX {2}\S*broken\.toml:2/m }, 'demarcd')
  writeFileSync(file, '[agent]\nid = "x"\nsudo = true\n')
  t.match(
    scene.agent.demarc('--config', file, 'check-config'),
    { status: 78, stderr: /^CONFIG_UNKNOWN_KEY {2}\S*broken\.toml:3 agent\.sudo/m },
    'demarc check-config',
  )
  t.end()
})

t.test('no text field of a pushed intent becomes a command', async (t) => {
  const texts = placesOf(FULL_INTENT).filter(({ value }) => typeof value === 'string')
  await unchanged(t, async () => {
    for (const { path } of texts) {
      const at = pathText(path)
      const attacks = ATTACKS.filter(([name]) => !isHarmless(at, name))
      const answers = await Promise.all(
        attacks.map(async ([name, attack]) => {
          const faults = await agent.push(withValue(FULL_INTENT, path, attack))
          const refusal = faults.map((fault) => `${fault.code} ${fault.at}`).join()
          const clean = !/[\p{C}\u2028]/u.test(faults[0]?.message ?? '')
          return clean && refusal === `INTENT_VALUE ${at}` ? [] : [`${name}: ${refusal}`]
        }),
      )
      t.strictSame(answers.flat(), [], at)
    }
  })
})

t.test('nor through the hub or demarc apply, which report every wrong field at once', async (t) => {
  const texts = placesOf(FULL_INTENT).filter(({ value }) => typeof value === 'string')
  const all = texts.reduce<unknown>(
    (document, { path }) => withValue(document, path, 'x\nhostname taken-over'),
    FULL_INTENT,
  )
  await unchanged(t, async () => {
    const byHub = JSON.stringify(await scene.hub.api('PUT', INTENT, all))
    const file = join(out, 'hostile.json')
    writeFileSync(file, JSON.stringify(all))
    const byCommand = scene.agent.demarc('apply', file)
    t.equal(byCommand.status, 65)
    for (const { path } of texts) {
      const at = pathText(path)
      t.ok(byHub.includes(`"at":"${at}"`), `hub: ${at}`)
      t.ok(byCommand.stderr.includes(`INTENT_VALUE  ${at}:`), `demarc apply: ${at}`)
    }
  })
})

/** Text that the intent allows: no character of it ends a line or starts a comment in a vty. */
const PROSE = `"; reboot; $(reboot) \`id\` 'x' && < > end exit no router bgp 65010 %n -x ~ {}`

t.test('free text stays text and is never a command', async (t) => {
  const before = await snapshot()
  const session = since()
  const extra = {
    name: 'prose',
    connection: 'dl-par',
    vlanId: 300,
    l3: { addresses: ['10.0.3.2/30'] },
    bgp: [
      {
        neighborAddress: '10.0.3.1',
        peerAs: 50624,
        description: PROSE.slice(0, 64).trim(),
        shutdown: { message: PROSE },
      },
    ],
  }
  const example = exampleIntent(11)
  const intent = { ...example, attachments: [...example.attachments, extra] }
  t.match(await agent.change(intent), { phase: 'confirmed' })
  const after = await snapshot()
  const [linesBefore, linesAfter] = [before, after].map(({ frr }) =>
    frr.bgpd.flatMap((block) => block.split('\n')),
  )
  const lines = (linesAfter ?? []).filter((line) => linesBefore?.includes(line) !== true)
  const ofNeighbor = lines.filter((line) => line.startsWith(' neighbor 10.0.3.1 '))
  t.ok(
    ofNeighbor.includes(
      ` neighbor 10.0.3.1 description demarc prose: ${extra.bgp[0]?.description}`,
    ),
  )
  t.ok(ofNeighbor.includes(` neighbor 10.0.3.1 shutdown message ${PROSE}`), ofNeighbor.join('\n'))
  const others = lines.filter(
    (line) => !/^ {1,2}neighbor 10\.0\.3\.1 |demarc-prose/.test(line) && line.trim() !== '',
  )
  t.strictSame(others, [], 'every other new line belongs to a list or map of this neighbour')
  t.strictSame(after.frr.bfdd, before.frr.bfdd)
  t.strictSame(after.frr.zebra, before.frr.zebra)
  t.match(await agent.change(exampleIntent(12)), { phase: 'confirmed' })
  t.strictSame(await snapshot(), before, 'its removal leaves nothing behind')
  t.equal(since(), session, 'the session was not reset')
})

/** Intents that are wrong in one field, and their refusal. */
const WRONG: readonly (readonly [what: string, place: string, value: unknown, refusals: string])[] =
  [
    ['a missing port', 'connections[0].ports[0].name', 'enp1s0f9', 'PORT_MISSING enp1s0f9'],
    [
      'an unmanaged port',
      'connections[0].ports[0].name',
      'lan0',
      'PORT_UNMANAGED connections[0].ports[0].name',
    ],
    [
      'a port twice',
      'connections[0].ports[1].name',
      'enp1s0f0',
      'INTENT_CONFLICT connections[0].ports[1].name',
    ],
    ['VLAN 1 at OUTSCALE', 'attachments[0].vlanId', 1, 'PROVIDER_RULE attachments[0].vlanId'],
    ['an MTU at OUTSCALE', 'attachments[0].mtu', 1400, 'PROVIDER_RULE attachments[0].mtu'],
    [
      "another provider's AS",
      'attachments[0].bgp[0].peerAs',
      53306,
      'PROVIDER_RULE attachments[0].bgp[0].peerAs',
    ],
    [
      'an unknown provider',
      'connections[0].provider',
      'outscal',
      'INTENT_VALUE connections[0].provider',
    ],
    ['VLAN 0', 'attachments[0].vlanId', 0, 'INTENT_VALUE attachments[0].vlanId'],
    ['VLAN 4095', 'attachments[0].vlanId', 4095, 'INTENT_VALUE attachments[0].vlanId'],
    ['a VLAN twice', 'attachments[1].vlanId', 100, 'INTENT_CONFLICT attachments[1].vlanId'],
    [
      'an address that the LAN has',
      'attachments[0].l3.addresses',
      ['10.0.0.2/30', '192.168.0.1/24'],
      'NOT_OWNED dl-par.100 192.168.0.1/24',
    ],
    ['a name that a foreign link has', 'attachments[0].interface', 'lan0', 'NOT_OWNED lan0'],
    ['a lower generation', 'generation', 9, 'INTENT_STALE generation'],
    ['another router', 'router.id', 'lon-edge-1', 'INTENT_WRONG_ROUTER router.id'],
    ['an unknown key', 'router.sudo', true, 'INTENT_UNKNOWN_KEY router.sudo'],
    [
      'a secret that is not there',
      'attachments[0].bgp[0].authPassword.secret',
      'nope',
      'SECRET_MISSING attachments[0].bgp[0].authPassword.secret, SECRET_MISSING nope',
    ],
  ]

t.test('an intent that this router cannot have is refused with the wrong field', async (t) => {
  await unchanged(t, async () => {
    for (const [what, place, value, refusals] of WRONG) {
      const faults = await agent.push(withValue(exampleIntent(13), parsePlace(place), value))
      const places = new Set(
        faults.map((fault) => `${fault.code} ${fault.at.replace(/^\/.*\//, '')}`),
      )
      t.equal([...places].join(', '), refusals, what)
    }
    const replayed = { ...exampleIntent(12), attachments: [] }
    t.match(await agent.push(replayed), [{ code: 'INTENT_STALE' }], 'the same generation, changed')
  })
})

/** The findings of a port, as the agent reports them. */
async function findingsOf(port: string): Promise<readonly string[]> {
  const { health } = await agent.status()
  const { ports } = Findings.parse(health)
  return Object.keys(ports[port]?.findings ?? {})
}

const Findings = z.looseObject({
  ports: z.record(
    z.string(),
    z.looseObject({ findings: z.record(z.string(), z.unknown()).optional() }),
  ),
})

/** Plugs modules into a cage (null: none) and waits for the finding of each; between them a good module clears it. */
async function checkFindings(port: string, cases: Readonly<Record<string, Uint8Array | null>>) {
  const file = join(out, `${port}.bin`)
  const plug = (octets: Uint8Array | null): void => {
    if (octets === null) return void scene.customer.run('vfiber', 'unplug', port)
    writeFileSync(file, octets)
    scene.customer.run('vfiber', 'load', port, file)
    scene.customer.run('vfiber', 'plug', port)
  }
  const expect = (what: string, until: (codes: readonly string[]) => boolean) =>
    waitFor(`${port} has ${what}`, () => findingsOf(port), { until, within: 60, every: 500 })
  for (const [what, octets] of Object.entries(cases)) {
    const [code = ''] = what.split(' ')
    plug(octets)
    await expect(what, (codes) => codes.includes(code))
    plug(WHOLE)
    await expect('no finding', (codes) => codes.length === 0)
  }
}

const WHOLE = toFile(buildModule({ kind: '10GBASE-LR' }))

t.test('faulty modules are reported as findings, and nothing else happens', async (t) => {
  const [first, second] = CUSTOMER_PORTS
  await unchanged(t, () =>
    Promise.all([
      checkFindings(first, {
        'OPTIC_UNREADABLE that ends early': WHOLE.subarray(0, 64),
        'OPTIC_UNREADABLE with a wrong sum': WHOLE.map((octet, at) => octet ^ Number(at === 40)),
      }),
      checkFindings(second, {
        OPTIC_NO_DIAGNOSTICS: toFile(buildModule({ kind: '10GBASE-LR', diagnostics: 'none' })),
        OPTIC_ABSENT: null,
      }),
    ]),
  )
})

/** Opens a raw WebSocket to the agent's local socket. */
async function openRawClient(): Promise<WebSocket> {
  const ws = new WebSocket(`ws+unix:${socketIn(join(out, 'agent'))}:/agent`, SUBPROTOCOL)
  ws.on('error', () => undefined)
  await once(ws, 'open')
  return ws
}

t.test('frames that are too large or too many do not delay other clients', async (t) => {
  await unchanged(t, async () => {
    const large = await openRawClient()
    large.send('x'.repeat(100_000_000), () => undefined)
    const [code] = (await once(large, 'close')) as [number]
    t.equal(code, 1009, 'a frame of 100 MB is refused at its header')
    const flood = await openRawClient()
    const frame = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'show.status', params: {} })
    for (let i = 0; i < 10_000; i++) flood.send(frame, () => undefined)
    t.match(
      await agent.status(),
      { state: 'in-sync' },
      'another client is answered during the flood',
    )
    flood.terminate()
    // A client that stays connected and reads nothing.
    const silent = await openRawClient()
    silent.pause()
    t.match(await agent.status(), { state: 'in-sync' })
    silent.terminate()
  })
})

t.test('FRR that does not run or is too old is reported, until it runs again', async (t) => {
  const links = snapshotLinks(scene.customer)
  for (const daemon of FRR_DAEMONS) await scene.frr.kill(daemon)
  const gone = await agent.push(exampleIntent(13))
  t.match(gone, [{ code: 'FRR_UNAVAILABLE', at: 'bgpd', message: /bgpd does not run/ }])
  const stop = await startOldBgpd(scene.frr.runDir, '8.1.0')
  const old = await agent.push(exampleIntent(13))
  await stop()
  t.match(
    old.find(({ code }) => code === 'FRR_UNSUPPORTED'),
    { at: 'bgpd', message: /bgpd is version 8\.1\.0; demarc needs FRR 8\.4/ },
    JSON.stringify(old),
  )
  t.strictSame(snapshotLinks(scene.customer), links, 'nothing changed')
  t.equal(scene.agent.process.exitCode, null, 'the agent runs')
  for (const daemon of FRR_DAEMONS) await scene.frr.restart(daemon)
  await established()
  await inSync()
})

/** An intent with so many neighbours that FRR needs seconds to apply it. */
function manyNeighbors(generation: number) {
  const example = exampleIntent(generation)
  const many = Array.from({ length: 200 }, (_, i) => ({
    neighborAddress: `10.1.0.${i + 2}`,
    peerAs: 50624,
    ipv4Unicast: { import: { prefixes: ['10.64.0.0/10 le 24'] } },
  }))
  const attachment = {
    name: 'many',
    connection: 'dl-par',
    vlanId: 400,
    l3: { addresses: ['10.1.0.1/24'] },
    bgp: many,
  }
  const accept = [{ rule: 'outscale/sessions', reason: 'many neighbours make FRR slow' }]
  const connections = example.connections.map((connection) => ({ ...connection, accept }))
  return { ...example, connections, attachments: [...example.attachments, attachment] }
}

/** Resolves while the second of two FRR steps is being applied. */
async function betweenSteps(): Promise<void> {
  const daemons = daemonConnections(scene.frr.runDir, millis(30_000))
  await waitFor(
    'the first prefix list of the change is configured',
    async () => (await daemons.ask('bgpd', ['show running-config']))[0]?.text ?? '',
    { until: (text) => text.includes('demarc-many'), within: 60, every: 20 },
  )
  daemons.close()
}

t.test('bgpd that is killed between two steps leaves the router as it was', async (t) => {
  await inSync()
  const before = await snapshot()
  const [end] = await Promise.all([
    agent.change(manyNeighbors(20)),
    betweenSteps().then(() => scene.frr.restart('bgpd')),
  ])
  t.match(
    end,
    { phase: /rolled-back|stuck/, faults: [{ code: 'FRR_UNAVAILABLE', at: 'bgpd' }] },
    `${end.phase}: ${end.faults?.[0]?.message ?? ''}`,
  )
  t.equal(scene.agent.process.exitCode, null, 'the agent runs')
  await waitFor('the router is as before', snapshot, {
    until: (now) => JSON.stringify(now) === JSON.stringify(before),
    within: 120,
    every: 1000,
  })
  await established()
  await waitFor('a later push is accepted', () => agent.push(exampleIntent(21)), {
    until: (faults) => faults.length === 0,
    within: 60,
    every: 1000,
  })
  await waitFor('it runs', async () => (await agent.status()).running?.generation, {
    until: (generation) => generation === 21,
    within: 60,
  })
  await inSync()
  t.match((await agent.status()).running, { generation: 21 })
})
