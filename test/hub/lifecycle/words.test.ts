import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ok } from '../../../src/core/base/result.js'
import type { AGENT_METHODS } from '../../../src/core/wire/messages.js'
import type { Handlers } from '../../../src/edge/socket/method-table.js'
import { ANSWERED_KEPT, WAITING_MAX } from '../../../src/hub/lifecycle/words.js'
import { intent } from '../../support/agent/engine.js'
import { localAgent } from '../../support/agent/local-agent.js'
import {
  healthyAttachment,
  healthyConnection,
  healthyRouter,
} from '../../support/agent/router-state.js'
import { waitFor } from '../../support/process/wait.js'
import { call, dialHub, good, helloOf, hubBench, type HubBench } from '../bench.js'
import { end, startProcess } from '../hub-process.js'

const ROUTER = 'r1'
const PATH = `/v1/routers/${ROUTER}/lifecycle`
const KNOWS = { capabilities: ['lifecycle'] }
const offered = { kind: 'attachment', name: 'net-a', word: 'offered' } as const
const within = { until: (yes: boolean) => yes, within: 10, every: 20 }

type Methods = Handlers<typeof AGENT_METHODS>

/** Connects as the router and says hello. */
async function connectAs(port: number, token: string, handlers: Methods, hello: object = KNOWS) {
  const peer = good(await dialHub(port, { token, router: ROUTER, handlers: () => handlers }))
  good(await peer.call('hello', { ...helloOf(ROUTER), ...hello }))
  return peer
}

/** Handlers that note each word and take it. */
function listener() {
  const received: string[] = []
  const handlers: Methods = {
    'lifecycle.notify': ({ id, word, kind, name }) => {
      received.push(`${id} ${word}`)
      const at = '2026-03-01T10:00:00.000Z'
      return ok({ kind, name, lifecycle: 'confirming', since: at, reason: 'said' })
    },
    'intent.push': () => ok({ change: 'c', generation: 1, digest: 'a'.repeat(64) }),
  }
  return { received, handlers }
}

async function deliveries(at: Pick<HubBench, 'api'>): Promise<string[]> {
  const { body } = await at.api('GET', PATH)
  const words = body['words'] as { id: string; delivery: { state: string } }[]
  return words.map(({ id, delivery }) => `${id} ${delivery.state}`)
}

t.test('a word waits for its router over restarts of both, and moves its lifecycle', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register(ROUTER)
  const state = mkdtempSync(join(tmpdir(), 'lifecycle-'))
  t.teardown(() => rmSync(state, { recursive: true }))
  const waiting = await at.api('POST', PATH, { ...offered, id: 'w1', reason: 'ticket 12' })
  t.match(waiting, {
    status: 202,
    body: { id: 'w1', delivery: { state: 'waiting', faults: [{ code: 'AGENT_UNREACHABLE' }] } },
  })
  await at.restart()
  t.strictSame(await deliveries(at), ['w1 waiting'])
  const first = await agentOf(t, state)
  const peer = await connectAs(at.port(), token, first.methods)
  await waitFor('accepted', async () => (await deliveries(at))[0] === 'w1 accepted', within)
  t.strictSame(first.states(), ['dl requested', 'net-a confirming'])
  peer.hangUp(1000, 'restart')
  await at.restart()
  const second = await agentOf(t, state)
  t.strictSame(second.states(), ['dl requested', 'net-a confirming'], 'the agent kept it')
  const again = await connectAs(at.port(), token, second.methods, KNOWS)
  t.match(await at.api('POST', PATH, { ...offered, word: 'accepted' }), {
    status: 200,
    body: { word: 'accepted', delivery: { state: 'accepted' } },
  })
  t.strictSame(second.states(), ['dl requested', 'net-a pending'])
  await again.call('report.health', {
    ...{ sequence: 1, at: new Date().toISOString(), kind: 'full' },
    health: second.document(),
  })
  const { body } = await at.api('GET', PATH)
  t.match(body, {
    router: ROUTER,
    lifecycles: [
      { kind: 'connection', name: 'dl', lifecycle: 'available', since: String },
      { kind: 'attachment', name: 'net-a', lifecycle: 'available', since: String },
    ],
  })
  again.hangUp(1000, 'done')
})

/** An agent on fakes with the first intent in force, and what it keeps in this directory. */
async function agentOf(t: Test, state: string) {
  const agent = await localAgent(t, { state })
  const terms = { dryRun: false, adopt: false, probes: [], maxImpact: 'traffic-loss' }
  await agent.methods['intent.push']?.({ intent: intent(1), ...terms } as never)
  await agent.settle()
  const states = () => agent.lifecycles.shown().map((each) => `${each.name} ${each.state}`)
  const document = () => {
    const connections = [healthyConnection({ name: 'dl' })]
    agent.look(
      healthyRouter({ connections, attachments: [healthyAttachment({ connection: 'dl' })] }),
    )
    return agent.health.document() ?? {}
  }
  return { ...agent, states, document }
}

t.test('a word is refused for good, or said again, by what the router answers', async (t) => {
  const at = await hubBench({ times: { retry: 30 as never } })
  t.teardown(at.close)
  const token = await at.register(ROUTER)
  const agent = await localAgent(t)
  const peer = await connectAs(at.port(), token, agent.methods)
  t.match(await at.api('POST', PATH, { ...offered, id: 'w1' }), {
    status: 404,
    body: { faults: [{ code: 'SUBJECT_UNKNOWN', at: 'attachment/net-a', next: 'fix-input' }] },
  })
  t.strictSame(await deliveries(at), ['w1 refused'])
  const audit = await at.api('GET', '/v1/audit')
  const actions = (audit.body['records'] as { action: string; outcome: string }[]).map(
    ({ action, outcome }) => `${action} ${outcome}`,
  )
  t.ok(actions.includes('lifecycle.notify offered attachment/net-a refused'))
  t.ok(actions.includes(`POST /v1/routers/{id}/lifecycle refused`))
  peer.hangUp(1000, 'upgrade')
  const old = await connectAs(at.port(), token, {}, { capabilities: [] })
  t.match(await at.api('POST', PATH, { ...offered, id: 'w2' }), {
    status: 202,
    body: { delivery: { faults: [{ code: 'METHOD_UNKNOWN', message: /upgraded there/ }] } },
  })
  old.hangUp(1000, 'upgrade')
  const { received, handlers } = listener()
  await connectAs(at.port(), token, handlers)
  await waitFor('accepted', () => received.length > 0, within)
  t.strictSame(received, ['w2 offered'], 'an upgraded agent gets what waited')
})

t.test('the same id is the same word, and an intent that waits goes first', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register(ROUTER)
  const { received, handlers } = listener()
  await at.api('PUT', `/v1/routers/${ROUTER}/intent`, { ...intent(1), attachments: [] })
  for (let i = 0; i < 3; i++) {
    t.match(await at.api('POST', PATH, { ...offered, id: 'w1' }), { status: 202 })
  }
  t.match(await at.api('POST', PATH, { ...offered, id: 'w1', word: 'accepted' }), {
    status: 409,
    body: { faults: [{ code: 'LIFECYCLE_STATE', at: 'body.id' }] },
  })
  const order: string[] = []
  await connectAs(at.port(), token, {
    'intent.push': (push) => {
      order.push('intent')
      return handlers['intent.push']?.(push) ?? ok({ change: 'c', generation: 1, digest: '' })
    },
    'lifecycle.notify': (said) => {
      order.push('word')
      return handlers['lifecycle.notify']?.(said) ?? ok({} as never)
    },
  })
  await waitFor('accepted', () => received.length > 0, within)
  t.strictSame([order, received], [['intent', 'word'], ['w1 offered']])
  t.match(await at.api('POST', PATH, { ...offered, id: 'w1' }), { status: 200 })
  t.equal(received.length, 1, 'what was accepted is not said again')
})

t.test('hostile input is refused whole, and what waits is bounded', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register(ROUTER)
  for (const [body, status] of [
    [{ ...offered, reason: 'x'.repeat(257) }, 422],
    [{ ...offered, word: 'destroyed' }, 422],
    [{ ...offered, kind: 'router' }, 422],
    [{ ...offered, name: 'x'.repeat(129) }, 422],
    [{ ...offered, colour: 'red' }, 422],
    [{ ...offered, id: '../../x' }, 422],
    ['{"kind":"attachment","kind":"connection"}', 400],
    ['x'.repeat(20_000), 413],
  ] as const) {
    t.equal((await at.api('POST', PATH, body)).status, status, JSON.stringify(body).slice(0, 80))
  }
  t.strictSame(await deliveries(at), [])
  t.equal((await at.api('POST', '/v1/routers/nobody/lifecycle', offered)).status, 404)
  for (let i = 0; i < WAITING_MAX; i++) {
    await at.api('POST', PATH, { ...offered, id: `w${i}`, name: '__proto__' })
  }
  t.match(await at.api('POST', PATH, offered), {
    status: 503,
    body: { faults: [{ code: 'PEER_LIMIT' }] },
  })
  const { received, handlers } = listener()
  await connectAs(at.port(), token, handlers)
  await waitFor('accepted', () => received.length === WAITING_MAX, within)
  await waitFor('kept', async () => (await deliveries(at)).every((x) => /accepted/.test(x)), within)
  t.match(await at.api('POST', PATH, { ...offered, id: 'last' }), { status: 200 })
  const left = await deliveries(at)
  t.strictSame([left.length, left[0], left.at(-1)], [ANSWERED_KEPT, 'w1 accepted', 'last accepted'])
  t.equal((await at.api('DELETE', `/v1/routers/${ROUTER}`)).status, 200)
  await at.register(ROUTER)
  t.strictSame(await deliveries(at), [], 'a router of the same name begins without them')
})

t.test('a hub that is killed says each word again, under the same id', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-hub-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const hub = await startProcess(dir)
  const operator = readFileSync(join(dir, 'operator-token'), 'utf8').trim()
  const made = await call(hub.port, operator, 'POST', { path: '/v1/routers', body: { id: ROUTER } })
  const token = String(made.body['token'])
  const killed: string[] = []
  await connectAs(hub.port, token, {
    // The agent has the word, and the hub ends before it receives the answer.
    'lifecycle.notify': ({ id }) => {
      killed.push(String(id))
      hub.child.kill('SIGKILL')
      return new Promise(() => undefined)
    },
  })
  const posted = call(hub.port, operator, 'POST', { path: PATH, body: { ...offered, id: 'w1' } })
  await t.rejects(posted)
  const next = await startProcess(dir)
  t.teardown(() => end(next.child, 'SIGKILL'))
  const { received, handlers } = listener()
  await connectAs(next.port, token, handlers)
  await waitFor('accepted', () => received.length > 0, within)
  t.strictSame([killed, received], [['w1'], ['w1 offered']])
})
