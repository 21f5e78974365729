import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { waitFor } from '../../support/wait.js'
import { buildScene, ROUTER } from '../topology/customer-edge.js'
import { watchProcesses } from '../topology/process-list.js'
import {
  BGP_PASSWORD,
  CLOUD_HOST,
  CUSTOMER_PORTS,
  exampleIntent,
  LAN_HOST,
} from '../topology/interconnect.js'

/** The main job, end to end: a pushed intent becomes a working interconnect, and health comes back. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const stopWatching = watchProcesses(join(out, 'processes.txt'))
const scene = await buildScene({ dir: out, frr: '8.4' })
t.teardown(async () => {
  stopWatching()
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

t.test('the agent says hello to its hub over TLS', async () => {
  await waitFor('connected', () => scene.hub.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => Routers.safeParse(body).data?.connected === true,
    within: 30,
  })
})

t.test('a pushed intent is confirmed, and BIRD says the session is up', async (t) => {
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

t.test('the plan is empty afterwards and the router is well', async (t) => {
  const status = await waitFor('well', () => scene.agent.demarc('status', '--json'), {
    until: (answer) => answer.status === 0,
    within: 60,
    every: 2000,
  })
  t.match(JSON.parse(status.stdout), { state: 'settled', running: { generation: 42 } })
  t.equal((await health())?.neighbors['net-a/10.0.0.1']?.sessionState, 'ESTABLISHED')
})

t.test(
  'a fibre that loses its light is reported, and traffic goes on over the other',
  async (t) => {
    const before = scene.bird.session('10.0.0.2')?.since
    scene.customer.run('vfiber', 'bend', CUSTOMER_PORTS[0], '25dB')
    const seen = await waitFor('the hub knows', health, {
      until: (one) => one?.ports[CUSTOMER_PORTS[0]]?.severity === 'critical',
      within: 60,
    })
    t.not(seen?.connections['dl-par']?.severity, 'ok')
    t.ok(ping(), 'the other fibre carries the traffic')
    t.equal(scene.bird.session('10.0.0.2')?.since, before, 'the session never noticed')
    scene.customer.run('vfiber', 'mend', CUSTOMER_PORTS[0])
    await waitFor('all is well again', health, {
      until: (one) => one?.router.severity === 'ok',
      within: 90,
    })
  },
)

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
  await waitFor('settled again', () => agent.demarc('status', '--json'), {
    until: ({ stdout }) => stdout.includes('"settled"'),
    within: 60,
    every: 2000,
  })
  const { body } = await hub.api('GET', `/v1/routers/${ROUTER}/history`)
  t.ok(History.parse(body).changes.some(({ phase }) => phase === 'confirmed'))
  t.equal(scene.bird.session('10.0.0.2')?.since, before, 'the session never noticed')
})

t.test('the password is in no log, no answer of the command and no process list', (t) => {
  const seen = ['agent/demarcd.log', 'agent/demarc-output.log', 'processes.txt'].map((name) =>
    readFileSync(join(out, name), 'utf8'),
  )
  t.match(seen[1], /"settled"/)
  t.match(seen[2], /demarcd\.js/)
  t.notMatch(seen.join('\n'), BGP_PASSWORD)
  t.end()
})
