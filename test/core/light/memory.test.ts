import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { laserOf, marginOf, type Laser } from '../../../src/core/light/limit.js'
import { renewed, withLight, type LightMemory } from '../../../src/core/light/memory.js'
import { withMinute, NO_LIGHT_HISTORY, TIERS } from '../../../src/core/light/history.js'
import { advance, startTimeline, type Timeline } from '../../../src/core/light/timeline.js'
import { trendsOf, viewOf } from '../../../src/core/light/view.js'
import type { ModuleSpec } from '../../support/kernel/eeprom.js'
import { moduleIn } from '../../support/agent/router-state.js'
import { kindsOf, measure } from '../../light/measure.js'
import { QUIET, simulate } from '../../light/simulation.js'

const START = Date.UTC(2026, 0, 1)
const HALF_MINUTE = 30

function laser(readings: ModuleSpec['readings'] = {}, over: Partial<ModuleSpec> = {}): Laser {
  const found = laserOf(moduleIn({ readings: readings, ...over }), 10_000)
  if (found === null) throw new Error('the built module has no laser')
  return found
}

/** Reads a module for some minutes. */
function after(
  minutes: number,
  module: Laser,
  from: { memory: LightMemory | null; now: Timeline },
  hasLink = true,
) {
  let { memory, now } = from
  for (let passed = 0; passed < minutes * 60; passed += HALF_MINUTE) {
    const mono = millis(now.mono + HALF_MINUTE * 1000)
    now = advance(now, { mono, wall: mono + now.offset })
    memory = withLight(memory, { laser: module, hasLink }, now)
  }
  return { memory: memory as LightMemory, now }
}

const begun = () => ({
  memory: null,
  now: startTimeline(null, { mono: millis(0), wall: START }),
})

t.test('the margin is to the limit that is nearest, and names it', (t) => {
  t.match(marginOf(laser({ inputPower: -10 }), 'inputPower'), { level: 'lowAlarm' })
  t.match(marginOf(laser({ inputPower: 1 }), 'inputPower'), { level: 'highAlarm' })
  const bare = laser({ inputPower: -10 }, { thresholds: { inputPower: [null, null, null, null] } })
  t.match(marginOf(bare, 'inputPower'), { level: 'standardLow', limit: -14.4 })
  t.ok(Math.abs((marginOf(bare, 'inputPower')?.margin ?? 0) - 4.4) < 0.05)
  t.equal(marginOf(laser({ inputPower: null }), 'inputPower'), null, 'no light has no margin')
  t.end()
})

t.test('a baseline is taken once there was a link with light both ways for five minutes', (t) => {
  const dark = after(20, laser({ inputPower: null }), begun())
  t.equal(dark.memory.baseline, null, 'not without light')
  const down = after(20, laser(), dark, false)
  t.equal(down.memory.baseline, null, 'not without a link')
  const works = after(8, laser(), down)
  t.match(works.memory.baseline, { module: { serialNo: 'LAB0000001' } })
  const [lane] = works.memory.baseline?.lanes ?? []
  t.ok(
    Math.abs((lane?.inputPower ?? 0) + 6) < 0.05 && Math.abs((lane?.outputPower ?? 0) + 4) < 0.05,
  )
  t.end()
})

t.test('another module begins anew and keeps the baseline of the one before', (t) => {
  const first = after(8, laser(), begun())
  const next = after(8, laser({ inputPower: -7 }, { serial: 'LAB2' }), first)
  t.equal(next.memory.baseline?.module.serialNo, 'LAB2')
  t.match(next.memory.formerBaselines, [
    { reason: 'exchanged', module: { serialNo: 'LAB0000001' } },
  ])
  t.strictSame(next.memory.steps, [], 'the difference of two receivers is no step')
  let many = next
  for (let at = 0; at < 20; at++) many = after(8, laser({}, { serial: `LAB-${at}` }), many)
  t.equal(many.memory.formerBaselines.length, 8, 'only so many are kept')
  t.end()
})

t.test(
  'a step is found with its time, ends when the light comes back or a baseline is taken',
  (t) => {
    const before = after(30, laser(), begun())
    const bent = after(5, laser({ inputPower: -9 }), before)
    const seen = (from: { memory: LightMemory; now: Timeline }, module: Laser) =>
      viewOf(from.memory, trendsOf(from.memory), { laser: module, now: from.now }).inputPower
    const { step, loss } = seen(bent, laser({ inputPower: -9 }))
    t.match(step, { light: 'inputPower', lane: 0 })
    t.ok(Math.abs((step?.before ?? 0) - (step?.after ?? 0) - 3) < 0.1)
    const minutes = (Date.parse(step?.at ?? '') - START) / 60_000
    t.ok(minutes >= 29 && minutes <= 32, `${minutes} minutes after the start`)
    t.ok(Math.abs((loss ?? 0) - 3) < 0.1)
    const straight = after(20, laser(), bent)
    t.equal(seen(straight, laser()).step, null, 'recovered')
    const taken = renewed(bent.memory, bent.now)
    t.ok(taken !== null)
    if (taken !== null) {
      const accepted = after(8, laser({ inputPower: -9 }), { memory: taken, now: bent.now })
      t.equal(seen(accepted, laser({ inputPower: -9 })).step, null, 'accepted')
      t.match(taken.formerBaselines, [{ reason: 'renewed' }])
    }
    const cut = after(20, laser({ inputPower: null }), bent)
    t.equal(renewed(cut.memory, cut.now), null, 'no baseline from a dark fibre')
    t.end()
  },
)

t.test('flags are counted, with when they came and went', (t) => {
  const low = laser({ inputPower: -16 })
  const up = after(1, low, after(1, laser(), begun()))
  t.match(up.memory.flags, [
    { quantity: 'inputPower', level: 'lowWarning', count: 1, clearedAt: null },
  ])
  const gone = after(1, laser(), up)
  const again = after(1, low, gone)
  t.match(gone.memory.flags, [{ count: 1, clearedAt: /^2026/ }])
  t.match(again.memory.flags, [{ count: 2, clearedAt: null }])
  t.end()
})

t.test(
  'the history stays within its tiers, and an hour and a day are the means of their points',
  (t) => {
    let history = NO_LIGHT_HISTORY
    for (let minute = 0; minute < 3 * 1440; minute++) {
      const point = {
        t: minute * 60,
        temperature: 40,
        inputPower: [-6 - minute],
        outputPower: [-4],
      }
      history = withMinute(history, point)
    }
    t.equal(history.minutes.length, 1440)
    t.equal(history.hours.length, 71)
    t.equal(history.days.length, 2)
    t.equal(history.hours[0]?.inputPower[0], -6 - 29.5)
    t.equal(history.days[0]?.inputPower[0], -6 - 719.5)
    t.ok(history.minutes.length <= TIERS.minutes.most)
    t.end()
  },
)

t.test('the timeline never runs backwards, whatever the wall clock does', (t) => {
  const jumps = fc.array(
    fc.record({
      passed: fc.integer({ min: 0, max: 100_000 }),
      jump: fc.integer({ min: -1e12, max: 1e12 }),
    }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(jumps, fc.option(fc.integer({ min: 0, max: 4e12 })), (list, wall) => {
      const anchor = wall === null ? null : { t: 5000, wall }
      let [mono, shift] = [0, 0]
      let line = startTimeline(anchor, { mono: millis(0), wall: START })
      for (const { passed, jump } of list) {
        mono += passed
        shift += jump
        const next = advance(line, { mono: millis(mono), wall: START + mono + shift })
        if (next.t < line.t + passed / 1000 - 1e-6) return false
        const isAdded = next.unknownGap === null && line.unknownGap !== null
        if (!isAdded && next.t > line.t + passed / 1000 + 1e-6) return false
        line = next
      }
      return true
    }),
  )
  t.end()
})

t.test(
  'the pause between two processes is counted, also where the clock was wrong at first',
  (t) => {
    const anchor = { t: 1000, wall: START }
    const right = startTimeline(anchor, { mono: millis(0), wall: START + 60_000 })
    t.equal(right.t, 1060)
    const early = startTimeline(anchor, { mono: millis(0), wall: 0 })
    t.equal(early.t, 1000, 'a clock that was never set adds nothing')
    const ran = advance(early, { mono: millis(10_000), wall: 10_000 })
    t.equal(ran.t, 1010)
    const set = advance(ran, { mono: millis(20_000), wall: START + 60_000 })
    t.equal(Math.round(set.t), 1060, 'the pause is added when the clock is set')
    const future = startTimeline(anchor, { mono: millis(0), wall: START + 90 * 365 * 86_400_000 })
    t.equal(future.t, 1000, 'a clock in another century adds nothing')
    t.end()
  },
)

t.test('a clock that jumps makes neither a step nor a slope', (t) => {
  const jump = (day: number) => (day < 40 ? 0 : day < 50 ? -1e11 : 4e11)
  const options = { days: 60, every: 3600, shownEvery: 3, seed: 7 }
  const steady = simulate(QUIET, options)
  const jumping = simulate(QUIET, { ...options, wall: jump })
  t.strictSame(jumping.memory.history, steady.memory.history)
  t.ok(jumping.shown.every(({ view }) => view.step === null && view.decline === null))
  t.equal(jumping.shown.length, steady.shown.length)
  t.end()
})

t.test('known answers: a share of the simulation', (t) => {
  const seed = Number(process.env['LIGHT_SEED'] ?? 1)
  const kinds = kindsOf(0.35).filter(({ kind }) => !/ [13] dB a year|2?days$/.test(kind))
  for (const { kind, circuits, found, falseAlarms, longest } of kinds.map((each) =>
    measure(each, 1, seed),
  )) {
    t.equal(falseAlarms, 0, `${kind}: no false alarm`)
    if (/declines|step/.test(kind)) t.equal(found, circuits, `${kind}: it was found`)
    if (/^step of [\d.]+ dB$/.test(kind)) t.ok((longest ?? Infinity) <= 10, 'within ten minutes')
  }
  t.end()
})
