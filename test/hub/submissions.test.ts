import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { millis } from '../../src/core/base/time.js'
import { waitFor } from '../support/process/wait.js'
import { fakeRouter, hubBench, intent, ROUTER } from './bench.js'

const INTENT = `/v1/routers/${ROUTER}/intent`

const bgp = (neighborAddress: string) => [{ neighborAddress, peerAs: 64_500 }]

const attachment = (more: object) => ({
  connections: [{ name: 'c', ports: [{ name: 'eth0' }] }],
  attachments: [{ name: 'net-a', connection: 'c', vlanId: 100, ...more }],
})

/** Intents of the right shape whose parts contradict each other, or what every router refuses. */
const MEANINGLESS: Readonly<Record<string, object>> = {
  'a loopback address': attachment({ l3: { addresses: ['127.0.0.1/8'] } }),
  'the table that the kernel has for its own addresses': { vrfs: [{ name: 'v', table: 255 }] },
  "the router's own address as neighbour": {
    ...attachment({ l3: { addresses: ['10.0.0.2/30'] }, bgp: bgp('10.0.0.2') }),
    router: { id: ROUTER, role: 'customer', localAs: 64_501, routerId: '10.0.0.2' },
  },
  'a connection that is not there': {
    attachments: [{ name: 'a', connection: 'none', vlanId: 1, l3: { addresses: ['10.0.0.2/30'] } }],
  },
}

t.test(
  'an intent that no router could take is refused at once, and nothing is stored',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    await at.register()
    for (const [what, part] of Object.entries(MEANINGLESS)) {
      const { status, body } = await at.api('PUT', INTENT, { ...intent(7), ...part })
      t.equal(status, 422, `${what}: ${JSON.stringify(body)}`)
      t.match(body, { faults: [{ code: /^INTENT_/, next: 'fix-input' }] }, what)
      t.notOk('stored' in body, what)
    }
    const both = {
      ...intent(7),
      ...MEANINGLESS['a loopback address'],
      vrfs: [{ name: 'v', table: 255 }],
    }
    const { body } = await at.api('PUT', INTENT, both)
    t.ok((body['faults'] as unknown[]).length >= 2, 'all faults at once')
    t.match(await at.api('GET', INTENT), { status: 404 })
    t.match(await at.api('GET', `/v1/routers/${ROUTER}`), { body: { intent: null } })
    t.match(await at.api('PUT', INTENT, intent(7)), { status: 202 }, 'the generation is free')
  },
)

t.test('what only the router knows is left to it: its ports and its secrets', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  await at.register()
  const secret = { ...bgp('10.0.0.1')[0], authPassword: { secret: 'on-the-router' } }
  const wanted = {
    ...intent(1),
    ...attachment({ l3: { addresses: ['10.0.0.2/30'] }, bgp: [secret] }),
    router: { id: ROUTER, role: 'customer', localAs: 64_501, routerId: '10.0.0.2' },
  }
  t.match(await at.api('PUT', INTENT, wanted), { status: 202 })
})

const stateOf = async (at: Awaited<ReturnType<typeof hubBench>>) => {
  const { body } = await at.api('GET', `/v1/routers/${ROUTER}`)
  return (body['intent'] as { delivery: { state: string; faults: { code: string }[] } }).delivery
}

t.test('an intent that waited past its time is never handed over', async (t) => {
  let ahead = 0
  const wall = () => new Date(Date.now() + ahead)
  const at = await hubBench({ wall, times: { retry: millis(20) } })
  t.teardown(at.close)
  const token = await at.register()
  const validUntil = new Date(Date.now() + 60_000).toISOString().replace('Z', '+00:00')
  t.match(await at.api('PUT', INTENT, { intent: intent(1), validUntil }), {
    status: 202,
    body: { delivery: 'waiting' },
  })
  ahead = 61_000
  const expired = await waitFor('expired', async () => stateOf(at), {
    until: ({ state }) => state === 'expired',
    within: 10,
  })
  t.match(expired, { faults: [{ code: 'INTENT_EXPIRED', at: 'validUntil' }] })
  t.match(at.log.lines.join('\n'), /intent-expired/)
  const router = await fakeRouter(at, { token, capabilities: ['valid-until'] })
  await sleep(100)
  t.equal(router.pushed.length, 0)
  t.match(await at.api('PUT', INTENT, intent(1)), { status: 409, body: { delivery: 'expired' } })
  t.match(await at.api('PUT', INTENT, intent(2)), { status: 200 }, 'a newer one is taken')
})

t.test('a time that has passed is refused, and one that is no time as well', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  await at.register()
  for (const [validUntil, status, code] of [
    ['2020-01-01T00:00:00Z', 409, 'INTENT_EXPIRED'],
    ['2020-01-01', 422, 'INTENT_VALUE'],
    [1_900_000_000, 422, 'INTENT_VALUE'],
  ] as const) {
    const put = await at.api('PUT', INTENT, { intent: intent(1), validUntil })
    t.match(put, { status, body: { faults: [{ code, at: /validUntil$/ }] } })
  }
  t.match(await at.api('GET', INTENT), { status: 404 })
})

t.test('the time goes to an agent that knows it, and to no other', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const validUntil = '9000-01-01T00:00:00.000Z'
  const knowing = await fakeRouter(at, { token, capabilities: ['valid-until'] })
  await at.api('PUT', INTENT, { intent: intent(1), validUntil })
  t.match(knowing.pushed, [{ validUntil }])
  const older = await fakeRouter(at, { token })
  await at.api('PUT', INTENT, { intent: intent(2), validUntil })
  t.equal(older.pushed.length > 0, true)
  t.ok(older.pushed.every((push) => !('validUntil' in push)))
})
