import * as fc from 'fast-check'
import t from 'tap'
import { millis, seconds } from '../../../src/core/base/time.js'
import { parseFpingLine } from '../../../src/core/traffic/fping-line.js'
import {
  measure,
  NO_RESULTS,
  roundTripTime,
  withResult,
  type EchoResult,
  type EchoWindow,
} from '../../../src/core/traffic/window.js'

const WALL = '2025-01-31T10:20:30.000Z'

/** Results about a second apart, the oldest first. */
const history = fc
  .array(fc.record({ gap: fc.integer({ min: 500, max: 3000 }), time: fc.option(fc.nat(900)) }), {
    maxLength: 150,
  })
  .map((steps) => {
    let at = 0
    return steps.map(({ gap, time }, sequence): EchoResult => {
      at += gap
      return { at: millis(at), wall: WALL, roundTripTime: time, run: 1, sequence }
    })
  })

/** What all results together say, however old they are. */
function model(results: readonly EchoResult[], later: number) {
  const now = (results.at(-1)?.at ?? 0) + later
  const within = (time: number) => results.filter(({ at }) => now - at < time)
  const timesOf = (of: readonly EchoResult[]) => of.flatMap((result) => result.roundTripTime ?? [])
  const loss = (time: number) => ({
    sent: within(time).length,
    lost: within(time).length - timesOf(within(time)).length,
  })
  const times = timesOf(within(60_000))
  return {
    loss10: loss(10_000),
    loss60: loss(60_000),
    lastAnswerAt: results.findLast((result) => result.roundTripTime !== null)?.at ?? null,
    shortest: times.length === 0 ? undefined : Math.min(...times),
    longest: times.length === 0 ? undefined : Math.max(...times),
    state: modelState(results, later),
  }
}

function modelState(results: readonly EchoResult[], later: number): string {
  const last = results.slice(-4)
  const answered = results.some((result) => result.roundTripTime !== null)
  if (last.length === 0 || later >= 4000) return 'unknown'
  if (last.some((result) => result.roundTripTime !== null)) return 'answers'
  if (last.length < 4) return 'unknown'
  return answered ? 'silent' : 'never-answered'
}

t.test('a window says what all results together say of the last seconds', (t) => {
  fc.assert(
    fc.property(history, fc.nat(5000), (results, later) => {
      const now = millis((results.at(-1)?.at ?? 0) + later)
      const made = results.reduce<EchoWindow>(withResult, NO_RESULTS)
      const { loss10, loss60, lastAnswerAt, state } = measure(made, seconds(1), now)
      const time = roundTripTime(made, now)
      const found = { shortest: time?.min, longest: time?.max, loss10, loss60, lastAnswerAt, state }
      t.strictSame(found, model(results, later))
    }),
  )
  t.end()
})

t.test('a request counts once, however many answers come, and the window stays small', (t) => {
  const result = { at: millis(1), wall: WALL, roundTripTime: null, run: 1, sequence: 7 }
  const once = withResult(NO_RESULTS, result)
  t.equal(withResult(once, { ...result, roundTripTime: 1500 }), once)
  t.equal(withResult(once, { ...result, run: 2 }).results.length, 2)
  const many = Array.from({ length: 1000 }, (_, sequence) => ({ ...result, sequence }))
  t.equal(many.reduce<EchoWindow>(withResult, NO_RESULTS).results.length, 120)
  t.end()
})

t.test('lines of fping are read, and nothing else', (t) => {
  t.strictSame(parseFpingLine('10.0.0.1 : [12], 64 bytes, 0.049 ms (0.466 avg, 0% loss)'), {
    address: '10.0.0.1',
    sequence: 12,
    roundTripTime: 0.049,
  })
  t.strictSame(parseFpingLine('fd00::2  : [0], timed out (NaN avg, 100% loss)'), {
    address: 'fd00::2',
    sequence: 0,
    roundTripTime: null,
  })
  for (const line of [
    '',
    'ICMP Host Unreachable from 10.9.0.1 for ICMP Echo sent to 10.9.0.9',
    '10.0.0.1 : duplicate for [1], 64 bytes, 0.1 ms',
    `10.0.0.1 ${' '.repeat(600)}: [0], timed out (NaN avg, 100% loss)`,
    '10.0.0.1 : [0], 64 bytes, -3 ms (0.466 avg, 0% loss)',
  ]) {
    t.equal(parseFpingLine(line), null, line)
  }
  fc.assert(
    fc.property(fc.string({ maxLength: 600 }), (line) => {
      const found = parseFpingLine(line)
      return found === null || found.sequence >= 0
    }),
  )
  t.end()
})
