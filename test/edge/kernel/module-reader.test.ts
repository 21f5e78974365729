import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { moduleReader } from '../../../src/edge/kernel/ethtool/module-reader.js'

const thread = pathToFileURL('test/support/kernel/slow-module.mjs')

t.test('a module that does not answer holds up neither the others nor this process', async (t) => {
  const reader = moduleReader(3000, thread)
  t.teardown(() => reader.close())
  t.match(await reader.read('quick'), { state: 'bytes' }, 'the thread is warm')
  const ticks: number[] = []
  const ticking = setInterval(() => ticks.push(1), 20)
  const [slow, next] = await Promise.all([reader.read('slow-6000'), reader.read('next')])
  clearInterval(ticking)
  t.match(slow, { state: 'unreadable', reason: 'slow-6000 did not give its EEPROM within 3000 ms' })
  t.match(next, { state: 'bytes' })
  t.ok(ticks.length > 10, 'the event loop went on')
  t.match(await reader.read('slow-6000'), { reason: /still has not answered/ })
  await sleep(4000)
  t.match(await reader.read('other'), { state: 'bytes' }, 'once it has come back, all is as before')
})

t.test('a port asked twice at a time is read once', async (t) => {
  const reader = moduleReader(5000, thread)
  t.teardown(() => reader.close())
  t.equal(reader.read('one'), reader.read('one'))
  await reader.read('one')
})

t.test(
  'a thread that ends is an unreadable module, and the next one gets a new thread',
  async (t) => {
    const reader = moduleReader(5000, thread)
    t.teardown(() => reader.close())
    t.match(await reader.read('broken'), { state: 'unreadable', reason: /ended: no such luck/ })
    t.match(await reader.read('next'), { state: 'bytes' })
  },
)

t.test('the process does not end before the thread that it has closed', async (t) => {
  const waitsFor = () => process.getActiveResourcesInfo().filter((one) => one === 'MessagePort')
  const reader = moduleReader(5000, thread)
  await reader.read('one')
  const idle = waitsFor().length
  reader.close()
  t.equal(waitsFor().length, idle + 1)
})

t.test('a real module that answers too late costs its thread, not this process', async (t) => {
  const reader = moduleReader(1, pathToFileURL('dist/module-worker.js'))
  t.teardown(() => reader.close())
  const reasons = new Set<string>()
  for (let turn = 0; turn < 5; turn += 1) {
    const eeprom = await reader.read('lo')
    reasons.add(
      eeprom.state === 'unreadable'
        ? eeprom.reason.replace(/lo (did|still).*/, 'late')
        : eeprom.state,
    )
    await sleep(300)
  }
  t.ok(reasons.has('late'), [...reasons].join(', '))
})
