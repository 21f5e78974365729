import { join } from 'node:path'
import { t, type Test } from 'tap'
import { LIMITS } from '../../src/core/wire/limits.js'
import { applyHealth, resumedAt } from '../../src/hub/routers/reports.js'
import { readHealth } from '../../src/hub/routers/stored-health.js'
import { openLog } from '../../src/edge/host/log.js'
import { openJournal, type JournalWatch } from '../../src/hub/store/journal.js'
import { KEYS } from '../../src/hub/store/keys.js'
import { newRouter } from '../../src/hub/store/records.js'
import { openStore } from '../../src/hub/store/open-store.js'
import type { Range, Store } from '../../src/hub/store/store.js'
import { fakeRouter, good, hubBench, ROUTER } from './bench.js'

const AT = '2026-01-01T00:00:00.000Z'
const KEPT = { event: 100, change: 100, health: 100, intent: 100, router: 100 }

const record = (router: string) => ({ router, type: 'event', at: AT, data: { code: 'X' } }) as const

async function newStore(t: Test): Promise<Store> {
  return storeIn(t.testdir())
}

/** The store of a data directory on which no hub runs. */
async function storeIn(dir: string): Promise<Store> {
  const log = openLog({ level: 'error' })
  const options = { log, acceptDamage: false, filesMax: 100 }
  return (await openStore(join(dir, 'store'), options)).store
}

/** Nothing may be wrong with the store. */
function watch(t: Test): JournalWatch {
  return {
    onFailure: (error) => t.fail(error.message),
    onTrouble: (trouble) => t.fail(trouble?.message ?? 'room again'),
    onUnreadable: (key) => t.fail(key),
  }
}

/** The store, with the ranges of keys that were read. */
function watched(store: Store): Store & { readonly ranges: Range[] } {
  const ranges: Range[] = []
  return {
    ...store,
    ranges,
    keys: async (range) => {
      ranges.push(range)
      return store.keys(range)
    },
  }
}

t.test('after a start no record is counted again', async (t) => {
  const store = watched(await newStore(t))
  t.teardown(store.close)
  const first = await openJournal(store, KEPT, watch(t))
  for (let n = 0; n < 50; n++) await first.commit({ writes: [], records: [record('r1')] })
  store.ranges.length = 0
  const second = await openJournal(store, KEPT, watch(t))
  await second.commit({ writes: [], records: [record('r1')] })
  t.strictSame(
    store.ranges.filter(({ limit }) => limit === undefined),
    [],
    'only single keys are read',
  )
  for (let n = 0; n < 200; n++) await second.commit({ writes: [], records: [record('r1')] })
  const left = await store.keys({ under: KEYS.index('r1', 'event') })
  t.ok(left.length >= 100 && left.length < 164, `${left.length} records are kept`)
})

t.test('a count that does not know the newest record is not believed', async (t) => {
  const store = await newStore(t)
  t.teardown(store.close)
  const first = await openJournal(store, KEPT, watch(t))
  for (let n = 0; n < 90; n++) await first.commit({ writes: [], records: [record('r1')] })
  // As a hub of an earlier version does: records without a count.
  const count = await store.get(KEYS.count('r1', 'event'))
  for (let n = 0; n < 60; n++) await first.commit({ writes: [], records: [record('r1')] })
  await store.write([{ put: KEYS.count('r1', 'event'), value: count as object }])
  const second = await openJournal(store, KEPT, watch(t))
  for (let n = 0; n < 20; n++) await second.commit({ writes: [], records: [record('r1')] })
  const left = await store.keys({ under: KEYS.index('r1', 'event') })
  t.ok(left.length < 164, `${left.length} records are kept`)
})

t.test('a value that is no JSON is refused alone', async (t) => {
  const store = await newStore(t)
  t.teardown(store.close)
  const journal = await openJournal(store, KEPT, watch(t))
  const circle: Record<string, unknown> = {}
  circle['circle'] = circle
  const all = await Promise.allSettled([
    journal.commit({ writes: [{ put: 'a', value: {} }], records: [] }),
    journal.commit({ writes: [{ put: 'b', value: {} }], records: [] }),
    journal.commit({ writes: [{ put: 'bad', value: circle }], records: [] }),
    journal.commit({ writes: [{ put: 'c', value: {} }], records: [] }),
  ])
  t.strictSame(
    all.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  )
  t.strictSame(await store.get('c'), {})
  await journal.commit({ writes: [{ put: 'd', value: {} }], records: [] })
})

t.test('the health of one router has a quota of the store', async (t) => {
  const store = await newStore(t)
  t.teardown(store.close)
  let router = newRouter('r1', null, AT)
  let refusedAt = 0
  let streamed = 0
  for (let sequence = 1; sequence <= 40; sequence++) {
    const health = { [`section-${sequence}`]: { text: 'x'.repeat(900_000) } }
    const kind = sequence === 1 || refusedAt === sequence - 1 ? 'full' : 'difference'
    const report = { sequence, at: AT, kind, health } as const
    const {
      router: after,
      writes = [],
      records = [],
      answer,
    } = await applyHealth(store, router, report, AT)
    router = after
    if (!answer.ok) {
      t.match(answer.faults, [{ code: 'INTENT_VALUE', at: 'health' }])
      refusedAt = sequence
    }
    await store.write(writes)
    streamed += JSON.stringify(records).length
    const stored = JSON.stringify(await store.range({ under: 'health/r1/' })).length
    if (stored > LIMITS.health + 4_000_000) t.fail(`${stored} octets are stored`)
  }
  t.ok(refusedAt > 0, 'above the quota a report is refused')
  t.ok(streamed < 100_000, `${streamed} octets in the stream`)
})

t.test('health that cannot be read is named, and replaced by the next full report', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  await at.hub().close()
  const store = await storeIn(at.dir)
  await store.write([{ put: KEYS.healthBase(ROUTER), value: { sequence: 'x' } }])
  t.match(await readHealth(store, ROUTER), { faults: [{ code: 'STATE_DAMAGED' }] })
  await store.close()
  await at.reopen()
  t.match(await at.api('GET', `/v1/routers/${ROUTER}/health`), {
    status: 422,
    body: { faults: [{ code: 'STATE_DAMAGED' }] },
  })
  const { peer } = await fakeRouter(at, { token })
  good(await peer.call('report.health', { sequence: 1, at: AT, kind: 'full', health: {} }))
  t.match(await at.api('GET', `/v1/routers/${ROUTER}/health`), { status: 200 })
})

t.test('a router whose record cannot be read keeps its token, and the hub starts', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  await at.register('other')
  for (const damage of [
    { eventsDropped: 2 ** 54 },
    { reportsMissed: -0.5 },
    { lastSeen: '+010126-01-01T00:00:00.000Z' },
    { change: { phase: 'no-such-phase' }, sequence: null },
  ]) {
    await at.hub().close()
    const store = await storeIn(at.dir)
    const before = (await store.get(KEYS.router(ROUTER))) as object
    await store.write([{ put: KEYS.router(ROUTER), value: { ...before, ...damage } }])
    await store.close()
    await at.reopen()
    const { peer } = await fakeRouter(at, { token })
    t.match(await at.api('GET', `/v1/routers/${ROUTER}`), { body: { connected: true } })
    const named = at.log.lines.filter((line) => line.includes('router-unreadable'))
    t.match(named.at(-1), new RegExp(Object.keys(damage)[0] ?? ''), 'the log names what is lost')
    peer.hangUp(1000, 'done')
  }
  await at.hub().close()
  const store = await storeIn(at.dir)
  t.match(await store.get(KEYS.unreadableRouter(ROUTER)), { record: { id: ROUTER } })
  await store.close()
  await at.reopen()
})

t.test('a number that is far above what the agent has sent is given up at hello', (t) => {
  const router = { ...newRouter('r1', null, AT), sequence: 5000, whole: true }
  t.equal(resumedAt(router, 0), router, 'an agent that lost its state goes on above it')
  t.equal(resumedAt(router, 6000), router)
  const poisoned = { ...router, sequence: 2 ** 48 }
  t.match(resumedAt(poisoned, 812), { sequence: 812, whole: false })
  t.end()
})
