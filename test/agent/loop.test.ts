import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startLoop } from '../../src/agent/loop.js'

t.test('a burst of news makes one turn, with every reason once', async (t) => {
  const turns: (readonly string[])[] = []
  const loop = startLoop(async (reasons) => void turns.push(reasons), 5)
  for (let i = 0; i < 100; i++) loop.lookAgain(i % 2 === 0 ? 'links' : 'poll')
  await sleep(40)
  await loop.stop()
  t.strictSame(turns, [['links', 'poll']])
})

t.test(
  'turns and deeds never overlap, and news during a turn asks for exactly one more',
  async (t) => {
    let inside = 0
    let most = 0
    let turns = 0
    const busy = async (): Promise<void> => {
      inside += 1
      most = Math.max(most, inside)
      await sleep(10)
      inside -= 1
    }
    const loop = startLoop(async () => {
      turns += 1
      if (turns === 1) for (let i = 0; i < 10; i++) loop.lookAgain('again')
      await busy()
    }, 1)
    loop.lookAgain('first')
    const deeds = Array.from({ length: 5 }, () => loop.exclusively(busy))
    await Promise.all(deeds)
    await sleep(60)
    await loop.stop()
    t.equal(most, 1)
    t.equal(turns, 2)
  },
)

t.test('a deed that throws is its caller\u2019s and does not stop the loop', async (t) => {
  const turns: (readonly string[])[] = []
  const loop = startLoop(async (reasons) => void turns.push(reasons), 1)
  await t.rejects(
    loop.exclusively(async () => {
      throw new Error('no')
    }),
    /no/,
  )
  loop.lookAgain('after')
  await sleep(20)
  await loop.stop()
  t.strictSame(turns, [['after']])
})

t.test('once stopped, nothing more is looked at', async (t) => {
  let turns = 0
  const loop = startLoop(async () => void (turns += 1), 1)
  loop.lookAgain('one')
  await loop.stop()
  await t.rejects(
    loop.exclusively(async () => void (turns += 1)),
    /it stops/,
    'what comes too late is said',
  )
  loop.lookAgain('two')
  await sleep(20)
  t.equal(turns, 0)
})

t.test('how long a turn takes is known while it does', async (t) => {
  let now = 1000
  const loop = startLoop(
    async () => undefined,
    1,
    () => now,
  )
  t.equal(loop.busyFor(), 0)
  let end: () => void = () => undefined
  const deed = loop.exclusively(() => new Promise<void>((resolve) => (end = resolve)))
  const next = loop.exclusively(async () => loop.busyFor())
  await sleep(5)
  now = 61_000
  t.equal(loop.busyFor(), 60_000)
  end()
  await deed
  t.equal(await next, 0, 'the one after it starts anew')
  t.equal(loop.busyFor(), 0)
  await loop.stop()
})
