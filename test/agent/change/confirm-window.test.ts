import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readJournal } from '../../../src/agent/change/journal.js'
import { longestApply } from '../../../src/core/change/deadline.js'
import { isOverdue } from '../../../src/core/change/recovery.js'
import { millis, seconds } from '../../../src/core/base/time.js'
import { bench, intent, push } from '../../support/agent/engine.js'

const NEIGHBOR = 'neighbor 10.0.0.1'

/** A router whose session is drained for 20 s before a change ends it; the clock moves meanwhile. */
async function draining(t: Parameters<typeof bench>[0]) {
  let pass: (duration: number) => Promise<void> = async () => undefined
  let isUp = false
  const at = await bench(t, {
    drain: 20,
    established: () => (isUp ? [NEIGHBOR] : []),
    paused: (duration) => pass(duration),
  })
  await at.engine.push(push(intent(1)))
  await at.settle()
  isUp = true
  pass = at.pass
  const journal = async () => {
    const found = await readJournal(async () => readFileSync(join(at.dir, 'change.json'), 'utf8'))
    if (!found.ok || found.value === null) throw new Error('there is no journal')
    return found.value
  }
  const began = at.clock.now()
  const document = { ...intent(2), attachments: [] }
  t.match(await at.engine.push(push(document, { change: 'c2', confirmWithin: 15 })), { ok: true })
  return { ...at, journal, began }
}

t.test('a person has all of the time from when the change is provisional', async (t) => {
  const at = await draining(t)
  const before = await at.journal()
  t.equal(
    before.until,
    at.began + longestApply(before.steps) + 15_000,
    'the deadline of an agent that hangs counts from before the first step',
  )
  t.ok(longestApply(before.steps) > 20_000, 'and has room for the drain')
  await at.settle()
  t.equal(at.engine.progress()?.phase, 'provisional')
  t.ok(at.clock.now() >= at.began + 20_000, 'the drain took longer than the time to confirm')
  const entry = await at.journal()
  t.equal(entry.until, (entry.appliedAt ?? millis(0)) + 15_000, 'the journal has the new deadline')
  await at.elapse(14_000)
  t.equal(at.engine.progress()?.phase, 'provisional')
  t.match(await at.engine.confirm('c2'), { ok: true })
  t.equal(at.engine.progress()?.phase, 'confirmed')
})

t.test('nobody confirms: the change is rolled back when that time is over', async (t) => {
  const at = await draining(t)
  await at.settle()
  const { until, bootId } = await at.journal()
  const due = (now: number) => isOverdue({ bootId, until }, { bootId, now: millis(now) })
  t.notOk(due(until), 'demarc-rollback leaves it to the agent')
  t.ok(due(until + 15_000), 'and takes over from an agent that is dead')
  await at.elapse(14_900)
  t.equal(at.engine.progress()?.phase, 'provisional')
  await at.elapse(200)
  t.equal(at.engine.progress()?.phase, 'rolled-back')
})

t.test('the next process honours the same deadline', async (t) => {
  const at = await draining(t)
  await at.settle()
  await at.pass(10_000)
  const next = await at.restart()
  t.equal(next.progress()?.phase, 'provisional')
  await at.pass(5100)
  await at.elapse(100)
  t.equal(next.progress()?.phase, 'rolled-back')
})

t.test('a plan has time for its drains, for FRR, and for thousands of links', (t) => {
  const pause = { do: 'pause', seconds: seconds(20) } as const
  const frr = { do: 'frr', daemon: 'bgpd', lines: [] } as const
  t.equal(longestApply([]), 30_000)
  t.equal(longestApply([pause]) - longestApply([]), 20_020)
  t.equal(longestApply([frr, frr]) - longestApply([]), 20_040)
  t.end()
})
