import { once } from 'node:events'
import { t } from 'tap'
import { WebSocket } from 'ws'
import { SUBPROTOCOL } from '../../src/core/wire/rpc.js'
import { ROUTER_HEADER } from '../../src/edge/socket/client.js'
import { manualClock } from '../support/process/manual-clock.js'
import { waitFor } from '../support/process/wait.js'
import { dialHub, event, fakeRouter, good, helloOf, hubBench, progress, ROUTER } from './bench.js'

const AT = '2026-01-01T00:00:00.000Z'
const full = (sequence: number, health: Record<string, string | number | null>) =>
  ({ sequence, at: AT, kind: 'full', health }) as const
const difference = (sequence: number, health: Record<string, string | number | null>) =>
  ({ sequence, at: AT, kind: 'difference', health }) as const

t.test('health is a full report and the differences after it', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const router = await fakeRouter(at, { token: await at.register() })
  const path = `/v1/routers/${ROUTER}/health`
  t.match(await at.api('GET', path), { body: { sequence: 0, health: null, current: false } })
  t.same(good(await router.peer.call('report.health', full(1, { a: 1, b: 2 }))), {
    acknowledged: 1,
  })
  good(await router.peer.call('report.health', difference(2, { b: null, c: 3 })))
  t.match(await at.api('GET', path), { body: { sequence: 2, current: true, at: AT } })
  t.strictSame((await at.api('GET', path)).body['health'], { a: 1, c: 3 })
  await at.restart()
  t.strictSame((await at.api('GET', path)).body['health'], { a: 1, c: 3 })
})

t.test('many differences are merged into their base', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const { peer } = await fakeRouter(at, { token: await at.register() })
  good(await peer.call('report.health', full(1, { first: 0 })))
  for (let n = 2; n <= 150; n++) {
    t.match(await peer.call('report.health', difference(n, { [`k${n % 10}`]: n })), { ok: true })
  }
  const { body } = await at.api('GET', `/v1/routers/${ROUTER}/health`)
  t.equal(body['sequence'], 150)
  t.strictSame(
    body['health'],
    Object.fromEntries([
      ['first', 0],
      ...Array.from({ length: 10 }, (_, i) => [`k${(141 + i) % 10}`, 141 + i]),
    ]),
  )
})

t.test('a report that comes twice is answered twice and applied once', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const { peer } = await fakeRouter(at, { token: await at.register() })
  const report = { sequence: 1, events: [event('OPTIC_RX_LOW')] }
  for (let i = 0; i < 3; i++) {
    t.same(good(await peer.call('report.events', report)), { acknowledged: 1 })
  }
  t.same(good(await peer.call('report.events', { ...report, sequence: 3 })), { acknowledged: 3 })
  t.same(good(await peer.call('report.events', { ...report, sequence: 2 })), { acknowledged: 3 })
  const { body } = await at.api('GET', `/v1/routers/${ROUTER}/events`)
  t.equal((body['events'] as unknown[]).length, 2)
  t.match(await at.api('GET', `/v1/routers/${ROUTER}`), { body: { reportsMissed: 1, sequence: 3 } })
})

t.test('a difference without its base is not kept, and the answer says so', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const { peer } = await fakeRouter(at, { token: await at.register() })
  t.same(good(await peer.call('report.health', difference(5, { a: 1 }))), { acknowledged: 0 })
  t.same(good(await peer.call('report.health', full(6, { a: 1 }))), { acknowledged: 6 })
  t.same(good(await peer.call('report.health', difference(8, { a: 2 }))), { acknowledged: 6 })
  t.same(good(await peer.call('report.events', { sequence: 9, events: [event('X')] })), {
    acknowledged: 9,
  })
  t.same(good(await peer.call('report.health', difference(10, { a: 3 }))), { acknowledged: 9 })
  t.same(good(await peer.call('report.health', full(11, { a: 4 }))), { acknowledged: 11 })
  t.same(good(await peer.call('report.health', difference(12, { b: 5 }))), { acknowledged: 12 })
  const { body } = await at.api('GET', `/v1/routers/${ROUTER}/health`)
  t.strictSame(body['health'], { a: 4, b: 5 })
})

t.test('hello says what was kept, and only one connection of a router counts', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const first = await fakeRouter(at, { token })
  good(await first.peer.call('report.events', { sequence: 7, events: [event('X')] }))
  const second = await fakeRouter(at, { token })
  t.equal(second.acknowledged, 7)
  t.match(await first.peer.closed, { code: 4409 })
  t.match(await at.api('GET', `/v1/routers/${ROUTER}`), { body: { connected: true } })
  second.peer.hangUp(1000, 'done')
  await waitFor('gone', () => at.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => body['connected'] === false,
    within: 5,
  })
})

t.test('without hello nothing is taken', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const peer = good(await dialHub(at.port(), { token }))
  t.match(await peer.call('report.events', { sequence: 1, events: [event('X')] }), {
    faults: [{ code: 'PEER_PROTOCOL' }],
  })
  t.match(await peer.call('change.progress', progress('planned', 1)), { ok: false })
  t.match(await peer.call('hello', helloOf('lon-edge-9')), {
    faults: [{ code: 'UNAUTHORIZED', message: /hello is from lon-edge-9/ }],
  })
  t.match(await peer.call('hello', { ...helloOf(ROUTER), protocols: [2] }), {
    faults: [{ code: 'PEER_PROTOCOL' }],
  })
  t.match(await peer.call('hello', helloOf(ROUTER)), { ok: true })
})

t.test('wrong tokens, unknown routers and removed routers are turned away alike', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const other = await at.register('lon-edge-1')
  for (const [router, shown] of [
    [ROUTER, 'wrong-token-0123456789'],
    [ROUTER, other],
    ['nobody', token],
    ['../../etc', token],
    ['', ''],
  ] as const) {
    t.match(await dialHub(at.port(), { router, token: shown }), {
      ok: false,
      faults: [{ code: 'UNAUTHORIZED' }],
    })
  }
  t.notMatch(at.log.lines.join('\n'), 'wrong-token')
  const { peer } = await fakeRouter(at, { token })
  t.match(await at.api('DELETE', `/v1/routers/${ROUTER}`), { status: 200 })
  t.match(await peer.closed, { code: 4403 })
  t.match(await dialHub(at.port(), { token }), { faults: [{ code: 'UNAUTHORIZED' }] })
  t.match(await at.api('GET', `/v1/routers/${ROUTER}`), { status: 404 })
})

t.test('progress is kept once, however often it is reported', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const { peer } = await fakeRouter(at, { token })
  const steps = [progress('planned', 3, 1), progress('applying', 3, 2), progress('confirmed', 3, 3)]
  for (const step of [...steps, ...steps]) good(await peer.call('change.progress', step))
  const history = `/v1/routers/${ROUTER}/history`
  t.match(await at.api('GET', history), {
    body: { changes: [{ phase: 'planned' }, { phase: 'applying' }, { phase: 'confirmed' }] },
  })
  t.match(await at.api('GET', `/v1/routers/${ROUTER}`), {
    body: {
      running: { generation: 3 },
      lastGood: { generation: 3 },
      change: { phase: 'confirmed' },
    },
  })
  good(await peer.call('change.progress', progress('provisional', 4, 4)))
  t.match(await at.api('GET', `/v1/routers/${ROUTER}`), {
    body: { running: { generation: 4 }, lastGood: { generation: 3 } },
  })
  good(await peer.call('change.progress', progress('rolled-back', 4, 5)))
  await at.restart()
  t.match(await at.api('GET', `/v1/routers/${ROUTER}`), {
    body: { running: { generation: 3 }, change: { phase: 'rolled-back' }, connected: false },
  })
  const { body } = await at.api('GET', `${history}?after=0&limit=2`)
  t.equal((body['changes'] as unknown[]).length, 2)
  t.match(await at.api('GET', `${history}?after=${String(body['next'])}`), {
    body: { changes: [{ phase: 'confirmed' }, { phase: 'provisional' }, { phase: 'rolled-back' }] },
  })
})

t.test('old events go when there are too many, and the rest keep their numbers', async (t) => {
  const at = await hubBench({ limits: { eventsKept: 200, historyKept: 10, auditKept: 1000 } })
  t.teardown(at.close)
  const token = await at.register()
  const { peer } = await fakeRouter(at, { token })
  for (let sequence = 1; sequence <= 10; sequence++) {
    const events = Array.from({ length: 100 }, (_, i) => event(`E${sequence}-${i}`))
    good(await peer.call('report.events', { sequence, events, dropped: sequence === 4 ? 7 : 0 }))
  }
  const { body } = await at.api('GET', `/v1/routers/${ROUTER}/events?after=0&limit=1000`)
  const events = body['events'] as { number: number; code: string }[]
  t.ok(events.length >= 200 && events.length < 264, `${events.length} of 1000 are left`)
  t.equal(events.at(-1)?.code, 'E10-99')
  t.same(
    events.map(({ number }) => number),
    [...events.keys()].map((i) => (events[0]?.number ?? 0) + i),
  )
  t.match(await at.api('GET', `/v1/routers/${ROUTER}`), { body: { eventsDropped: 7 } })
})

/** An agent on whose connection nothing arrives for this long is given up, ms. */
const SILENCE = 90_000

t.test('a router that falls silent is noticed, and one that lives is left alone', async (t) => {
  const clock = { ...manualClock(), wall: () => new Date() }
  const at = await hubBench({ clock })
  t.teardown(at.close)
  const dial = async (id: string, autoPong: boolean) => {
    const headers = { authorization: `Bearer ${await at.register(id)}`, [ROUTER_HEADER]: id }
    const url = `ws://127.0.0.1:${at.port()}/agent`
    const ws = new WebSocket(url, SUBPROTOCOL, { headers, autoPong })
    await once(ws, 'open')
    ws.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hello', params: helloOf(id) }))
    await once(ws, 'message')
    return ws
  }
  const alive = await dial(ROUTER, true)
  for (let third = 0; third < 5; third++) {
    const pinged = once(alive, 'ping')
    await clock.advance(SILENCE / 3)
    await pinged
  }
  t.equal(alive.readyState, WebSocket.OPEN, 'its WebSocket answers pings')
  alive.close()
  const mute = await dial('mute', false)
  t.match(await at.api('GET', '/v1/routers/mute'), { body: { connected: true } })
  for (let third = 0; third < 3; third++) await clock.advance(SILENCE / 3)
  t.match(await once(mute, 'close'), [1006])
  await waitFor('it is gone', () => at.api('GET', '/v1/routers/mute'), {
    until: ({ body }) => !(body as { connected: boolean }).connected,
    within: 5,
  })
})
