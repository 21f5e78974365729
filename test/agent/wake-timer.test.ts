import t from 'tap'
import { createWakeTimer } from '../../src/agent/router/loop.js'
import { millis } from '../../src/core/base/time.js'
import { manualClock } from '../support/process/manual-clock.js'

t.test('the time counts from when the timer was last set', async (t) => {
  let woken = 0
  const clock = manualClock()
  const setTimer = createWakeTimer(() => woken++, clock)
  for (let i = 0; i < 50; i++) {
    setTimer(millis(10))
    await clock.advance(5)
  }
  t.equal(woken, 0)
  await clock.advance(5)
  t.equal(woken, 1)
  setTimer(millis(10))
  setTimer(null)
  await clock.advance(60)
  t.equal(woken, 1, 'a timer that is set to null does not wake')
  t.equal(clock.sleeping(), 0)
})
