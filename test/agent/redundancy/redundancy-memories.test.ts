import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createHealthMonitor } from '../../../src/agent/health/monitor.js'
import { openRedundancyMemories } from '../../../src/agent/redundancy/redundancy-memories.js'
import { millis } from '../../../src/core/base/time.js'
import type { HealthDocument } from '../../../src/core/wire/health.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import {
  healthyConnection,
  healthyMember,
  healthyRouter,
} from '../../support/agent/router-state.js'

const START = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const FILE = 'redundancy-dl-par.json'

/** A bundle of two with this many ports missing. */
function bundle(missing: number) {
  const members = ['p1', 'p2'].map((port, place) =>
    healthyMember(port, { inAggregate: place >= missing, linkUp: place >= missing }),
  )
  const { lacp, ...rest } = healthyConnection()
  return { ...rest, lacp: lacp === null ? null : { ...lacp, members } }
}

/** The health of one process of the agent on a real directory; `from` and `wall` are its clocks at the start, ms. */
async function started(
  t: Test,
  dir: string,
  { from, wall = from }: { readonly from: number; readonly wall?: number } = { from: 0 },
) {
  const errors: object[] = []
  let writes = 0
  let now = from
  let offset = wall - from
  const clock = { now: () => millis(now), wall: () => new Date(START + now + offset) }
  const log = { error: (entry: object) => void errors.push(entry) }
  const onDisk = await openStateFiles(dir)
  const files: typeof onDisk = {
    ...onDisk,
    write(name, text) {
      writes += 1
      return onDisk.write(name, text)
    },
  }
  const memories = await openRedundancyMemories({ files, log, clock })
  t.teardown(memories.close)
  const health = createHealthMonitor(
    clock.wall,
    { onDocument: () => undefined, onEvents: () => undefined },
    { look: () => [], shown: () => [] },
    memories,
  )
  /** A look so many ms after the one before; what is shown of the bundle. */
  function look(after: number, missing: number) {
    now += after
    const at = clock.wall().toISOString()
    health.assess(healthyRouter({ connections: [bundle(missing)], at }), clock.now())
    const shown: HealthDocument | null = health.document()
    return shown?.connections['dl-par']?.redundancy
  }
  return {
    ...{ look, errors, close: memories.close, now: () => now, writes: () => writes },
    setWall: (to: number) => (offset = to - now),
  }
}

/** A bundle has been without a port for ten seconds, and the agent has stopped. */
async function afterLoss(t: Test) {
  const dir = t.testdir()
  const { look, close, now } = await started(t, dir)
  look(0, 0)
  look(1000, 1)
  look(10_000, 0)
  await close()
  return { dir, now: now() }
}

const LOST = { memberSeconds: 10, losses: 1 }
const NOTHING = { memberSeconds: 0, losses: 0 }

t.test('lost redundancy outlasts a restart, and what was not seen does not count', async (t) => {
  const { dir, now } = await afterLoss(t)
  const next = await started(t, dir, { from: now + 60_000 })
  t.strictSame(next.look(0, 1), { missing: 1, hour: LOST, day: LOST, week: LOST })
  const two = { memberSeconds: 15, losses: 1 }
  t.strictSame(next.look(5000, 0), { missing: 0, hour: two, day: two, week: two })
  t.strictSame(next.errors, [])
})

t.test('a reboot begins with another clock, and its pause counts by the wall clock', async (t) => {
  const { dir, now } = await afterLoss(t)
  const next = await started(t, dir, { from: 20_000, wall: now + 2 * DAY })
  t.strictSame(next.look(0, 0), { missing: 0, hour: NOTHING, day: NOTHING, week: LOST })
})

t.test('a wall clock that is wrong at the start is made up for once it is set', async (t) => {
  const { dir, now } = await afterLoss(t)
  const next = await started(t, dir, { from: 20_000, wall: -400 * DAY })
  t.match(next.look(0, 0), { day: LOST })
  next.setWall(now + 2 * DAY)
  t.match(next.look(1000, 0), { day: NOTHING, week: LOST })
})

t.test('a file in which all is older than a week is removed', async (t) => {
  const { dir, now } = await afterLoss(t)
  const next = await started(t, dir, { from: now + 8 * DAY })
  t.match(next.look(0, 0), { week: NOTHING })
  await next.close()
  t.strictSame(readdirSync(dir), [])
})

t.test('a bundle that flaps is written at once, then every five minutes', async (t) => {
  const dir = t.testdir()
  const { look, close, writes } = await started(t, dir)
  look(0, 0)
  for (let flap = 0; flap < 200; flap += 1) {
    look(1000, 1)
    look(1000, 0)
  }
  await close()
  t.equal(writes(), 3, 'at once, after 300 s, and at the end, which is at 400 s')
  const kept: unknown = JSON.parse(readFileSync(join(dir, FILE), 'utf8'))
  t.match(kept, { hours: [{ hour: 0, memberSeconds: 200, losses: 200 }] })
})

t.test('a bundle that lost nothing has no file', async (t) => {
  const dir = t.testdir()
  const { look, close } = await started(t, dir)
  look(0, 0)
  look(HOUR, 0)
  await close()
  t.strictSame(readdirSync(dir), [])
})

t.test(
  'a file that is cut, of another connection or hostile is set aside, and begun anew',
  async (t) => {
    const { dir } = await afterLoss(t)
    const path = join(dir, FILE)
    const good = readFileSync(path, 'utf8')
    const kept = JSON.parse(good) as Record<string, unknown>
    const hour = { hour: 0, memberSeconds: 1, losses: 1 }
    const wrong: readonly string[] = [
      good.slice(0, good.length / 2),
      '',
      'null',
      JSON.stringify({ ...kept, version: 2 }),
      JSON.stringify({ ...kept, connection: 'dl-lon' }),
      JSON.stringify({ ...kept, more: 1 }),
      JSON.stringify({ ...kept, hours: [hour, hour] }),
      JSON.stringify({ ...kept, hours: [{ ...hour, hour: 9 }] }),
      JSON.stringify({ ...kept, hours: [{ ...hour, memberSeconds: -1 }] }),
      JSON.stringify({ ...kept, hours: [{ ...hour, memberSeconds: 1e300 }] }),
      JSON.stringify({
        ...{ ...kept, anchor: { t: 1e9, wall: START } },
        hours: Array.from({ length: 169 }, (_, at) => ({ ...hour, hour: at })),
      }),
    ]
    for (const text of wrong) {
      writeFileSync(path, text)
      const { look, errors, close } = await started(t, dir)
      t.match(errors, [{ event: 'state-set-aside', file: FILE }], text.slice(0, 60))
      t.ok(readdirSync(dir).includes(`${FILE}.damaged`))
      look(0, 1)
      t.match(look(2000, 0), { week: { memberSeconds: 2, losses: 0 } }, 'it begins anew')
      await close()
    }
    renameSync(path, join(dir, 'redundancy-dl-lon.json'))
    const { errors } = await started(t, dir)
    t.match(errors, [{ event: 'state-set-aside', file: 'redundancy-dl-lon.json' }])
  },
)

t.test('no text in the file stops the agent', async (t) => {
  const { dir } = await afterLoss(t)
  const path = join(dir, FILE)
  const good = readFileSync(path, 'utf8')
  const cut = fc.nat(good.length - 1).map((length) => good.slice(0, length))
  const changed = fc
    .tuple(fc.nat(good.length - 1), fc.constantFrom('"', '}', '9', '-', 'e', '\u0000', '[', 'é'))
    .map(([at, by]) => good.slice(0, at) + by + good.slice(at + 1))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string(), cut, changed), async (text) => {
      writeFileSync(path, text)
      const { look, errors, close } = await started(t, dir)
      const shown = look(0, 1)
      await close()
      const { week } = shown ?? {}
      const isSane = week !== undefined && week.memberSeconds >= 0 && week.losses >= 0
      // Set aside by name, or still of the shape.
      return isSane && (errors.length === 1 || week.losses > 0 || week.memberSeconds > 0)
    }),
    { numRuns: 60 },
  )
})
