import { readFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import { queryWitnesses } from '../../src/agent/change/witnesses.js'
import { systemClock } from '../../src/edge/host/clock.js'
import { certificate, type Certificate } from '../support/process/certificate.js'
import { bench, intent, push } from '../support/agent/engine.js'
import { startRelay } from '../support/process/tcp-relay.js'
import { waitFor } from '../support/process/wait.js'
import { hubBench } from './bench.js'
import { memoryReports, startSide } from './side.js'

/** Faults of the hub's own, with what the agent says of them: the way to it is open. */
const OWN_FAULTS = {
  expired: /certificate has expired/,
  reset: /ECONNRESET/,
  unavailable: /answered 503 and not with a WebSocket/,
} as const

type Answerer = keyof typeof OWN_FAULTS | 'hub' | 'silent'

const within = { until: (yes: boolean) => yes, within: 10, every: 20 }

/** A real link to a real hub behind TLS, whose address can come to be answered by something else. */
async function linkedHub(t: Test) {
  const dir = t.testdir()
  const [good, old] = [certificate(dir, 'good'), certificate(dir, 'old', -1)]
  const at = await hubBench()
  t.teardown(at.close)
  const ports: Readonly<Record<Answerer, number>> = {
    hub: await listening(t, terminator(good, at.port)),
    expired: await listening(t, terminator(old, at.port)),
    reset: await listening(
      t,
      createServer((socket) => socket.resetAndDestroy()),
    ),
    unavailable: await listening(
      t,
      createHttpsServer(pemOf(good), (_, response) => response.writeHead(503).end()),
    ),
    silent: await listening(
      t,
      createServer((socket) => socket.on('error', () => undefined).resume()),
    ),
  }
  let answers: Answerer = 'hub'
  const relay = await startRelay(() => ports[answers])
  t.teardown(relay.close)
  const authorities = [good, old].map(({ cert }) => readFileSync(cert, 'utf8')).join('')
  const url = `wss://127.0.0.1:${relay.port}/agent`
  const side = startSide([url], await at.register(), memoryReports(), { ca: () => authorities })
  t.teardown(async () => {
    side.stop.abort()
    await side.link.stopped
  })
  await waitFor('up', side.up, within)
  return {
    side,
    become(what: Answerer): void {
      answers = what
      if (what === 'silent') relay.freeze()
      else relay.cut()
    },
  }
}

function pemOf({ cert, key }: Certificate) {
  return { cert: readFileSync(cert), key: readFileSync(key) }
}

function terminator(certified: Certificate, port: () => number): Server {
  return createTlsServer(pemOf(certified), (near) => {
    const far = connect(port(), '127.0.0.1')
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
  })
}

async function listening(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as { port: number }).port
}

/** How a change ends that takes the link to the hub away, and what answers at the hub's address meanwhile. */
async function verdict(
  t: Test,
  { before = 'hub', since = before }: { readonly before?: Answerer; readonly since?: Answerer },
) {
  const hub = await linkedHub(t)
  const { side } = hub
  let strikes = false
  const at = await bench(t, {
    clock: systemClock,
    grace: 1500,
    hubRoute: () => ({ address: '127.0.0.1', link: 'dl.100', protocol: 2 }),
    async witnesses(probes) {
      const reports = await queryWitnesses(
        null,
        { probes, hosts: [] },
        {
          neighbors: async () => [],
          lacp: async () => null,
          hub: side.link.liveness,
          askHub: side.link.requestPing,
          ping: async () => false,
          probed: () => [],
          announcers: async () => [],
          askHosts: async () => [],
          leadsTo: async () => true,
          now: systemClock.now,
        },
      )
      // What was received last before the first step is all of the old.
      if (strikes) hub.become(since)
      if (strikes) await sleep(100)
      strikes = false
      return reports.witnesses
    },
  })
  await ended(at, intent(1))
  if (before !== 'hub') hub.become(before)
  await waitFor('noticed', () => side.up() === (before === 'hub'), within)
  const says = before in OWN_FAULTS ? OWN_FAULTS[before as keyof typeof OWN_FAULTS] : /./
  if (before !== 'hub')
    await waitFor('said', () => says.test(`${side.link.liveness().lastError}`), within)
  strikes = since !== before
  await ended(at, intent(2, 200))
  return { ...at.seen.at(-1), lastError: side.link.liveness().lastError }
}

async function ended(at: Awaited<ReturnType<typeof bench>>, document: object): Promise<void> {
  at.phases.length = 0
  await at.engine.push(push(document))
  await waitFor('it has ended', () => at.phases.at(-1), {
    until: (phase) => phase === 'confirmed' || phase === 'rolled-back',
    within: 20,
    every: 20,
  })
}

for (const fault of ['expired', 'reset', 'unavailable'] as const) {
  t.test(`a hub that is ${fault} before a change or since it is no verdict on it`, async (t) => {
    t.match(await verdict(t, { before: fault }), {
      phase: 'confirmed',
      lastError: OWN_FAULTS[fault],
    })
    const late = await verdict(t, { since: fault })
    t.match(late, { phase: 'confirmed', lastError: OWN_FAULTS[fault] })
    const lost = await verdict(t, { before: fault, since: 'silent' })
    t.match(lost, { phase: 'rolled-back', faults: [{ code: 'CHANGE_UNHEALTHY', at: 'hub' }] })
  })
}

t.test('a hub that falls silent by a change undoes it', async (t) => {
  t.match(await verdict(t, { since: 'silent' }), {
    phase: 'rolled-back',
    faults: [{ code: 'CHANGE_UNHEALTHY', at: 'hub', message: /it cannot be reached/ }],
  })
})

t.test('a hub that was silent before a change is no verdict on it, however lately', async (t) => {
  t.match(await verdict(t, { before: 'silent' }), { phase: 'confirmed' })
})
