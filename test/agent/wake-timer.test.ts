import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createWakeTimer } from '../../src/agent/loop.js'

t.test('looks that each ask for another one later get one', async (t) => {
  let rung = 0
  const wake = createWakeTimer(() => rung++)
  for (let i = 0; i < 50; i++) wake(10)
  await sleep(60)
  t.equal(rung, 1)
  wake(10)
  wake(null)
  await sleep(60)
  t.equal(rung, 1, 'nothing is waited for any more')
})
