import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { waitFor } from '../../support/process/wait.js'
import { buildScene, ROUTER } from '../topology/customer-edge.js'
import { recordProcesses } from '../topology/process-list.js'
import {
  BGP_PASSWORD,
  CLOUD_HOST,
  CUSTOMER_PORTS,
  exampleIntent,
  HUB_ADDRESS,
  LAN_HOST,
} from '../topology/interconnect.js'

/** The main job, end to end: a pushed intent becomes a working interconnect, and its health is reported to the hub. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const stopRecording = recordProcesses(join(out, 'processes.txt'))
const scene = await buildScene({ dir: out, frr: '8.4' })
t.teardown(async () => {
  stopRecording()
  await scene.remove()
})

const Routers = z.looseObject({ connected: z.boolean() })
const History = z.looseObject({ changes: z.array(z.looseObject({ phase: z.string() })) })
const Health = z.looseObject({
  health: z.looseObject({
    router: z.looseObject({ severity: z.string() }),
    ports: z.record(
      z.string(),
      z.looseObject({
        severity: z.string(),
        findings: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
    connections: z.record(z.string(), z.looseObject({ severity: z.string() })),
    neighbors: z.record(z.string(), z.looseObject({ sessionState: z.string() })),
  }),
})

async function health() {
  const { body } = await scene.hub.api('GET', `/v1/routers/${ROUTER}/health`)
  const parsed = Health.safeParse(body)
  return parsed.success ? parsed.data.health : undefined
}

function ping(): boolean {
  try {
    scene.customer.run('ping', '-c', '3', '-i', '0.2', '-W', '2', '-I', LAN_HOST, CLOUD_HOST)
    return true
  } catch {
    return false
  }
}

t.test('the agent connects to its hub over TLS', async () => {
  await waitFor('connected', () => scene.hub.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => Routers.safeParse(body).data?.connected === true,
    within: 30,
  })
})

t.test('a pushed intent is confirmed, and BIRD reports the session as established', async (t) => {
  const pushed = await scene.hub.api('PUT', `/v1/routers/${ROUTER}/intent`, exampleIntent(42))
  t.ok(pushed.status < 300, JSON.stringify(pushed))
  await waitFor('confirmed', () => scene.hub.api('GET', `/v1/routers/${ROUTER}/history`), {
    until: ({ body }) => History.parse(body).changes.some(({ phase }) => phase === 'confirmed'),
    within: 60,
  })
  await waitFor('BIRD established', () => scene.bird.session('10.0.0.2'), {
    until: (session) => session?.established === true,
    within: 90,
  })
  await waitFor('BIRD has the LAN', scene.bird.routes, {
    until: (routes) => routes.includes('192.168.0.0/16'),
    within: 60,
  })
  await waitFor('a host in the LAN reaches the cloud', ping, { until: (up) => up, within: 30 })
})

t.test('the plan is empty afterwards and the router is healthy', async (t) => {
  const status = await waitFor(
    'the router is healthy',
    () => scene.agent.demarc('status', '--json'),
    {
      until: (answer) => answer.status === 0,
      within: 60,
      every: 2000,
    },
  )
  t.match(JSON.parse(status.stdout), { state: 'in-sync', running: { generation: 42 } })
  t.equal((await health())?.neighbors['net-a/10.0.0.1']?.sessionState, 'ESTABLISHED')
})

t.test('a fibre without light is reported, and the other carries the traffic', async (t) => {
  const before = scene.bird.session('10.0.0.2')?.since
  scene.customer.run('vfiber', 'bend', CUSTOMER_PORTS[0], '25dB')
  // The port is reported from the kernel's notification, its bundle with the next look.
  const seen = await waitFor('the hub has the findings', health, {
    until: (report) =>
      report?.ports[CUSTOMER_PORTS[0]]?.severity === 'critical' &&
      report.connections['dl-par']?.severity !== 'ok',
    within: 60,
  })
  t.match(seen?.connections['dl-par'], { severity: /warning|critical/ })
  t.ok(ping(), 'the other fibre carries the traffic')
  t.equal(scene.bird.session('10.0.0.2')?.since, before, 'the session was not reset')
  scene.customer.run('vfiber', 'mend', CUSTOMER_PORTS[0])
  await waitFor('the router is healthy again', health, {
    until: (report) => report?.router.severity === 'ok',
    within: 90,
  })
})

t.test('ports leave and join their bond under a session, as min links allow', async (t) => {
  const before = scene.bird.session('10.0.0.2')?.since
  const bundle = (generation: number, minLinks: number, ports: number): string => {
    const intent = exampleIntent(generation)
    const connections = intent.connections.map((connection) => ({
      ...connection,
      ports: connection.ports.slice(0, ports),
      aggregation: { ...connection.aggregation, minLinks },
    }))
    const file = join(out, `bundle-${generation}.json`)
    writeFileSync(file, JSON.stringify({ ...intent, connections }))
    return file
  }
  for (const file of [bundle(43, 2, 2), bundle(44, 1, 1)]) {
    const { status, stderr } = scene.agent.demarc('apply', file, '--max-impact', 'soft')
    t.equal(status, 0, stderr)
  }
  t.equal(scene.bird.session('10.0.0.2')?.since, before, 'the session was not reset')
  const grown = scene.agent.demarc('apply', bundle(45, 2, 2), '--max-impact', 'soft')
  t.equal(grown.status, 65, 'the bond has too few members until the second has negotiated')
  t.match(grown.stderr, /IMPACT_TOO_HIGH {2}neighbor 10\.0\.0\.1: session-reset/)
  const gentle = scene.agent.demarc('apply', bundle(46, 1, 2), '--max-impact', 'soft')
  t.equal(gentle.status, 0, gentle.stderr)
  t.equal(scene.bird.session('10.0.0.2')?.since, before, 'a port that joins resets no session')
})

t.test('the plan predicts that a limit below the received prefixes ends the session', async (t) => {
  const file = (generation: number, limit: number): string => {
    const text = JSON.stringify(exampleIntent(generation))
      .replace('"10.64.0.0/10 le 24"', `"10.64.0.0/10 le 24", "${HUB_ADDRESS}/32"`)
      .replace('"limit":100', `"limit":${limit}`)
    const path = join(out, `limit-${generation}.json`)
    writeFileSync(path, text)
    return path
  }
  t.equal(scene.agent.demarc('apply', file(47, 2), '--max-impact', 'soft').status, 0)
  await waitFor('both prefixes are received', () => scene.agent.demarc('show', 'bgp'), {
    until: ({ stdout }) => stdout.includes('ipv4-unicast 2/1'),
    within: 60,
    every: 2000,
  })
  const lower = scene.agent.demarc('apply', file(48, 1), '--max-impact', 'soft')
  t.equal(lower.status, 65)
  t.match(
    lower.stderr,
    /neighbor 10\.0\.0\.1: traffic-loss \(ipv4-unicast: it has 2 prefixes, and the new limit is 1/,
  )
})

t.test('demarcd restarts without a flap, and the hub loses nothing when killed', async (t) => {
  const before = scene.bird.session('10.0.0.2')?.since
  await scene.agent.stop()
  await scene.hub.stop('SIGKILL')
  const hub = await scene.startHub()
  const agent = await scene.startAgent()
  t.teardown(async () => {
    await agent.stop()
    await hub.stop()
  })
  await waitFor('the agent is in sync again', () => agent.demarc('status', '--json'), {
    until: ({ stdout }) => stdout.includes('"in-sync"'),
    within: 60,
    every: 2000,
  })
  const { body } = await hub.api('GET', `/v1/routers/${ROUTER}/history`)
  t.ok(History.parse(body).changes.some(({ phase }) => phase === 'confirmed'))
  t.equal(scene.bird.session('10.0.0.2')?.since, before, 'the session was not reset')
})

t.test('the password is in no log, no output of the command and no process list', (t) => {
  const texts = ['agent/demarcd.log', 'agent/demarc-output.log', 'processes.txt'].map((name) =>
    readFileSync(join(out, name), 'utf8'),
  )
  t.match(texts[1], /"in-sync"/)
  t.match(texts[2], /demarcd\.js/)
  t.notMatch(texts.join('\n'), BGP_PASSWORD)
  t.end()
})
