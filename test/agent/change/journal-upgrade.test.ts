import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readJournal } from '../../../src/agent/change/journal.js'
import { upgradeFormat2 } from '../../../src/agent/state/journal-upgrade.js'
import { sha256 } from '../../../src/edge/host/facts/identity.js'
import { bench, intent, push } from '../../support/agent/engine.js'

/*
 * The fixtures are journals that demarc wrote before format 3 (commit 70b81e8), in the middle of change `b`
 * from generation 1 to generation 2.
 */
const journalText = (name: 'provisional' | 'stuck') =>
  readFileSync(`test/fixtures/journal/format-2-${name}.txt`, 'utf8')

/** A router in the middle of that change, with the journal of the fixture; `next` is the upgraded agent. */
async function upgraded(t: Test, name: 'provisional' | 'stuck') {
  const at = await bench(t)
  await at.engine.push(push(intent(1)))
  await at.settle()
  await at.engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
  await at.settle()
  at.seen.length = 0
  writeFileSync(join(at.dir, 'change.json'), journalText(name))
  const next = await at.restart()
  const vlans = () =>
    at.kernel.links().flatMap(({ detail }) => (detail.kind === 'vlan' ? detail.vlanId : []))
  return { ...at, next, vlans }
}

t.test('a journal of format 2 is read with the names of format 3', async (t) => {
  const provisional = await readJournal(async () => journalText('provisional'))
  t.match(provisional, {
    ok: true,
    value: {
      change: 'b',
      phase: 'provisional',
      kept: { ref: { generation: 2 } },
      expected: [{ subject: 'neighbor 10.0.0.1', fresh: true, optional: false }],
      healthyBefore: ['neighbor 10.0.0.1', 'hub'],
      hubBefore: { address: '192.0.2.1', link: 'mgmt', protocol: 3 },
      phases: [{ phase: 'planned' }, { phase: 'applying' }, { phase: 'provisional' }],
      reasons: [],
    },
  })
  const stuck = await readJournal(async () => journalText('stuck'))
  t.match(stuck, {
    ok: true,
    value: {
      phase: 'stuck',
      phases: [
        { phase: 'planned' },
        { phase: 'applying' },
        { phase: 'provisional' },
        { phase: 'rolling-back' },
        { phase: 'stuck' },
      ],
      reasons: [{ code: 'CHANGE_UNHEALTHY', at: 'neighbor 10.0.0.1' }],
    },
  })
})

t.test('an agent that is upgraded in the middle of a change can keep the change', async (t) => {
  const { next, seen, dir, vlans } = await upgraded(t, 'provisional')
  t.equal(next.syncState().state, 'provisional')
  t.match(readFileSync(join(dir, 'change.json'), 'utf8'), /^demarc change journal 3 /)
  t.ok((await next.confirm('b')).ok)
  t.match(seen.at(-1), { change: 'b', phase: 'confirmed' })
  t.equal(next.running()?.ref.generation, 2)
  t.strictSame(vlans(), [200])
  t.notOk(existsSync(join(dir, 'change.json')))
})

t.test('an agent that is upgraded in the middle of a change can cancel the change', async (t) => {
  const { next, seen, vlans } = await upgraded(t, 'provisional')
  t.ok((await next.cancel('b')).ok)
  t.match(seen.at(-1), { change: 'b', phase: 'rolled-back' })
  t.equal(next.running()?.ref.generation, 1)
  t.strictSame(vlans(), [100])
})

t.test('an agent that is upgraded while a rollback is stuck finishes the rollback', async (t) => {
  const { next, seen, dir, vlans } = await upgraded(t, 'stuck')
  t.match(seen.at(-1), { phase: 'rolled-back', faults: [{ code: 'CHANGE_UNHEALTHY' }] })
  t.equal(next.running()?.ref.generation, 1)
  t.strictSame(vlans(), [100])
  t.notOk(existsSync(join(dir, 'change.json')))
})

t.test('a journal of format 2 that was changed or is no entry is damaged', async (t) => {
  const text = journalText('provisional')
  const damage = (stored: string) => readJournal(async () => stored)
  t.match(await damage(text.replace('"b"', '"c"')), {
    ok: false,
    faults: [{ code: 'STATE_DAMAGED', at: 'change.json', message: /cut off or was changed/ }],
  })
  t.match(await damage(`demarc change journal 2 ${sha256('{}')}\n{}`), {
    ok: false,
    faults: [{ code: 'STATE_DAMAGED' }],
  })
  t.equal(upgradeFormat2({}), undefined)
})

t.test('faults in what was read of FRR have their present codes', async (t) => {
  const [, body = ''] = journalText('provisional').split('\n')
  const old = JSON.parse(body) as { before: { frr: { faults: object[] } } }
  old.before.frr.faults.push({ code: 'FRR_TOO_OLD', at: 'bgpd', message: 'FRR 8.1' })
  t.match(upgradeFormat2(old), {
    before: { frr: { faults: [{ code: 'FRR_UNSUPPORTED', at: 'bgpd', message: 'FRR 8.1' }] } },
  })
})
