import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { millis } from '../../../src/core/base/time.js'
import {
  moduleReader,
  type ModuleReader,
  type ModuleReaderOptions,
} from '../../../src/edge/kernel/ethtool/module-reader.js'
import { manualClock } from '../../support/process/manual-clock.js'
import { waitFor } from '../../support/process/wait.js'

const thread = pathToFileURL('test/support/kernel/slow-module.mjs')

function opened(t: Test, options: ModuleReaderOptions): ModuleReader {
  const reader = moduleReader({ thread, ...options })
  t.teardown(() => reader.close())
  return reader
}

/** Reads until the answer is not that an earlier reading still waits. */
function readFree(reader: ModuleReader, port: string) {
  return waitFor(`${port} can be read`, () => reader.read(port), {
    until: (eeprom) => eeprom.state !== 'unreadable' || !/still not answered/.test(eeprom.reason),
    within: 20,
    every: 10,
  })
}

t.test('a module that does not answer holds up neither the others nor this process', async (t) => {
  const clock = manualClock()
  const reader = opened(t, { timeout: millis(3000), clock })
  t.match(await reader.read('quick'), { state: 'bytes' }, 'the thread is warm')
  const release = join(t.testdir(), 'release')
  const held = `held ${release}`
  let ticks = 0
  const ticking = setInterval(() => (ticks += 1), 1)
  const slow = reader.read(held)
  const next = reader.read('next')
  await waitFor('time goes on', () => ticks, {
    until: (count) => count > 10,
    within: 10,
    every: 5,
  })
  clearInterval(ticking)
  await clock.advance(3000)
  const late = { state: 'unreadable', reason: `${held} did not give its EEPROM within 3 s` }
  t.match(await slow, late)
  t.match(await next, { state: 'bytes' })
  t.match(await reader.read(held), { reason: /has still not answered/ })
  writeFileSync(release, '')
  t.match(
    await readFree(reader, held),
    { state: 'bytes' },
    'once it has come back, all is as before',
  )
  t.match(await reader.read('other'), { state: 'bytes' })
})

t.test('with four modules that do not answer no other is asked', async (t) => {
  const clock = manualClock()
  const reader = opened(t, { timeout: millis(3000), clock })
  const release = join(t.testdir(), 'release')
  const ports = [1, 2, 3, 4].map((number) => `${number} held ${release}`)
  for (const port of ports) {
    const reading = reader.read(port)
    await clock.advance(3000)
    t.match(await reading, { state: 'unreadable' })
  }
  t.match(await reader.read('other'), { reason: '4 other modules do not answer' })
  writeFileSync(release, '')
  const free = await waitFor('the others answer', () => reader.read('other'), {
    until: ({ state }) => state === 'bytes',
    within: 20,
    every: 10,
  })
  t.equal(free.state, 'bytes')
})

t.test('a port asked twice at a time is read once', async (t) => {
  const reader = opened(t, {})
  t.equal(reader.read('one'), reader.read('one'))
  await reader.read('one')
})

t.test(
  'a thread that ends is an unreadable module, and the next one gets a new thread',
  async (t) => {
    const reader = opened(t, {})
    t.match(await reader.read('broken'), { state: 'unreadable', reason: /ended: no such luck/ })
    t.match(await reader.read('next'), { state: 'bytes' })
  },
)

t.test('the process does not end before the thread that it has closed', async (t) => {
  const ports = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort')
  const reader = moduleReader({ thread })
  await reader.read('one')
  const idle = ports().length
  reader.close()
  t.equal(ports().length, idle + 1)
})

t.test('a real module that answers too late costs its thread, not this process', async (t) => {
  const real = pathToFileURL('dist/module-worker.js')
  const reader = opened(t, { timeout: millis(1), thread: real })
  const reasons = new Set<string>()
  for (let turn = 0; turn < 5; turn += 1) {
    const eeprom = await readFree(reader, 'lo')
    reasons.add(
      eeprom.state === 'unreadable' ? eeprom.reason.replace(/lo did.*/, 'late') : eeprom.state,
    )
  }
  t.ok(reasons.has('late'), [...reasons].join(', '))
})
