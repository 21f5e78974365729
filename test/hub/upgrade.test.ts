import { chmodSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { t, type Test } from 'tap'
import { ok } from '../../src/core/base/result.js'
import { ChangeProgress } from '../../src/core/wire/messages.js'
import { EventRecord } from '../../src/core/wire/health-reading.js'
import { newRouter } from '../../src/hub/store/records.js'
import { readJournalRecord, readRouterRecord } from '../../src/hub/store/upgrade.js'
import { fakeRouter, good, hubBench, intent } from './bench.js'

const DATA = 'test/fixtures/hub-data-0.1.0'
const AT = '2026-11-29T17:31:39.500Z'

/** A copy of the data; Git keeps no file modes, and the hub refuses secrets that others can read. */
function oldData(t: Test): string {
  const dir = t.testdir()
  cpSync(DATA, dir, { recursive: true })
  for (const name of ['operator-token', 'vault.key']) chmodSync(join(dir, name), 0o600)
  return dir
}

t.test('a hub opens the data of 0.1.0 and answers in the present words', async (t) => {
  const at = await hubBench({ dir: oldData(t) })
  t.teardown(at.close)
  t.match(await at.api('GET', '/v1/routers/r1'), {
    status: 200,
    body: {
      running: { generation: 2 },
      lastGood: { generation: 2 },
      intent: { generation: 4, delivery: { state: 'rolled-back' } },
      change: { change: 'cancelled', phase: 'rolled-back', restored: true },
    },
  })
  for (const generation of [1, 2, 3, 4]) {
    const { body } = await at.api('GET', `/v1/routers/r1/intent?generation=${generation}`)
    t.match(body, { generation, intent: { generation, router: { id: 'r1' } } })
  }
  const history = await at.api('GET', '/v1/routers/r1/history?after=0&limit=1000')
  const changes = (history.body['changes'] as Record<string, unknown>[]).map(
    ({ number: _, ...change }) => ChangeProgress.parse(change),
  )
  t.equal(changes.length, 20)
  t.match(
    changes.filter(({ change }) => change === 'unhealthy'),
    [
      { phase: 'planned', plan: { steps: [{ description: /^create VLAN 103/ }] } },
      { phase: 'applying' },
      { phase: 'provisional' },
      { phase: 'rolling-back', faults: [{ code: 'CHANGE_UNHEALTHY' }] },
      { phase: 'rolled-back', phases: [{}, {}, {}, { phase: 'rolling-back' }, {}] },
      { phase: 'rolled-back', restored: true },
    ],
  )
  const { body } = await at.api('GET', '/v1/routers/r1/events?after=0')
  const events = (body['events'] as Record<string, unknown>[]).map(({ number: _, ...event }) =>
    EventRecord.parse(event),
  )
  t.equal(events.length, 2)
  t.match(await at.api('GET', '/v1/routers/r1/health'), {
    body: { sequence: 2, current: true, health: { router: { up: true } } },
  })
})

t.test('a hub goes on with the data of 0.1.0', async (t) => {
  const at = await hubBench({ dir: oldData(t) })
  t.teardown(at.close)
  t.equal((await at.api('PUT', '/v1/routers/r1/intent', intent(4, 'r1'))).status, 409)
  t.equal((await at.api('PUT', '/v1/routers/r1/intent', intent(5, 'r1'))).status, 202)
  await at.restart()
  t.match(await at.api('GET', '/v1/routers/r1'), { body: { intent: { generation: 5 } } })
  t.equal((await at.api('DELETE', '/v1/routers/r1')).status, 200)
  const router = await fakeRouter(at, { token: await at.register('r1'), router: 'r1' })
  t.equal(router.acknowledged, 0)
})

t.test('phases, fields and fault codes of 0.1.0 get their present names', (t) => {
  const stored = {
    ...newRouter('r1', null, AT),
    change: {
      change: 'a',
      generation: 1,
      digest: 'a'.repeat(64),
      phase: 'undoing',
      at: AT,
      passed: [{ phase: 'undoing', at: AT }],
      faults: [{ code: 'READ_BACK', at: 'eth0', message: 'is down' }],
    },
    intent: {
      generation: 1,
      digest: 'a'.repeat(64),
      storedAt: AT,
      options: {},
      delivery: {
        state: 'refused',
        at: AT,
        faults: [{ code: 'FOREIGN_CLASH', at: 'br-x', message: 'is in the way' }],
      },
    },
  }
  const record = good(readRouterRecord('r1', JSON.parse(JSON.stringify(stored))))
  t.match(record, {
    change: {
      phase: 'rolling-back',
      phases: [{ phase: 'rolling-back' }],
      faults: [{ code: 'READ_BACK_MISMATCH' }],
    },
    intent: { delivery: { faults: [{ code: 'NOT_OWNED' }] } },
  })
  t.strictSame(readRouterRecord('r1', record), ok(record), 'present names stay')
  const event = { number: 1, router: 'r1', type: 'event', at: AT, data: { code: 'READ_BACK' } }
  t.strictSame(readJournalRecord(event), event, 'an event keeps its code')
  t.end()
})
