import { statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { t } from 'tap'
import { fault } from '../../src/core/base/fault.js'
import { refused } from '../../src/core/base/result.js'
import { openLog } from '../../src/edge/host/log.js'
import { millis } from '../../src/core/base/time.js'
import { openStore } from '../../src/hub/store/open-store.js'
import { waitFor } from '../support/process/wait.js'
import { call, fakeRouter, good, hubBench, intent, progress, ROUTER } from './bench.js'

const ATTACHED = {
  connections: [{ name: 'c', ports: [{ name: 'eth0' }] }],
  attachments: [
    { name: 'net-a', connection: 'c', vlanId: 100, l3: { addresses: ['10.0.0.2/30'] } },
  ],
}
const INTENT = `/v1/routers/${ROUTER}/intent`

t.test('an intent for a router that is away is kept and handed over at its hello', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const put = await at.api(
    'PUT',
    `${INTENT}?confirmWithin=60&maxImpact=soft&change=first`,
    intent(7),
  )
  t.match(put, { status: 202, body: { stored: true, delivery: 'waiting', generation: 7 } })
  await at.restart()
  const router = await fakeRouter(at, { token })
  await waitFor('pushed', () => router.pushed.length, { until: (n) => n === 1, within: 5 })
  t.match(router.pushed[0], { intent: intent(7), confirmWithin: 60, maxImpact: 'soft' })
  t.match(router.pushed[0], { change: 'first' })
  await waitFor('accepted', () => at.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => JSON.stringify(body).includes('"accepted"'),
    within: 5,
  })
  t.match(await at.api('GET', INTENT), { body: { generation: 7, intent: intent(7) } })
})

t.test('a connected router gets it at once, and a router that runs it is left alone', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const router = await fakeRouter(at, { token })
  t.match(await at.api('PUT', INTENT, intent(1)), { status: 200, body: { delivery: 'accepted' } })
  t.equal(router.pushed.length, 1)
  const ref = { generation: 1, digest: 'b'.repeat(64) }
  const again = await fakeRouter(at, { token, running: ref, lastGood: ref })
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(again.pushed.length, 0)
})

t.test('a lower generation is refused, the same one again is fine', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  t.match(await at.api('PUT', INTENT, intent(5)), { status: 202 })
  t.match(await at.api('PUT', INTENT, intent(5)), { status: 202 })
  const stale = { status: 409, body: { faults: [{ code: 'INTENT_STALE', next: 'fix-input' }] } }
  t.match(await at.api('PUT', INTENT, intent(4)), stale)
  const other = { ...intent(5), router: { id: ROUTER, role: 'provider' } }
  t.match(await at.api('PUT', INTENT, other), stale, 'same number, another document')
  const ref = { generation: 9, digest: 'b'.repeat(64) }
  await fakeRouter(at, { token, running: ref, lastGood: ref })
  t.match(await at.api('PUT', INTENT, intent(8)), stale, 'what the router runs counts too')
  t.match(await at.api('PUT', INTENT, intent(10)), { status: 200 })
  t.match(await at.api('GET', `${INTENT}?generation=5`), { body: { intent: { generation: 5 } } })
  t.match(await at.api('GET', `${INTENT}?generation=6`), { status: 404 })
})

t.test(
  'probes and adoption go with the intent to its router, at once or when it comes',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    const token = await at.register()
    const ping = { kind: 'ping', address: '10.0.0.1', attachment: 'nowhere' }
    t.match(await at.api('PUT', INTENT, { intent: intent(1), probes: [ping] }), {
      status: 422,
      body: { faults: [{ code: 'INTENT_VALUE', at: 'probes[0].attachment' }] },
    })
    t.match(await at.api('PUT', INTENT, { intent: intent(1), probes: [{ kind: 'luck' }] }), {
      status: 422,
      body: { faults: [{ at: /^body\.probes/ }] },
    })
    const routed = { ...intent(2), ...ATTACHED }
    const probes = [{ ...ping, attachment: 'net-a', required: true }]
    t.match(await at.api('PUT', `${INTENT}?adopt=true`, { intent: routed, probes }), {
      status: 202,
    })
    const router = await fakeRouter(at, { token })
    await waitFor('offered', () => router.pushed.length, { until: (n) => n === 1, within: 5 })
    t.match(router.pushed[0], { intent: routed, probes, adopt: true })
    await at.api('PUT', `${INTENT}?dryRun=true`, { intent: { ...routed, generation: 3 }, probes })
    t.match(router.pushed[1], { dryRun: true, probes, adopt: false })
  },
)

t.test('what the router refuses is answered with its faults and kept', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  let busy = true
  const router = await fakeRouter(at, {
    token,
    onPush: () => refused(busy ? fault('CHANGE_BUSY', 'change g1') : fault('PORT_MISSING', 'eth9')),
  })
  t.match(await at.api('PUT', INTENT, intent(2)), {
    status: 202,
    body: { delivery: 'waiting', reasons: [{ code: 'CHANGE_BUSY' }] },
  })
  busy = false
  good(await router.peer.call('change.progress', progress('confirmed', 1)))
  await waitFor('offered again', () => router.pushed.length, { until: (n) => n === 2, within: 5 })
  t.match(await at.api('PUT', INTENT, intent(3)), {
    status: 422,
    body: { stored: true, delivery: 'refused', faults: [{ code: 'PORT_MISSING', at: 'eth9' }] },
  })
})

t.test('a generation that was rolled back is not offered again', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const router = await fakeRouter(at, { token })
  t.match(await at.api('PUT', INTENT, intent(2)), { status: 200 })
  good(await router.peer.call('change.progress', progress('rolled-back', 2)))
  const again = await fakeRouter(at, { token })
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(again.pushed.length, 0)
  t.match(await at.api('PUT', INTENT, intent(3)), { status: 200 })
  t.equal(again.pushed.length, 1)
})

t.test('a dry run asks the router and keeps nothing', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  t.match(await at.api('PUT', `${INTENT}?dryRun=true`, intent(3)), {
    status: 503,
    body: { faults: [{ code: 'AGENT_UNREACHABLE' }] },
  })
  await fakeRouter(at, { token })
  t.match(await at.api('PUT', `${INTENT}?dryRun=true`, intent(3)), {
    status: 200,
    body: { generation: 3, plan: { impact: 'none' } },
  })
  t.match(await at.api('GET', INTENT), { status: 404 })
})

t.test('every fault of an intent is answered at once, with its place', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  await at.register()
  const wrong = { ...intent(0), surprise: 1, attachments: [{ name: '!', vlanId: 4095 }] }
  const answer = await at.api('PUT', INTENT, wrong)
  t.equal(answer.status, 422)
  const places = (answer.body['faults'] as { at: string }[]).map((one) => one.at)
  for (const place of ['generation', 'surprise', 'attachments[0].vlanId', 'attachments[0].name']) {
    t.ok(places.includes(place), place)
  }
  t.match(await at.api('PUT', INTENT, '{"schema":'), {
    status: 400,
    body: { faults: [{ code: 'INTENT_SYNTAX' }] },
  })
  t.match(await at.api('PUT', INTENT, intent(1, 'lon-edge-1')), {
    body: { faults: [{ code: 'INTENT_WRONG_ROUTER', at: 'router.id' }] },
  })
  t.match(await at.api('PUT', `${INTENT}?confirmWithin=0&maxImpact=huge&wish=1`, intent(1)), {
    status: 422,
    body: {
      faults: [
        { at: 'query.confirmWithin' },
        { at: 'query.maxImpact' },
        { code: 'INTENT_UNKNOWN_KEY', at: 'query.wish' },
      ],
    },
  })
  t.match(await at.api('GET', INTENT), { status: 404 })
})

t.test('confirm and rollback reach the router', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const path = `/v1/routers/${ROUTER}/changes`
  t.match(await at.api('POST', `${path}/known/confirm`), { status: 503 })
  const router = await fakeRouter(at, { token })
  t.match(await at.api('POST', `${path}/known/confirm`), { status: 200 })
  t.match(await at.api('POST', `${path}/other/confirm`), {
    status: 409,
    body: { faults: [{ code: 'CHANGE_UNKNOWN' }] },
  })
  t.match(await at.api('POST', `${path}/known/cancel`), { status: 200 })
  t.match(await at.api('POST', `${path}/a%20b/cancel`), { status: 422 })
  t.same(router.ended.slice(0, 3), ['confirm known', 'confirm other', 'cancel known'])
})

t.test('only the operator gets in, and everything else is a clear no', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  t.equal(statSync(join(at.dir, 'operator-token')).mode & 0o777, 0o600)
  t.match(at.log.lines.join('\n'), /operator-key-made/)
  t.notMatch(at.log.lines.join('\n'), at.operator())
  t.match(await call(at.port(), 'guess', 'GET', { path: '/v1/routers' }), {
    status: 401,
    body: { faults: [{ code: 'UNAUTHORIZED' }] },
  })
  t.match(await call(at.port(), '', 'GET', { path: '/nothing' }), { status: 401 })
  t.match(await call(at.port(), '', 'GET', { path: '/healthz' }), { status: 200 })
  t.match(await at.api('GET', '/nothing'), { status: 404 })
  t.match(await at.api('DELETE', '/v1/routers'), { status: 405 })
  t.match(await at.api('GET', '/v1/routers/nobody'), {
    status: 404,
    body: { faults: [{ code: 'ROUTER_UNKNOWN', at: 'nobody' }] },
  })
  t.match(await at.api('GET', '/v1/routers/%ff%2f..%2f'), { status: 404 })
  t.match(await at.api('POST', '/v1/routers', { id: '../x' }), { status: 422 })
  t.match(await at.api('POST', '/v1/routers', 'no json'), { status: 400 })
  const token = await at.register()
  t.match(await at.api('POST', '/v1/routers', { id: ROUTER }), { status: 409 })
  const list = await at.api('GET', '/v1/routers')
  t.match(list.body, { routers: [{ id: ROUTER, connected: false }] })
  t.notMatch(JSON.stringify(list), token)
  t.notMatch(JSON.stringify(list), 'tokenSha256')
})

t.test('routers of the settings come and stay with the settings', async (t) => {
  const sha = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const toml = `[[routers]]\nid = "lon-edge-1"\ntoken_sha256 = "${sha}"\n`
  const at = await hubBench({ toml })
  t.teardown(at.close)
  t.match(await at.api('GET', '/v1/routers/lon-edge-1'), { status: 200 })
  t.match(await at.api('DELETE', '/v1/routers/lon-edge-1'), { status: 409 })
})

t.test('a body that is too long or too slow is cut off', async (t) => {
  const at = await hubBench({ times: { headers: millis(300), request: millis(600) } })
  t.teardown(at.close)
  await at.register()
  const head = `PUT ${INTENT} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${at.operator()}\r\n`
  const long = await rawHttp(at.port(), `${head}Content-Length: 100000000\r\n\r\n{`)
  t.match(long, /^HTTP\/1\.1 413 /)
  t.match(long, /PEER_LIMIT/)
  t.match(await rawHttp(at.port(), `${head}Content-Length: 100\r\n\r\n{"sche`), /^HTTP\/1\.1 408 /)
  t.match(await rawHttp(at.port(), 'GET /v1/routers HTTP/1.1\r\nHost: h'), /^HTTP\/1\.1 408 /)
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk(6_000_000)}${chunk(6_000_000)}`
  t.match(await rawHttp(at.port(), chunked), /^HTTP\/1\.1 413 /)
  t.match(await rawHttp(at.port(), 'garbage\r\n\r\n'), /^HTTP\/1\.1 400 /)
  t.match(await at.api('GET', '/v1/routers'), { status: 200 })
})

t.test('a directory that another hub uses, or that is none, is refused', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const options = { log: openLog({ level: 'error' }), acceptDamage: false, filesMax: 100 }
  await t.rejects(openStore(join(at.dir, 'store'), options), /in use by another demarc-hub/)
  const file = join(at.dir, 'operator-token')
  await t.rejects(openStore(join(file, 'store'), options), /cannot be a hub's store/)
})

function chunk(length: number): string {
  return `${length.toString(16)}\r\n${'x'.repeat(length)}\r\n`
}

async function rawHttp(port: number, text: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => (answer += data.toString()))
  socket.on('error', () => undefined)
  socket.write(text)
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

t.test(
  'an intent that breaks rules of its provider is refused with all of them, and not stored',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    await at.register()
    const broken = {
      ...intent(3),
      connections: [
        { name: 'c', provider: 'yandex', ports: [{ name: 'eth0', autoNegotiate: true }] },
      ],
      attachments: [
        { name: 'net-a', connection: 'c', vlanId: 4094, l3: { addresses: ['10.0.0.2/29'] } },
      ],
    }
    const put = await at.api('PUT', INTENT, broken)
    t.equal(put.status, 422)
    const text = JSON.stringify(put.body)
    for (const rule of ['vlan-range', 'subnet-length', 'sessions', 'auto-negotiation']) {
      t.ok(text.includes(`(yandex/${rule};`), rule)
    }
    t.match(await at.api('GET', INTENT), { status: 404 })
  },
)
