import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { openChangeJournal } from '../../../src/agent/change/journal.js'
import { FaultError } from '../../../src/core/base/fault.js'
import { millis } from '../../../src/core/base/time.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { bench, intent, push } from '../../support/agent/engine.js'

import { FREE, NEW, OLD, settledBench } from './disk-bench.js'

/** What becomes of a file on a bad disk, or in the hands of an older or newer version. */
const DAMAGES: readonly (readonly [what: string, damage: (path: string) => void])[] = [
  ['empty', (path) => writeFileSync(path, '')],
  ['cut off', (path) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20))],
  ['of zeros', (path) => writeFileSync(path, Buffer.alloc(4096))],
  ['no text', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x80]))],
  [
    'another JSON',
    (path) => writeFileSync(path, '{"version": 0, "intent": {"schema": "demarc/intent/v0"}}'),
  ],
  [
    'a directory',
    (path) => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
]

t.test('a damaged journal is set aside by name, and the last good intent holds', async (t) => {
  for (const [what, damage] of DAMAGES) {
    const at = await settledBench(t)
    await at.engine.push(push(intent(2, 200), { confirmWithin: 60 }))
    await at.settle()
    damage(at.file('change.json'))
    const next = await at.restart()
    t.match(
      next.syncState().faults,
      [{ code: 'STATE_DAMAGED', at: 'change.json', message: /kept as change.json.damaged/ }],
      what,
    )
    t.ok(readdirSync(at.dir).includes('change.json.damaged'))
    await next.reconcile()
    t.strictSame(at.vlans(), OLD, what)
    t.equal((await at.restart()).syncState().faults.length, 0, 'said once')
  }
})

t.test(
  'the change that a damaged journal left is repaired where drift is only reported',
  async (t) => {
    for (const [what, writes, removes] of [
      ['a disk that works', FREE, true],
      ['a full disk', 0, true],
      ['a disk that takes nothing', 0, false],
    ] as const) {
      const at = await settledBench(t, { drift: 'report' })
      await at.engine.push(push(intent(2, 200), { confirmWithin: 60 }))
      await at.settle()
      writeFileSync(at.file('change.json'), 'half')
      Object.assign(at.takes, { writes, removes })
      const cut = await at.restart()
      t.match(cut.syncState().faults, [{ code: 'STATE_DAMAGED', at: 'change.json' }], what)
      const next = await at.restart()
      t.strictSame(at.vlans(), NEW, 'a crash before the first look')
      await next.reconcile()
      t.match(next.syncState(), { state: 'in-sync', faults: [] })
      t.strictSame(at.vlans(), OLD)
    }
  },
)

t.test('after that repair drift is only reported again', async (t) => {
  const at = await settledBench(t, { drift: 'report' })
  writeFileSync(at.file('change.json'), 'half')
  const next = await at.restart()
  await next.reconcile()
  at.frr.type('no router bgp 65010')
  await next.reconcile()
  t.match(next.syncState(), { state: 'drifted', faults: [{ code: 'DRIFT' }] })
})

t.test('a damaged journal on a disk that takes no writes does not stop the agent', async (t) => {
  const at = await settledBench(t)
  writeFileSync(at.file('change.json'), 'demarc change journal 7 of a later version')
  at.takes.writes = 0
  at.takes.removes = false
  const next = await at.restart()
  t.match(next.syncState().faults, [{ code: 'STATE_DAMAGED', message: /of a version/ }])
  await next.reconcile()
  t.equal(next.syncState().state, 'in-sync')
  t.match(await next.push(push(intent(2, 200))), {
    ok: false,
    faults: [{ code: 'STATE_UNWRITABLE' }],
  })
})

t.test('a damaged last good intent is refused by name and left as it is', async (t) => {
  for (const [what, damage] of DAMAGES) {
    const at = await settledBench(t)
    damage(at.file('last-good.json'))
    const error: unknown = await at.restart().catch((thrown: unknown) => thrown)
    t.match(error, { fault: { code: 'STATE_DAMAGED', at: /last-good.json$/ } }, what)
    t.strictSame(at.vlans(), OLD, 'and the router too')
    t.notOk(readdirSync(at.dir).includes('last-good.json.damaged'))
  }
})

/** As if the deadline of the change were long over. */
async function expire(dir: string): Promise<void> {
  const journal = openChangeJournal(await openStateFiles(dir))
  const found = await journal.read()
  if (!found.ok || found.value === null) throw new Error('no journal')
  await journal.write({ ...found.value, until: millis(0) })
}

t.test('a rollback within the same boot needs no last good intent', async (t) => {
  for (const [what, damage] of DAMAGES) {
    const at = await settledBench(t)
    await at.engine.push(push(intent(2, 200), { confirmWithin: 60 }))
    await at.settle()
    await expire(at.dir)
    damage(at.file('last-good.json'))
    const next = await at.restart('this-boot', 'spared')
    t.equal(next.progress()?.phase, 'rolled-back', what)
    t.strictSame(at.vlans(), OLD)
    t.notOk(existsSync(at.file('change.json')), 'the journal is closed')
    await t.rejects(at.restart(), FaultError, 'and the agent refuses to start all the same')
  }
})

t.test('after a reboot a rollback reports the damaged last good intent', async (t) => {
  const at = await settledBench(t)
  await at.engine.push(push(intent(2, 200), { confirmWithin: 60 }))
  await at.settle()
  writeFileSync(at.file('last-good.json'), '{"half')
  const next = await at.restart('next-boot', 'spared')
  t.match(next.syncState(), {
    state: 'stuck',
    faults: [{ code: 'STATE_DAMAGED', at: 'last-good.json', message: /move it aside/ }],
  })
  t.strictSame(at.vlans(), NEW, 'nothing is taken away on a guess')
  t.ok(existsSync(at.file('change.json')), 'the journal waits')
})

t.test(
  'a rollback without the key of the vault leaves the passwords that it cannot read',
  async (t) => {
    const known = { is: true }
    const at = await bench(t, { isKnown: () => known.is })
    const vlans = () =>
      at.kernel.links().flatMap(({ detail }) => (detail.kind === 'vlan' ? detail.vlanId : []))
    await at.engine.push(push(intent(1)))
    await at.settle()
    known.is = false
    await at.engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
    await at.settle()
    t.ok((await at.engine.cancel('b')).ok, 'a password that the change left alone is not missed')
    t.strictSame(vlans(), OLD)
    const bare = intent(3, 300)
    for (const { bgp } of bare.attachments) bgp.length = 0
    await at.engine.push(push(bare, { change: 'c', confirmWithin: 60 }))
    await at.settle()
    t.match(await at.engine.cancel('c'), { ok: false, faults: [{ code: 'CHANGE_STUCK' }, {}] })
    t.match(at.engine.syncState(), {
      state: 'stuck',
      faults: [{ code: 'SECRET_MISSING', at: 'neighbor 10.0.0.1' }, {}],
    })
    t.strictSame(vlans(), OLD, 'the links are as before')
    t.notMatch(at.frr.config(), /neighbor 10.0.0.1/, 'no neighbour comes without its password')
    known.is = true
    await at.engine.reconcile()
    t.equal(at.engine.syncState().state, 'in-sync')
    t.match(at.frr.config(), /neighbor 10.0.0.1 password/)
  },
)

t.test('any other damaged file is set aside, and no generation is tried again', async (t) => {
  for (const [what, damage] of DAMAGES) {
    const at = await settledBench(t)
    await at.engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
    await at.settle()
    await at.engine.cancel('b')
    damage(at.file('agent-state.json'))
    damage(at.file('history.json'))
    const next = await at.restart()
    t.match(
      at.lines.join(''),
      /state-set-aside.*agent-state.json.*state-set-aside.*history.json/s,
      what,
    )
    t.match(await next.push(push(intent(2, 200))), {
      ok: false,
      faults: [{ code: 'INTENT_STALE' }],
    })
    await next.reconcile()
    t.strictSame(at.vlans(), OLD)
    t.ok((await next.push(push(intent(3, 200)))).ok)
    await at.settle()
  }
})

t.test('a state directory of an older version is read', async (t) => {
  const at = await settledBench(t)
  writeFileSync(at.file('agent-state.json'), '{"rolledBack":4}')
  rmSync(at.file('history.json'))
  const next = await at.restart()
  await next.reconcile()
  t.match(next.syncState(), { state: 'in-sync', faults: [] })
  t.match(await next.push(push(intent(4, 200))), { ok: false, faults: [{ code: 'INTENT_STALE' }] })
})

t.test(
  'with an empty state directory the router stays as it is, and the agent reports that',
  async (t) => {
    const at = await settledBench(t)
    for (const name of readdirSync(at.dir)) rmSync(at.file(name))
    const next = await at.restart()
    await next.reconcile()
    t.strictSame(at.vlans(), OLD)
    t.match(next.syncState(), {
      state: 'no-intent',
      faults: [{ code: 'STATE_DAMAGED', at: 'last-good.json', message: /links that demarc made/ }],
    })
    t.ok((await next.push(push(intent(1)))).ok, 'the intent can be pushed again')
    await at.settle()
    t.match(next.syncState(), { state: 'in-sync', faults: [] })
    t.strictSame(at.vlans(), OLD)
  },
)
