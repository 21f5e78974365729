import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { createKeepalive } from '../../../src/edge/socket/flow/keepalive.js'
import { createAllowance } from '../../../src/edge/socket/flow/allowance.js'
import { createRateLimiter } from '../../../src/edge/socket/flow/rate-limit.js'
import { manualClock } from '../../support/process/manual-clock.js'

function watched(limit?: number) {
  const clock = manualClock()
  const log: string[] = []
  const keepalive = createKeepalive(
    limit === undefined ? undefined : millis(limit),
    { probe: () => log.push(`probe ${clock.now()}`), giveUp: () => log.push(`end ${clock.now()}`) },
    clock,
  )
  return { clock, log, keepalive }
}

t.test('a silent connection is probed twice, then given up at the limit', async (t) => {
  const { clock, log } = watched(90)
  await clock.advance(1000)
  t.strictSame(log, ['probe 30', 'probe 60', 'end 90'])
  t.equal(clock.sleeping(), 0, 'and is not watched any more')
})

t.test('a connection that speaks is not given up, and a quiet one is only probed', async (t) => {
  const { clock, log, keepalive } = watched(90)
  for (let i = 0; i < 20; i++) {
    await clock.advance(20)
    keepalive.received()
  }
  t.strictSame(log, [])
  await clock.advance(60)
  keepalive.received()
  await clock.advance(30)
  t.notOk(log.some((line) => line.startsWith('end')))
  t.ok(log.length > 0)
})

t.test('without a limit, or once stopped, nothing is watched', async (t) => {
  const unlimited = watched()
  t.equal(unlimited.clock.sleeping(), 0)
  const { clock, log, keepalive } = watched(90)
  await clock.advance(30)
  keepalive.stop()
  await clock.advance(1000)
  t.strictSame(log, ['probe 30'])
})

function limited() {
  const clock = manualClock()
  const handled: string[] = []
  const log: string[] = []
  const allowance = createAllowance(
    { messages: { perSecond: 400, burst: 10 }, octets: { perSecond: 1000, burst: 1000 } },
    clock,
  )
  const limiter = createRateLimiter(
    { pause: () => log.push('pause'), resume: () => log.push('resume') },
    (text: string) => handled.push(text),
    clock,
    ({ length }) => allowance.take(length),
  )
  return { clock, handled, log, limiter }
}

t.test('above the rate messages wait, keep their order, and none is lost', async (t) => {
  const { clock, handled, log, limiter } = limited()
  const all = Array.from({ length: 60 }, (_, i) => String(i))
  for (const text of all) limiter.take(text)
  t.equal(handled.length, 10)
  t.same(log, ['pause'])
  await clock.advance(50)
  // A batch every 50 ms, and no more saved up meanwhile than the burst.
  t.equal(handled.length, 20)
  await clock.advance(200)
  t.same(handled, all)
  t.same(log, ['pause', 'resume'])
  limiter.stop()
  limiter.take('late')
  t.same(handled, all)
})

t.test('after a quiet time a whole burst is handled at once again', async (t) => {
  const { clock, handled, limiter } = limited()
  for (let i = 0; i < 10; i++) limiter.take('first')
  await clock.advance(25)
  for (let i = 0; i < 20; i++) limiter.take('second')
  t.equal(handled.filter((text) => text === 'second').length, 10)
})

t.test('once stopped, what still waits is not handled', async (t) => {
  const { clock, handled, log, limiter } = limited()
  for (let i = 0; i < 30; i++) limiter.take(String(i))
  limiter.stop()
  await clock.advance(1000)
  t.equal(handled.length, 10)
  t.same(log, ['pause'], 'and a closed socket is not resumed')
})
