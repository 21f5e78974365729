import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { t, type Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { waitFor } from '../support/process/wait.js'
import { event, helloOf, hubBench, intent, progress, ROUTER } from './bench.js'
import { memoryReports, startSide } from './side.js'

const within = { until: (yes: boolean) => yes, within: 10, every: 20 }
const HISTORY = `/v1/routers/${ROUTER}/history`

type Json = { readonly [key: string]: unknown }

/** Members that no version of demarc has so far. */
const LATER = { later: { deep: [1] }, constructor: 'x' }

/** A hub that answers each method as the test says; a method without an answer gets none. */
async function fakeHub(
  t: Test,
  answers: Readonly<Record<string, (params: Json) => object>>,
): Promise<{ readonly url: string; readonly calls: string[] }> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'demarc.v1',
  })
  await once(server, 'listening')
  const calls: string[] = []
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { id, method, params } = JSON.parse(data.toString()) as {
        readonly id: number
        readonly method: string
        readonly params?: Json
      }
      calls.push(method)
      const answer = Object.hasOwn(answers, method) ? answers[method]?.(params ?? {}) : undefined
      if (answer !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
    })
  })
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/agent`, calls }
}

const WELCOME = { hub: 'other', hubVersion: '9.0', protocol: 1, acknowledged: 0 }
const welcome = () => ({ result: { ...WELCOME, ...LATER }, ...LATER })

/** A refusal with a code that no version of demarc has so far. */
const refusal = {
  error: {
    code: -32000,
    message: 'not today',
    data: { faults: [{ code: 'LATER_CODE', at: 'hub', message: 'not today', ...LATER }], ...LATER },
    ...LATER,
  },
}

t.test('a hub of a later version says more, and the agent takes what it knows', async (t) => {
  const hub = await fakeHub(t, {
    hello: welcome,
    ping: () => ({ result: { at: '2026-11-29t12:00:00.123456789+00:00', ...LATER } }),
    'report.events': ({ sequence }) => ({ result: { acknowledged: sequence, ...LATER } }),
    'change.progress': () => ({ result: LATER }),
  })
  const reports = memoryReports()
  reports.add('A')
  const side = startSide([hub.url], 'token', reports)
  t.teardown(() => side.stop.abort())
  await waitFor('up', side.up, within)
  await waitFor('delivered', () => reports.waiting() === 0, within)
  side.link.progress(progress('planned', 1))
  await waitFor('pinged', () => hub.calls.filter((method) => method === 'ping').length > 4, within)
  t.ok(side.up(), 'every ping counts as answered')
  t.strictSame(side.troubles, [])
})

t.test('a hub that chooses a protocol which was not offered is refused', async (t) => {
  const hub = await fakeHub(t, { hello: () => ({ result: { ...WELCOME, protocol: 2 } }) })
  const side = startSide([hub.url], 'token', memoryReports())
  t.teardown(() => side.stop.abort())
  await waitFor('tried again', () => side.troubles.length > 2, within)
  t.notOk(side.states.some(({ connected }) => connected))
  const sentence =
    /^PEER_PROTOCOL .*the hub \(version "9\.0"\) answers with protocol 2, and this agent offers only 1: upgrade the older of the two/
  t.match(side.troubles[0], sentence)
  t.match(side.link.liveness().lastError, /answers with protocol 2/)
})

t.test('a refusal with an unknown code is shown, and the usual waits follow', async (t) => {
  const hub = await fakeHub(t, { hello: () => refusal })
  const side = startSide([hub.url], 'token', memoryReports())
  t.teardown(() => side.stop.abort())
  await waitFor('tried again', () => side.troubles.length > 2, { ...within, within: 5 })
  t.match(side.troubles[0], /^LATER_CODE hub: not today/)
  const picky = await fakeHub(t, { hello: welcome, 'report.events': () => refusal })
  const reports = memoryReports()
  reports.add('A')
  const other = startSide([picky.url], 'token', reports)
  t.teardown(() => other.stop.abort())
  const repeats = () => picky.calls.filter((method) => method === 'report.events').length > 2
  await waitFor('sent again on later connections', repeats, { ...within, within: 5 })
  t.equal(reports.waiting(), 1, 'the report is not lost')
})

/** An agent's end as raw messages. */
async function rawAgent(t: Test, port: number, token: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/agent`, 'demarc.v1', {
    headers: { authorization: `Bearer ${token}`, 'demarc-router': ROUTER },
  })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  const answers = new Map<number, Json>()
  const requests: Json[] = []
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Json
    if ('method' in frame) requests.push(frame)
    else answers.set(Number(frame['id']), frame)
  })
  let last = 0
  return {
    requests,
    send: (frame: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', ...LATER, ...frame })),
    async call(method: string, params: object): Promise<Json> {
      const id = (last += 1)
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params, ...LATER }))
      await waitFor(method, () => answers.has(id), within)
      return answers.get(id) ?? {}
    },
  }
}

const hello = () => {
  const plain = helloOf(ROUTER)
  return { ...plain, ...LATER, platform: { ...plain.platform, ...LATER } }
}

t.test('an agent of a later version says more, and the hub keeps its words', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const agent = await rawAgent(t, at.port(), await at.register())
  t.match(await agent.call('hello', hello()), { result: { protocol: 1 } })
  const later = { ...event('LATER_EVENT'), kind: 'tunnel', severity: 'fatal', ...LATER }
  const events = [{ ...later, at: '2026-01-01t01:00:00+01:00' }]
  const report = await agent.call('report.events', { sequence: 1, events, ...LATER })
  t.match(report, { result: { acknowledged: 1 } })
  t.match(await at.api('GET', `/v1/routers/${ROUTER}/events`), {
    body: { events: [{ kind: 'tunnel', severity: 'fatal', at: '2026-01-01T00:00:00.000Z' }] },
  })
  const health = { ports: { p1: { severity: 'fatal', ...LATER } }, tunnels: { t0: {} } }
  const full = { sequence: 2, at: '2026-01-01T00:00:00Z', kind: 'full', health }
  t.match(await agent.call('report.health', full), { result: { acknowledged: 2 } })
  t.match(await at.api('GET', `/v1/routers/${ROUTER}/health`), { body: { health } })
})

t.test('a phase and a fault code of a later version are stored and shown', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const agent = await rawAgent(t, at.port(), await at.register())
  await agent.call('hello', hello())
  const reached = {
    ...progress('applying', 1),
    phase: 'soaking',
    faults: [{ code: 'LATER_CODE', at: 'x', message: 'y', ...LATER }],
    ...LATER,
  }
  t.match(await agent.call('change.progress', reached), { result: {} })
  t.match(await at.api('GET', HISTORY), {
    body: { changes: [{ phase: 'soaking', faults: [{ code: 'LATER_CODE' }] }] },
  })
  const put = at.api('PUT', `/v1/routers/${ROUTER}/intent`, intent(3))
  await waitFor('pushed', () => agent.requests.length === 1, within)
  agent.send({ id: agent.requests[0]?.['id'], ...refusal })
  t.match(await put, {
    status: 202,
    body: { delivery: 'waiting', reasons: [{ code: 'LATER_CODE' }] },
  })
})

t.test('an agent without a common protocol is refused, and both lists are named', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const agent = await rawAgent(t, at.port(), await at.register())
  t.match(await agent.call('hello', { ...hello(), protocols: [7, 9], agentVersion: '2.0.0' }), {
    error: {
      data: {
        faults: [
          {
            code: 'PEER_PROTOCOL',
            message:
              /^this hub \(demarc-hub \S+\) speaks protocol 1, the agent \(demarcd 2\.0\.0\) speaks 7, 9: upgrade the older of the two$/,
          },
        ],
      },
    },
  })
  t.match(await agent.call('hello', { ...hello(), protocols: [9, 1] }), { result: { protocol: 1 } })
})

/** Progress of a change as an agent of 0.1.0 reports it. */
const FIRST_MESSAGES = 'test/fixtures/hub-0.1.0/change-progress.json'

t.test('an agent of 0.1.0 is understood: the history has the present words', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const agent = await rawAgent(t, at.port(), await at.register())
  await agent.call('hello', helloOf(ROUTER))
  const messages = JSON.parse(readFileSync(FIRST_MESSAGES, 'utf8')) as readonly object[]
  for (const message of messages) {
    t.match(await agent.call('change.progress', message), { result: {} })
  }
  t.match(await at.api('GET', HISTORY), {
    body: {
      changes: [
        { plan: { steps: [{ description: 'create VLAN 100' }] } },
        { phases: [{ phase: 'rolling-back' }], faults: [{ code: 'CHANGE_UNHEALTHY' }] },
      ],
    },
  })
})
