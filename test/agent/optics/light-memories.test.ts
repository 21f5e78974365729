import { readFileSync, readdirSync, writeFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { openLightMemories } from '../../../src/agent/optics/light-memories.js'
import { millis } from '../../../src/core/base/time.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { healthyPort, moduleIn } from '../../support/agent/router-state.js'
import type { ModuleSpec } from '../../support/kernel/eeprom.js'

const START = Date.UTC(2026, 0, 1)

/** An agent's memories on a real directory, with a clock of the test's own. */
async function opened(t: Test, dir: string, from = 0) {
  const errors: object[] = []
  let now = from
  const clock = { now: () => millis(now), wall: () => new Date(START + now) }
  const log = { error: (entry: object) => void errors.push(entry) }
  const files = await openStateFiles(dir)
  const lights = await openLightMemories({ files, log, clock })
  // What is still being written must not be in the folder while it is removed.
  t.teardown(lights.close)
  /** Reads the module of p1 for some minutes; what is shown at the end. */
  function minutes(count: number, spec: Partial<ModuleSpec> = {}) {
    let shown = null
    for (let passed = 0; passed < count * 2; passed++) {
      now += 30_000
      const opticAt = new Date(START + now).toISOString()
      const [port] = lights.follow([healthyPort('p1', { optic: moduleIn(spec), opticAt })])
      shown = port?.light ?? null
    }
    return shown
  }
  return { lights, minutes, errors, now: () => now }
}

t.test('a baseline and the history outlast a restart', async (t) => {
  const dir = t.testdir()
  const first = await opened(t, dir)
  const before = first.minutes(30)
  t.ok(before?.baseline)
  await first.lights.close()
  t.strictSame(readdirSync(dir), ['optics-p1.json'])
  const second = await opened(t, dir, first.now() + 3_600_000)
  const after = second.minutes(4, { readings: { inputPower: -9 } })
  t.strictSame(after?.baseline, before?.baseline)
  t.match(
    after?.inputPower.step,
    { light: 'inputPower' },
    'compared with what was before the pause',
  )
  t.strictSame(second.errors, [])
})

t.test('a new baseline is on the disk before the answer, and needs light', async (t) => {
  const dir = t.testdir()
  const at = await opened(t, dir)
  t.match(await at.lights.renew('p1'), { ok: false, faults: [{ code: 'PORT_MISSING' }] })
  at.minutes(10)
  t.match(await at.lights.renew('p1'), { ok: true, value: { module: { serialNo: 'LAB0000001' } } })
  const kept = JSON.parse(readFileSync(join(dir, 'optics-p1.json'), 'utf8')) as {
    readonly formerBaselines: readonly object[]
  }
  t.match(kept.formerBaselines, [{ reason: 'renewed' }])
  at.minutes(10, { readings: { inputPower: null } })
  t.match(await at.lights.renew('p1'), {
    ok: false,
    faults: [{ code: 'OPTIC_NO_LIGHT', at: 'p1' }],
  })
})

t.test('the far end shows the loss of each strand for a day', async (t) => {
  const at = await opened(t, t.testdir())
  at.minutes(10)
  const none = { highAlarm: null, highWarning: null, lowWarning: null, lowAlarm: null }
  const report = { at: '2026-01-01T00:00:00.000Z', from: 'provider', limits: none }
  t.match(await at.lights.report('p1', { ...report, outputPower: -2, inputPower: -12 }), {
    ok: true,
  })
  const shown = at.minutes(1)
  t.ok(Math.abs((shown?.farEnd?.outboundLoss ?? 0) - 8) < 0.1)
  t.ok(Math.abs((shown?.farEnd?.inboundLoss ?? 0) - 4) < 0.1)
  t.equal(at.minutes(1441)?.farEnd, null)
})

t.test(
  'a file that is cut, corrupt, of another port or hostile is set aside and begun anew',
  async (t) => {
    const dir = t.testdir()
    const first = await opened(t, dir)
    first.minutes(30)
    await first.lights.close()
    const path = join(dir, 'optics-p1.json')
    const good = readFileSync(path, 'utf8')
    const kept = JSON.parse(good) as Record<string, unknown>
    const wrong: readonly string[] = [
      good.slice(0, good.length / 2),
      '',
      'null',
      JSON.stringify({ ...kept, version: 2 }),
      JSON.stringify({ ...kept, port: 'p2' }),
      JSON.stringify({ ...kept, minutes: Array.from({ length: 5000 }, (_, at) => [at, 1, 1, 1]) }),
      JSON.stringify({
        ...kept,
        minutes: [
          [10, 1, 1, 1],
          [9, 1, 1, 1],
        ],
      }),
      JSON.stringify({ ...kept, minutes: [[1e9, 1, 1, 1]] }),
      JSON.stringify({ ...kept, flags: [{ quantity: 'x' }] }),
    ]
    for (const text of wrong) {
      writeFileSync(path, text)
      const next = await opened(t, dir)
      t.match(
        next.errors,
        [{ event: 'state-set-aside', file: 'optics-p1.json' }],
        text.slice(0, 60),
      )
      t.ok(readdirSync(dir).includes('optics-p1.json.damaged'))
      t.ok(next.minutes(10)?.baseline, 'it begins anew')
      await next.lights.close()
    }
    renameSync(path, join(dir, 'optics-p9.json'))
    const moved = await opened(t, dir)
    t.match(moved.errors, [{ event: 'state-set-aside', file: 'optics-p9.json' }])
  },
)

t.test('no text in the file stops the agent', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'optics-p1.json')
  const texts = fc.oneof(fc.json(), fc.string(), fc.constant('{"version":1,"port":"p1"}'))
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      writeFileSync(path, text)
      const { lights, minutes, errors } = await opened(t, dir)
      const shown = minutes(1)
      await lights.close()
      return errors.length === 1 && shown !== null
    }),
    { numRuns: 30 },
  )
})
