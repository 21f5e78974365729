import { setImmediate as settled } from 'node:timers/promises'
import t from 'tap'
import { startLoop } from '../../../src/agent/router/loop.js'
import { createTurnMeter } from '../../../src/agent/router/turn-meter.js'
import { millis } from '../../../src/core/base/time.js'
import { manualClock } from '../../support/process/manual-clock.js'

const QUIET = millis(100)

/** A loop on a clock that the test moves. */
function bench(turn: (reasons: readonly string[]) => Promise<void> = async () => undefined) {
  const clock = manualClock()
  return { clock, loop: startLoop({ turn, quiet: QUIET, clock }) }
}

t.test('a burst of changes makes one turn, with every reason once', async (t) => {
  const turns: (readonly string[])[] = []
  const { clock, loop } = bench(async (reasons) => void turns.push(reasons))
  for (let i = 0; i < 100; i++) loop.requestTurn(i % 2 === 0 ? 'links' : 'poll')
  await clock.advance(99)
  t.strictSame(turns, [], 'not before it has been quiet')
  await clock.advance(1)
  await loop.stop()
  t.strictSame(turns, [['links', 'poll']])
})

t.test(
  'turns and tasks never overlap, and requests during a turn make exactly one more',
  async (t) => {
    let inside = 0
    let most = 0
    let turns = 0
    const busy = async (): Promise<void> => {
      inside += 1
      most = Math.max(most, inside)
      await settled()
      inside -= 1
    }
    const { clock, loop } = bench(async () => {
      turns += 1
      if (turns === 1) for (let i = 0; i < 10; i++) loop.requestTurn('again')
      await busy()
    })
    loop.requestTurn('first')
    const tasks = Array.from({ length: 5 }, () => loop.exclusively(busy))
    await clock.advance(QUIET)
    await Promise.all(tasks)
    await loop.exclusively(async () => undefined)
    await clock.advance(10 * QUIET)
    await loop.stop()
    t.equal(most, 1)
    t.equal(turns, 2)
  },
)

t.test('a task that throws rejects for its caller and does not stop the loop', async (t) => {
  const turns: (readonly string[])[] = []
  const { clock, loop } = bench(async (reasons) => void turns.push(reasons))
  await t.rejects(
    loop.exclusively(async () => {
      throw new Error('no')
    }),
    /no/,
  )
  loop.requestTurn('after')
  await clock.advance(QUIET)
  await loop.stop()
  t.strictSame(turns, [['after']])
})

t.test('once stopped, no turn and no task starts', async (t) => {
  let turns = 0
  const { clock, loop } = bench(async () => void (turns += 1))
  loop.requestTurn('one')
  await loop.stop()
  await t.rejects(
    loop.exclusively(async () => void (turns += 1)),
    /the agent is stopping/,
    'a task that comes too late is refused',
  )
  loop.requestTurn('two')
  await clock.advance(10 * QUIET)
  t.equal(turns, 0)
})

t.test('stopping waits for the turn that runs', async (t) => {
  let end: () => void = () => undefined
  const { clock, loop } = bench(() => new Promise((resolve) => (end = resolve)))
  loop.requestTurn('one')
  await clock.advance(QUIET)
  let isStopped = false
  const stopped = loop.stop().then(() => (isStopped = true))
  await settled()
  t.notOk(isStopped)
  end()
  await stopped
})

t.test('how long a task takes is known while it runs', async (t) => {
  const { clock, loop } = bench()
  t.equal(loop.busyFor(), 0)
  let end: () => void = () => undefined
  const task = loop.exclusively(() => new Promise<void>((resolve) => (end = resolve)))
  const next = loop.exclusively(async () => loop.busyFor())
  await clock.advance(60_000)
  t.equal(loop.busyFor(), 60_000)
  end()
  await task
  t.equal(await next, 0, 'the time of the next task starts anew')
  t.equal(loop.busyFor(), 0)
  await loop.stop()
})

t.test('a turn that is asked for during an expensive one is delayed as well', async (t) => {
  const clock = manualClock()
  let spent = 0
  let turns = 0
  const loop = startLoop({
    turn: async () => {
      turns += 1
      if (turns < 5) loop.requestTurn('again')
      await settled()
      spent += 1000
    },
    quiet: QUIET,
    meter: createTurnMeter({
      ...{ share: 0.1, burst: millis(0), spent: () => millis(spent), clock },
    }),
    clock,
  })
  loop.requestTurn('first')
  await clock.advance(QUIET)
  await loop.exclusively(async () => undefined)
  t.equal(turns, 1)
  for (let turn = 2; turn <= 5; turn += 1) {
    await clock.advance(9999)
    await loop.exclusively(async () => undefined)
    t.equal(turns, turn - 1, '1,000 ms at a tenth of a processor are 10 s')
    await clock.advance(1)
    await loop.exclusively(async () => undefined)
    t.equal(turns, turn)
  }
  await loop.stop()
})

t.test('a turn that takes more than its share of the processor delays the next one', async (t) => {
  const clock = manualClock()
  let spent = 0
  let turns = 0
  let cost = 1000
  const loop = startLoop({
    turn: async () => {
      turns += 1
      spent += cost
    },
    quiet: QUIET,
    meter: createTurnMeter({
      ...{ share: 0.1, burst: millis(500), spent: () => millis(spent), clock },
    }),
    clock,
  })
  const turnsAfter = async (wait: number): Promise<number> => {
    loop.requestTurn('links')
    await clock.advance(wait)
    await loop.exclusively(async () => undefined)
    return turns
  }
  t.equal(await turnsAfter(QUIET), 1)
  t.equal(await turnsAfter(4999), 1, 'a debt of 500 ms at 100 ms a second is 5 s')
  cost = 10_000_000
  t.equal(await turnsAfter(1), 2)
  t.equal(await turnsAfter(29_999), 2)
  cost = 0
  t.equal(await turnsAfter(1), 3, 'no turn delays the next one by more than 30 s')
  t.equal(await turnsAfter(QUIET), 4, 'turns that cost nothing are not delayed')
  await loop.stop()
})
