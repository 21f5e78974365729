import { chmodSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openReportQueue } from '../../../src/agent/hub/report-queue.js'
import { openPushedSecrets } from '../../../src/agent/state/pushed-secrets.js'
import { previousIntent } from '../../../src/agent/state/previous-intent.js'
import { openStateStore } from '../../../src/agent/state/state-store.js'
import { renamesAmong, upgradeStateFiles } from '../../../src/agent/state/upgrade.js'
import { fault, FaultError } from '../../../src/core/base/fault.js'
import { openStateFiles, type StateFiles } from '../../../src/edge/host/files/state-files.js'
import { openLog } from '../../../src/edge/host/log.js'
import { openVault } from '../../../src/edge/host/secrets/vault.js'
import { bench, intent, push } from '../../support/agent/engine.js'
import { planted } from '../../support/process/planted-secrets.js'

/* Today's code on state directories that the code of 0.1.0 wrote; see their README. */

const FIXTURE = 'test/fixtures/state-0.1.0/settled'

/** A copy of what 0.1.0 left. */
function copied(t: Test) {
  const dir = t.testdir()
  cpSync(FIXTURE, dir, { recursive: true })
  chmodSync(join(dir, 'vault.key'), 0o600)
  const lines: string[] = []
  const log = openLog({ level: 'debug', write: (line) => void lines.push(line) })
  return { dir, lines, log, names: () => readdirSync(dir).sort() }
}

const UPGRADED = [
  'agent-state.json',
  'history.json',
  'last-good.json',
  'previous-1-fc4fc4df15bf.json',
  'pushed-secrets.sealed',
  'report-queue.json',
  'report-queue.log',
  'rolled-back-3-c474e4be693c.json',
  'rolled-back-4-ef6ca82172ef.json',
  'vault.key',
]

t.test('the store has all that 0.1.0 knew, and the files have their present names', async (t) => {
  const at = copied(t)
  const files = await openStateFiles(at.dir)
  const store = await openStateStore(files, at.log)
  t.strictSame(at.names(), UPGRADED)
  t.equal(store.lastGood()?.ref.generation, 2)
  t.equal(store.rolledBack(), 4)
  t.equal(store.syncedBoot(), 'this-boot')
  t.strictSame(await store.previous.generations(), [1])
  t.match(await previousIntent(store, undefined), { ok: true, value: { nextGeneration: 5 } })
  t.match(store.history(), [
    { change: 'first', phase: 'confirmed' },
    { change: 'second', phase: 'confirmed' },
    { change: 'unhealthy', restored: true, faults: [{ code: 'CHANGE_UNHEALTHY' }] },
    { change: 'cancelled', phases: [{}, {}, {}, { phase: 'rolling-back' }, {}] },
  ])
  t.strictSame(at.lines, [], 'nothing was damaged')
})

t.test('reports that the hub did not have and pushed passwords are still there', async (t) => {
  const at = copied(t)
  const files = await openStateFiles(at.dir)
  await openStateStore(files, at.log)
  const queue = await openReportQueue(files, () => new Date(0), at.log)
  t.equal(queue.lastSequence(), 1)
  queue.online(true)
  t.match(await queue.unacknowledged(1), [
    { method: 'report.events', params: { sequence: 2, events: [{ code: 'AFTER' }] } },
  ])
  const vault = await openVault({ keyFile: join(at.dir, 'vault.key') })
  const secrets = await openPushedSecrets(files, vault, at.log)
  t.ok(JSON.stringify(secrets.layers()).includes(planted('pushed')))
  t.strictSame(at.lines, [])
})

/** The files, of which every write fails after so many; that is where the power went. */
function cutAfter(files: StateFiles, writes: number): StateFiles {
  let left = writes
  const guarded = async (act: () => Promise<void>): Promise<void> => {
    if (left === 0) throw new FaultError(fault('STATE_UNWRITABLE', 'state', 'no power'))
    left -= 1
    await act()
  }
  return {
    ...files,
    rename: (name, to) => guarded(() => files.rename(name, to)),
    write: (name, text) => guarded(() => files.write(name, text)),
  }
}

t.test('a power cut after any write is made good by the next start', async (t) => {
  const whole = copied(t)
  await upgradeStateFiles(await openStateFiles(whole.dir), whole.log)
  const contents = (dir: string) => UPGRADED.map((name) => readFileSync(join(dir, name), 'utf8'))
  const expected = contents(whole.dir)
  for (let writes = 0; writes < 8; writes++) {
    await t.test(`after ${writes} writes`, async (t) => {
      const at = copied(t)
      const files = await openStateFiles(at.dir)
      await upgradeStateFiles(cutAfter(files, writes), at.log)
      t.match(at.lines.join(''), /state-upgrade-failed/, 'that is logged')
      await upgradeStateFiles(files, at.log)
      t.strictSame(at.names(), UPGRADED)
      t.strictSame(contents(at.dir), expected)
    })
  }
})

t.test('a directory that is up to date stays as it is', async (t) => {
  const at = copied(t)
  const files = await openStateFiles(at.dir)
  await upgradeStateFiles(files, at.log)
  await upgradeStateFiles(cutAfter(files, 0), at.log)
  t.strictSame(at.lines, [], 'not even one write')
  t.strictSame(renamesAmong(at.names()), [])
})

t.test('damaged files of 0.1.0 are set aside under their present names', async (t) => {
  const at = copied(t)
  for (const name of ['standing.json', 'history.json', 'outbox.json']) {
    writeFileSync(join(at.dir, name), Buffer.from([0xff, 0xfe]))
  }
  const files = await openStateFiles(at.dir)
  const store = await openStateStore(files, at.log)
  await openReportQueue(files, () => new Date(0), at.log)
  t.equal(store.rolledBack(), 4, 'read from the names of the archived intents')
  t.strictSame(store.history(), [])
  t.equal(store.lastGood()?.ref.generation, 2)
  for (const name of ['agent-state.json', 'history.json', 'report-queue.json']) {
    t.ok(at.names().includes(`${name}.damaged`), name)
  }
})

for (const phase of ['provisional', 'rolling-back']) {
  t.test(`after a reboot a change that 0.1.0 left ${phase} is rolled back`, async (t) => {
    const at = await bench(t)
    cpSync(join('test/fixtures/state-0.1.0', phase), at.dir, { recursive: true })
    const engine = await at.restart('next-boot')
    await at.settle()
    const store = at.memory()
    t.equal(store.lastGood()?.ref.generation, 1)
    t.equal(store.rolledBack(), 2)
    t.match(store.history().at(-1), { change: 'second', phase: 'rolled-back' })
    const links = at.kernel.links().map(({ name }) => name)
    t.ok(links.includes('dl.101'), 'the last good intent is applied')
    t.notOk(links.includes('dl.102'))
    t.notOk(readdirSync(at.dir).includes('change.json'), 'the journal is closed')
    const repeated = await engine.push(push(intent(2)))
    t.match(repeated, { ok: false, faults: [{ code: 'INTENT_STALE' }] })
  })
}

t.test(
  'what a newer version wrote is refused by name after a downgrade, and stays as it is',
  async (t) => {
    const at = copied(t)
    const file = join(at.dir, 'last-good.json')
    await openStateStore(await openStateFiles(at.dir), at.log)
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { intent: object }
    const newer = JSON.stringify({ ...stored, intent: { ...stored.intent, ofTomorrow: true } })
    writeFileSync(file, newer)
    const opened = openStateStore(await openStateFiles(at.dir), at.log)
    await t.rejects(opened, {
      name: 'FaultError',
      message:
        /last-good\.json: .*ofTomorrow: .*if a newer demarc wrote it, install that one again/,
    })
    t.equal(readFileSync(file, 'utf8'), newer)
    t.strictSame(at.names(), UPGRADED, 'nothing was removed or set aside')
    // The newer version again, which can read it.
    writeFileSync(file, JSON.stringify(stored))
    const again = await openStateStore(await openStateFiles(at.dir), at.log)
    t.equal(again.lastGood()?.ref.generation, 2)
  },
)
