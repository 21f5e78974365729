import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bench, intent, push } from '../../support/agent/engine.js'

import { disk, FREE, NEW, OLD, settledBench } from './disk-bench.js'

t.test('a disk that is full from any write of a change on loses nothing', async (t) => {
  const ends = new Set<string>()
  for (let writes = 0; writes < 6; writes += 1) {
    const at = await settledBench(t)
    at.takes.writes = writes
    const answer = await at.engine.push(push(intent(2, 200)))
    await at.settle()
    const { state, faults } = at.engine.syncState()
    if (!answer.ok) {
      t.match(answer.faults, [{ code: 'STATE_UNWRITABLE' }], 'refused by its name')
      t.strictSame(at.vlans(), OLD, 'and nothing is changed')
      ends.add('refused')
    } else if (state === 'stuck') {
      t.ok(
        faults.some(({ code }) => code === 'STATE_UNWRITABLE'),
        'it says what it waits for',
      )
      t.strictSame(at.vlans(), OLD, 'the router is as before')
      ends.add('rolled-back')
    } else {
      t.strictSame(at.vlans(), NEW)
      ends.add('kept')
    }
    const wanted = answer.ok && state !== 'stuck' ? NEW : OLD
    at.takes.writes = FREE
    await at.engine.reconcile()
    const next = await at.restart()
    await next.reconcile()
    t.match(next.syncState(), { state: 'in-sync', faults: [] }, `after ${writes} writes`)
    t.strictSame(at.vlans(), wanted)
    t.notOk(existsSync(at.file('change.json')), 'the journal is closed')
    const later = await next.push(push(intent(3, 300)))
    t.ok(later.ok, 'and the next change is taken')
    await at.settle()
  }
  t.strictSame([...ends].sort(), ['kept', 'refused', 'rolled-back'])
})

t.test('a change that a crash cut is rolled back on a disk that takes no writes', async (t) => {
  const at = await settledBench(t)
  await at.engine.push(push(intent(2, 200), { confirmWithin: 60 }))
  await at.settle()
  t.strictSame(at.vlans(), NEW)
  at.takes.writes = 0
  at.takes.removes = false
  const next = await at.restart('next-boot')
  t.strictSame(at.vlans(), OLD)
  t.match(next.syncState(), { state: 'stuck', faults: [{ code: 'STATE_UNWRITABLE' }] })
  at.takes.writes = FREE
  at.takes.removes = true
  await next.reconcile()
  t.equal(next.syncState().state, 'in-sync')
})

t.test(
  'a confirmation that cannot be stored is answered with the rollback of the change',
  async (t) => {
    const at = await settledBench(t)
    await at.engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
    await at.settle()
    at.takes.writes = 0
    t.match(await at.engine.confirm('b'), {
      ok: false,
      faults: [{ code: 'CHANGE_STUCK', at: 'b' }, { code: 'STATE_UNWRITABLE' }],
    })
    t.strictSame(at.vlans(), OLD, 'the router is as before')
    at.takes.writes = FREE
    await at.engine.reconcile()
    t.match(at.engine.syncState(), { state: 'in-sync', faults: [] })
  },
)

function lastGoodOf(dir: string): number {
  const text = readFileSync(join(dir, 'last-good.json'), 'utf8')
  return (JSON.parse(text) as { ref: { generation: number } }).ref.generation
}

t.test(
  'an intent that was rolled back is not the last good one, although it was stored',
  async (t) => {
    for (const boot of ['this-boot', 'next-boot']) {
      const at = await settledBench(t)
      await at.engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
      await at.settle()
      at.takes.lastGood = 'unsynced'
      t.match(await at.engine.confirm('b'), { ok: false })
      t.match(at.engine.syncState(), { state: 'stuck', faults: [{ code: 'STATE_UNWRITABLE' }, {}] })
      t.strictSame(at.vlans(), OLD)
      t.equal(lastGoodOf(at.dir), 2, 'the disk says otherwise than the router')
      const next = await at.restart(boot)
      t.strictSame(at.vlans(), OLD, 'the intent that was rolled back does not come back')
      t.equal(next.syncState().state, 'stuck', 'while the disk cannot say it')
      at.takes.lastGood = undefined
      await next.reconcile()
      t.match(next.syncState(), { state: 'in-sync' })
      t.equal(lastGoodOf(at.dir), 1)
      t.equal(next.running()?.ref.generation, 1)
      const later = await at.restart(boot)
      await later.reconcile()
      t.strictSame(at.vlans(), OLD)
    }
  },
)

t.test('where there was no intent before, there is none after the rollback', async (t) => {
  const takes: Parameters<typeof disk>[0] = { writes: FREE, removes: true, lastGood: 'unsynced' }
  const at = await bench(t, { files: disk(takes) })
  await at.engine.push(push(intent(1), { change: 'a', confirmWithin: 60 }))
  await at.settle()
  t.match(await at.engine.confirm('a'), { ok: false })
  t.equal(at.engine.progress()?.phase, 'rolled-back')
  t.notOk(existsSync(join(at.dir, 'last-good.json')))
  const next = await at.restart()
  t.match(next.syncState(), { state: 'no-intent', faults: [] })
})

t.test('where the previous intent is lost as well, the router stays as it was', async (t) => {
  const at = await settledBench(t)
  await at.engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
  await at.settle()
  at.takes.lastGood = 'unsynced'
  await at.engine.confirm('b')
  at.takes.lastGood = undefined
  for (const name of readdirSync(at.dir)) if (name.startsWith('previous-')) rmSync(at.file(name))
  const next = await at.restart()
  t.strictSame(at.vlans(), OLD)
  t.match(next.syncState(), { faults: [{ code: 'STATE_UNWRITABLE' }] })
  t.match(at.lines.join(''), /previous-intent-missing/)
  t.match((await at.restart()).syncState(), { state: 'no-intent', faults: [{}] })
})

t.test(
  'a change that is stored on a disk that takes no more writes is finished later',
  async (t) => {
    const at = await settledBench(t)
    await at.engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
    await at.settle()
    at.takes.removes = false
    const history = readFileSync(at.file('history.json'))
    t.ok((await at.engine.confirm('b')).ok)
    t.match(at.engine.syncState(), { state: 'in-sync', faults: [{ code: 'STATE_UNWRITABLE' }] })
    t.ok(existsSync(at.file('change.json')))
    const blind = await at.restart()
    t.equal(blind.running()?.ref.generation, 2, 'a start that cannot finish it either goes on')
    at.takes.removes = true
    // As a crash leaves it before the end is written down.
    writeFileSync(at.file('history.json'), history)
    await at.restart()
    t.notOk(existsSync(at.file('change.json')))
    t.strictSame(at.vlans(), NEW)
    const phases = ['planned', 'applying', 'provisional', 'confirmed'].map((phase) => ({ phase }))
    t.match(at.memory().history().at(-1), { change: 'b', phase: 'confirmed', phases })
    t.equal(
      at
        .memory()
        .history()
        .filter(({ change }) => change === 'b').length,
      1,
    )
    t.match(
      at.seen.at(-1),
      { change: 'b', phase: 'confirmed' },
      'and the hub gets the end of the change',
    )
  },
)
