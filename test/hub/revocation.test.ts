import { t } from 'tap'
import { millis } from '../../src/core/base/time.js'
import { waitFor } from '../support/process/wait.js'
import {
  dialHub,
  fakeRouter,
  good,
  helloOf,
  hubBench,
  intent,
  ROUTER,
  type HubPeer,
} from './bench.js'

const PATH = `/v1/routers/${ROUTER}`
const within = { until: (n: number) => n > 0, within: 5, every: 20 }

/** The close code of a connection; it must end by itself. */
async function closeCode(peer: HubPeer): Promise<number> {
  const timeout = new Promise<{ code: number }>((resolve) =>
    setTimeout(() => resolve({ code: -1 }), 5000),
  )
  return (await Promise.race([peer.closed, timeout])).code
}

t.test('a connection ends with the token that opened it, whatever comes after', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const orders: Readonly<Record<string, (token: string) => Promise<unknown>>> = {
    'open, delete, hello': async () => at.api('DELETE', PATH),
    'open, delete, register anew, hello': async () => {
      await at.api('DELETE', PATH)
      return at.register()
    },
    'open, rotate, hello': async () => at.api('POST', `${PATH}/token`, {}),
    'open, rotate twice with an overlap, hello': async () => {
      await at.api('POST', `${PATH}/token`, { overlapSeconds: 60 })
      return at.api('POST', `${PATH}/token`, { overlapSeconds: 60 })
    },
  }
  for (const [order, act] of Object.entries(orders)) {
    const token = await at.register()
    const idle = good(await dialHub(at.port(), { token }))
    const eager = good(await dialHub(at.port(), { token }))
    const acted = act(token)
    // Says hello while the token is being revoked, and after it.
    const early = await eager.call('hello', helloOf(ROUTER))
    await acted
    t.equal(await closeCode(idle), 4403, `${order}: without hello`)
    t.equal(await closeCode(eager), 4403, `${order}: with hello`)
    const late = await eager.call('hello', helloOf(ROUTER))
    t.notOk(late.ok, `${order}: hello afterwards`)
    t.ok(!early.ok || early.value.acknowledged === 0)
    const dialled = await dialHub(at.port(), { token })
    t.match(dialled, { ok: false, faults: [{ code: 'UNAUTHORIZED' }] }, `${order}: dialled anew`)
    await at.api('DELETE', PATH)
  }
})

t.test('no password goes to a connection of an old token', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const stolen = await at.register()
  const thief = await fakeRouter(at, { token: stolen })
  await at.api('DELETE', PATH)
  const token = await at.register()
  const bgp = { intent: intent(1), secrets: {} }
  t.match(await at.api('PUT', `${PATH}/intent`, bgp), { status: 202 })
  const router = await fakeRouter(at, { token })
  await waitFor('pushed', () => router.pushed.length, within)
  t.same(thief.pushed, [])
  t.equal(await closeCode(thief.peer), 4403)
  t.notOk(router.peer.signal.aborted, 'the real router is not thrown out')
})

t.test('hello, rotate: the old connection ends and everything that is stored stays', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const old = await fakeRouter(at, { token: await at.register() })
  await at.api('PUT', `${PATH}/intent`, intent(3))
  const { status, body } = await at.api('POST', `${PATH}/token`, {})
  t.match({ status, body }, { status: 200, body: { id: ROUTER, previousUntil: null } })
  t.equal(await closeCode(old.peer), 4403)
  const next = await fakeRouter(at, { token: String(body['token']) })
  t.notOk(next.peer.signal.aborted)
  t.match(await at.api('GET', `${PATH}/intent`), { body: { generation: 3 } })
})

t.test('during the overlap both tokens work, until the new one has been used', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const first = await at.register()
  const old = await fakeRouter(at, { token: first })
  const { body } = await at.api('POST', `${PATH}/token`, { overlapSeconds: 3600 })
  t.ok(Date.parse(String(body['previousUntil'])) > Date.now())
  t.notOk(old.peer.signal.aborted, 'the connection stays')
  const again = await fakeRouter(at, { token: first })
  t.equal(await closeCode(old.peer), 4409)
  await at.restart()
  const third = await fakeRouter(at, { token: first })
  void again
  const next = await fakeRouter(at, { token: String(body['token']) })
  t.ok([4403, 4409].includes(await closeCode(third.peer)))
  t.notOk(next.peer.signal.aborted)
  const refusal = await dialHub(at.port(), { token: first })
  t.match(refusal, { faults: [{ code: 'UNAUTHORIZED' }] }, 'the old one is not accepted any more')
})

t.test('an overlap ends at its time, and with it the connection', async (t) => {
  let ahead = 0
  const wall = () => new Date(Date.now() + ahead)
  const at = await hubBench({ wall, times: { revoke: millis(20) } })
  t.teardown(at.close)
  const first = await at.register()
  const old = await fakeRouter(at, { token: first })
  await at.api('POST', `${PATH}/token`, { overlapSeconds: 1 })
  ahead = 1100
  t.match(await dialHub(at.port(), { token: first }), { faults: [{ code: 'UNAUTHORIZED' }] })
  const late = await old.peer.call('report.events', { sequence: 1, events: [] })
  t.notOk(late.ok, 'nothing is taken from it')
  t.equal(await closeCode(old.peer), 4403)
})
