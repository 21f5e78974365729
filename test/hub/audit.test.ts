import { t } from 'tap'
import { AuditRecord } from '../../src/core/wire/audit.js'
import { waitFor } from '../support/process/wait.js'
import { call, dialHub, fakeRouter, hubBench, intent, ROUTER } from './bench.js'

const PATH = `/v1/routers/${ROUTER}`
type Numbered = AuditRecord & { readonly number: number }

t.test('who did what, from where, and how it ended is recorded and kept', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  await fakeRouter(at, { token })
  await at.api('PUT', `${PATH}/intent`, intent(7))
  await at.api('PUT', `${PATH}/intent`, intent(6))
  await at.api('POST', '/v1/routers', { id: ROUTER })
  await at.api('POST', `${PATH}/changes/known/confirm`)
  await at.api('POST', `${PATH}/token`, {})
  for (let n = 0; n < 50; n += 1) {
    await call(at.port(), 'guessed-token-0123456789', 'GET', { path: '/v1/routers' })
    await dialHub(at.port(), { token: 'guessed-token-0123456789' })
  }
  await at.api('DELETE', PATH)
  const read = async (query: string): Promise<Numbered[]> => {
    const { body } = await at.api('GET', `/v1/audit?${query}`)
    return body['records'] as Numbered[]
  }
  const records = await read('after=0&limit=1000')
  for (const record of records) t.ok(AuditRecord.safeParse(record).success)
  const from = /^127\.0\.0\.1:\d+$/
  const operator = { kind: 'token', name: 'operator-token' }
  t.match(records, [
    { action: 'POST /v1/routers', actor: operator, from, router: ROUTER, outcome: 'done' },
    { action: 'hello', actor: { kind: 'router', name: ROUTER }, from, outcome: 'done' },
    { action: 'PUT /v1/routers/{id}/intent', generation: 7, digest: /^[0-9a-f]{64}$/ },
    { action: 'intent.push', generation: 7, outcome: 'done' },
    { action: 'PUT /v1/routers/{id}/intent', outcome: 'refused', code: 'INTENT_STALE' },
    { action: 'POST /v1/routers', outcome: 'refused', code: 'ROUTER_EXISTS' },
    { action: /confirm$/, change: 'known', outcome: 'done' },
    { action: 'POST /v1/routers/{id}/token', router: ROUTER, outcome: 'done' },
    { action: 'GET of the API', from: '127.0.0.1', outcome: 'refused', code: 'UNAUTHORIZED' },
    { action: 'agent.connect', router: ROUTER, outcome: 'refused' },
    { action: 'DELETE /v1/routers/{id}', router: ROUTER, outcome: 'done' },
  ])
  t.equal(records.length, 11, 'a hundred guesses are two records until they are counted')
  t.notMatch(JSON.stringify(records), token)
  t.notMatch(JSON.stringify(records), 'guessed-token')
  t.notMatch(JSON.stringify(records), at.operator())
  await at.restart()
  const later = await read('after=11&limit=1000')
  t.match(later, [{ detail: /49 more times/ }, { detail: /49 more times/ }], 'and then they are')
  t.same(
    (await read('limit=2')).map(({ number }) => number),
    [12, 13],
    'the newest',
  )
  t.ok((await read(`after=0&router=${ROUTER}`)).every(({ router }) => router === ROUTER))
})

t.test('the oldest records go when there are more than are kept', async (t) => {
  const at = await hubBench({ limits: { eventsKept: 100, historyKept: 10, auditKept: 1000 } })
  t.teardown(at.close)
  await at.register()
  for (let round = 0; round < 60; round += 1) {
    const wrong = Array.from({ length: 20 }, async () =>
      at.api('POST', '/v1/routers', { id: ROUTER }),
    )
    await Promise.all(wrong)
  }
  const { body } = await at.api('GET', '/v1/audit?after=0&limit=1000')
  const [first] = body['records'] as Numbered[]
  t.ok(Number(first?.number) > 100, `the first is ${first?.number}`)
  await at.restart()
  await waitFor('up', async () => (await at.api('GET', '/healthz')).status, {
    until: (status) => status === 200,
    within: 5,
  })
})
