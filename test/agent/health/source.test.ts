import t from 'tap'
import { createSource } from '../../../src/agent/health/source.js'
import { fault, FaultError } from '../../../src/core/base/fault.js'
import { millis } from '../../../src/core/base/time.js'
import { manualClock } from '../../support/process/manual-clock.js'

/** A source that answers what the test sets, when the test lets it. */
function bench() {
  const clock = manualClock()
  let late = 0
  const source = createSource<string>({
    deadline: millis(1000),
    staleAfter: millis(3000),
    clock,
    onLate: () => (late += 1),
  })
  const open: ((text: string) => void)[] = []
  return {
    clock,
    source,
    late: () => late,
    hang: () => new Promise<string>((resolve) => open.push(resolve)),
    answer: (text: string) => open.shift()?.(text),
    asked: () => open.length,
  }
}

t.test('an answer in time is the value, and as old as its question', async (t) => {
  const { clock, source, late } = bench()
  await clock.advance(5000)
  t.strictSame(await source(async () => 'a'), {
    value: 'a',
    at: '1970-01-01T00:00:05.000Z',
    fault: null,
  })
  t.equal(late(), 0)
})

t.test('a question without an answer delays one look, for the deadline', async (t) => {
  const { clock, source, hang, asked } = bench()
  await source(async () => 'a')
  await clock.advance(5000)
  let isOver = false
  const look = source(hang).then((reading) => {
    isOver = true
    return reading
  })
  await clock.advance(999)
  t.notOk(isOver)
  await clock.advance(1)
  t.match(await look, { value: 'a', at: '1970-01-01T00:00:00.000Z', fault: /within 1 s/ })
  const again = await source(hang)
  t.match(again, { value: 'a', fault: /within 1 s/ }, 'no time passed')
  t.equal(asked(), 1, 'nobody asks twice')
})

t.test('a late answer is taken by the next look, which is asked for', async (t) => {
  const { clock, source, hang, answer, late } = bench()
  const look = source(hang)
  await clock.advance(1000)
  t.match(await look, { value: null, at: null, fault: /within 1 s/ })
  await clock.advance(500)
  answer('late')
  await clock.advance(0)
  t.equal(late(), 1)
  const taken = await source(() => Promise.reject(new Error('not asked')), millis(4000))
  t.strictSame(taken, { value: 'late', at: '1970-01-01T00:00:00.000Z', fault: null })
})

t.test('a source that is always slow is not stale while its answers are young', async (t) => {
  const { clock, source, hang, answer } = bench()
  await source(async () => '0')
  for (let turn = 1; turn <= 5; turn += 1) {
    const look = source(hang)
    await clock.advance(1000)
    t.match(await look, { value: String(turn - 1), fault: null }, `turn ${turn}`)
    await clock.advance(300)
    answer(String(turn))
    await clock.advance(0)
  }
})

t.test('a source that was slow has twice as long before it counts as silent', async (t) => {
  const { clock, source, hang, answer } = bench()
  const slow = async (ms: number) => {
    const look = source(hang)
    await clock.advance(ms)
    answer('slow')
    await look
  }
  await slow(2500)
  await clock.advance(5000)
  const look = source(hang)
  await clock.advance(1000)
  t.match(
    await look,
    { value: 'slow', fault: null },
    'the answer is 8.5 s old, and its source is slow',
  )
  await clock.advance(3999)
  t.match(await source(hang), { fault: null })
  await clock.advance(1)
  t.match(await source(hang), { value: 'slow', fault: /within 1 s/ }, '5 s after the question')
  answer('late')
  await clock.advance(0)
  await slow(60_000)
  const last = source(hang)
  await clock.advance(9999)
  t.match(await last, { fault: null })
  await clock.advance(1)
  t.match(await source(hang), { fault: /within 1 s/ }, 'never more than 10 s')
})

t.test('a refusal is the fault, with what was said before', async (t) => {
  const { source } = bench()
  await source(async () => 'a')
  const silence = fault('FRR_UNAVAILABLE', 'bgpd', 'no connection')
  const reading = await source(() => Promise.reject(new FaultError(silence)))
  t.match(reading, { value: 'a', fault: 'no connection' })
  t.match(await source(() => Promise.reject(new TypeError('odd'))), { fault: 'odd' })
  t.match(await source(async () => 'b'), { value: 'b', fault: null })
})
