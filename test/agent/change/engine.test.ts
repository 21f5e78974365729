import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Push } from '../../../src/agent/change/push.js'
import { fault, type Fault } from '../../../src/core/base/fault.js'
import type { Ifname } from '../../../src/core/model/names.js'
import { bench, intent, push } from '../../support/agent/engine.js'

t.test(
  'a change that another program would revert does not begin, and what runs goes on',
  async (t) => {
    let refusals: readonly Fault[] = []
    const { engine, settle, kernel } = await bench(t, { refusals: () => refusals })
    await engine.push(push(intent(1)))
    await settle()
    refusals = [fault('HOST_CONFLICT', '/etc/systemd/networkd.conf.d', 'it removes next hops')]
    const before = kernel.links()
    for (const dryRun of [true, false]) {
      const answer = await engine.push(push(intent(2, 200), { dryRun }))
      t.strictSame(answer, { ok: false, faults: refusals }, `dry run: ${dryRun}`)
    }
    await settle()
    t.strictSame(kernel.links(), before)
    await engine.reconcile()
    t.equal(engine.syncState().state, 'in-sync', 'a repair is made all the same')
    refusals = []
    t.ok((await engine.push(push(intent(2, 200)))).ok, 'the refusal leaves nothing behind')
    await settle()
  },
)

t.test('a pushed intent is applied, read back, kept, and a repeat does nothing', async (t) => {
  const { engine, phases, settle, kernel, restart } = await bench(t)
  const answer = await engine.push(push(intent(1)))
  t.ok(answer.ok)
  await settle()
  t.strictSame(phases, ['planned', 'applying', 'provisional', 'confirmed'])
  t.ok(kernel.links().some(({ name }) => name === 'dl.100'))
  const again = await engine.push(push(intent(1)))
  t.equal(again.ok && again.value.plan?.stepCount, 0, 'the same generation is no change')
  const next = await engine.push(push(intent(2, 200)))
  t.ok(next.ok, 'a settled change does not block the next')
  await settle()
  t.strictSame(
    kernel.links().flatMap(({ detail }) => (detail.kind === 'vlan' ? detail.vlanId : [])),
    [200],
  )
  const rebooted = await restart()
  await rebooted.reconcile()
  t.equal(rebooted.syncState().state, 'in-sync')
  t.equal(rebooted.running()?.ref.generation, 2)
})

t.test('a dry run, a stale generation and too high an impact change nothing', async (t) => {
  const { engine, settle, kernel, phases } = await bench(t)
  await engine.push(push(intent(5)))
  await settle()
  const before = JSON.stringify(kernel.links())
  phases.length = 0
  const dry = await engine.push(push(intent(6, 300), { dryRun: true }))
  t.equal(dry.ok && dry.value.plan?.impact, 'traffic-loss')
  const code = async (request: Push) => {
    const answer = await engine.push(request)
    return answer.ok ? 'accepted' : answer.faults[0]?.code
  }
  t.equal(await code(push(intent(4))), 'INTENT_STALE')
  t.equal(await code(push(intent(6, 300), { maxImpact: 'soft' })), 'IMPACT_TOO_HIGH')
  t.equal(
    await code(push({ ...intent(6), router: { ...intent(6).router, id: 'r2' } })),
    'INTENT_WRONG_ROUTER',
  )
  await settle()
  t.strictSame(phases, [])
  t.equal(JSON.stringify(kernel.links()), before)
})

t.test(
  'when FRR refuses a line, everything is rolled back and the generation is used up',
  async (t) => {
    let refuse = false
    const refusal = fault('FRR_REFUSED', 'bgpd', '% cannot')
    const { engine, settle, kernel, frr, seen } = await bench(t, {
      frrFault: () => (refuse ? refusal : null),
    })
    await engine.push(push(intent(1)))
    await settle()
    const before = { links: JSON.stringify(kernel.links()), config: frr.config() }
    refuse = true
    const changed = intent(2, 200)
    await engine.push(push({ ...changed, router: { ...changed.router, maximumPaths: 8 } }))
    await settle()
    t.match(seen.at(-1), { phase: 'rolled-back', faults: [{ message: '% cannot' }] })
    const named = (text: string) =>
      (JSON.parse(text) as { name: string; master: string | null; mtu: number }[])
        .map(({ name, master, mtu }) => `${name} ${master ?? ''} ${mtu}`)
        .sort()
    t.strictSame(named(JSON.stringify(kernel.links())), named(before.links))
    t.equal(frr.config(), before.config)
    refuse = false
    const again = await engine.push(push(intent(2, 200)))
    t.equal(again.ok ? 'accepted' : again.faults[0]?.code, 'INTENT_STALE')
    t.equal(engine.running()?.ref.generation, 1)
  },
)

t.test('a change with a deadline is kept if it is confirmed and rolled back if not', async (t) => {
  const { engine, settle, elapse, kernel, seen } = await bench(t)
  const vlans = () => kernel.links().filter(({ detail }) => detail.kind === 'vlan').length
  await engine.push(push(intent(1), { change: 'a', confirmWithin: 60 }))
  await settle()
  t.equal(seen.at(-1)?.phase, 'provisional')
  const busy = await engine.push(push(intent(2)))
  t.equal(busy.ok ? 'accepted' : busy.faults[0]?.code, 'CHANGE_BUSY')
  const wrong = await engine.confirm('b')
  t.equal(wrong.ok ? 'confirmed' : wrong.faults[0]?.code, 'CHANGE_UNKNOWN')
  t.ok((await engine.confirm('a')).ok)
  t.equal(seen.at(-1)?.phase, 'confirmed')
  await engine.push(push({ ...intent(2), attachments: [] }, { change: 'b', confirmWithin: 60 }))
  await settle()
  t.equal(vlans(), 0)
  t.ok((await engine.cancel('b')).ok)
  t.equal(seen.at(-1)?.phase, 'rolled-back')
  t.equal(vlans(), 1)
  await engine.push(push({ ...intent(3), attachments: [] }, { change: 'c', confirmWithin: 1 }))
  await settle()
  t.equal(vlans(), 0)
  await elapse(980)
  t.equal(seen.at(-1)?.phase, 'provisional')
  await elapse(20)
  t.equal(seen.at(-1)?.phase, 'rolled-back', 'the deadline is over')
  t.equal(vlans(), 1)
})

t.test('a difference that somebody made is repaired, and what is not demarc’s stays', async (t) => {
  const { engine, settle, kernel } = await bench(t)
  await engine.push(push(intent(1)))
  await settle()
  const index = kernel.links().findIndex(({ name }) => name === 'dl.100')
  t.not(index, -1)
  await kernel.apply([
    { do: 'link-set', link: kernel.links()[index]?.name as Ifname, to: { mtu: 1400 }, from: {} },
  ])
  await engine.reconcile()
  t.equal(kernel.links().find(({ name }) => name === 'dl.100')?.mtu, 1500)
  t.equal(engine.syncState().state, 'in-sync')
  t.ok(kernel.links().some(({ name, up }) => name === 'mgmt' && up))
})

t.test(
  'a process that finds an unsettled change resumes it before its deadline, and can cancel it',
  async (t) => {
    const { engine, settle, seen, kernel, restart } = await bench(t)
    await engine.push(push(intent(1)))
    await settle()
    await engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
    await settle()
    const next = await restart()
    t.equal(next.syncState().state, 'provisional')
    t.equal(next.running()?.ref.generation, 2)
    t.ok((await next.cancel('b')).ok)
    t.equal(seen.at(-1)?.phase, 'rolled-back')
    t.ok(kernel.links().some(({ name }) => name === 'dl.100'))
    t.notOk(kernel.links().some(({ name }) => name === 'dl.200'))
    const after = await restart()
    t.equal(after.running()?.ref.generation, 1, 'the journal is closed')
    t.equal((await after.push(push(intent(2, 200)))).ok, false, 'it is not tried again')
  },
)

t.test(
  'a journal that cannot be written refuses the change, and one that is damaged is set aside',
  async (t) => {
    const { engine, settle, kernel, dir, restart } = await bench(t)
    await engine.push(push(intent(1)))
    await settle()
    const before = JSON.stringify(kernel.links())
    await mkdir(join(dir, 'change.json'))
    const refusedPush = await engine.push(push(intent(2, 200)))
    t.match(refusedPush, { ok: false, faults: [{ code: 'STATE_UNWRITABLE' }] })
    await settle()
    t.equal(JSON.stringify(kernel.links()), before)
    await rmdir(join(dir, 'change.json'))
    await writeFile(join(dir, 'change.json'), 'demarc change journal 1 half a li')
    const next = await restart()
    t.match(next.syncState().faults, [
      { code: 'STATE_DAMAGED', message: /kept as change.json.damaged/ },
    ])
    await next.reconcile()
    t.equal(next.syncState().state, 'in-sync', 'the last good intent holds')
    t.ok((await readdir(dir)).some((name) => name === 'change.json.damaged'))
  },
)

t.test('a rollback that fails is stuck, refuses pushes, and is retried', async (t) => {
  let down = false
  const gone = fault('FRR_UNAVAILABLE', 'bgpd', 'no answer')
  const { engine, settle, seen, frr } = await bench(t, { frrFault: () => (down ? gone : null) })
  await engine.push(push(intent(1)))
  await settle()
  const before = frr.config()
  await engine.push(push({ ...intent(2), attachments: [] }, { change: 'b', confirmWithin: 60 }))
  await settle()
  down = true
  t.match(await engine.cancel('b'), {
    ok: false,
    faults: [{ code: 'CHANGE_STUCK', at: 'b' }, { code: 'FRR_UNAVAILABLE' }],
  })
  t.match(seen.at(-1), { phase: 'stuck', faults: [{ code: 'FRR_UNAVAILABLE' }] })
  t.equal(engine.syncState().state, 'stuck')
  const refused = await engine.push(push(intent(3)))
  t.match(refused, { ok: false, faults: [{ code: 'CHANGE_STUCK' }] })
  t.match(await engine.repair(false), { value: { change: 'b', phase: 'stuck' } })
  down = false
  await engine.reconcile()
  t.equal(seen.at(-1)?.phase, 'rolled-back', 'retried at the next turn')
  t.equal(frr.config(), before)
  t.match(await engine.repair(false), { value: { change: null } }, 'nothing is stuck now')
})

t.test('drift = "report" leaves a difference, names its age, and reports it once', async (t) => {
  const { engine, settle, kernel, drifts } = await bench(t, { drift: 'report' })
  await engine.push(push(intent(1)))
  await settle()
  await engine.reconcile()
  await kernel.apply([{ do: 'link-set', link: 'dl.100' as Ifname, to: { mtu: 1400 }, from: {} }])
  await engine.reconcile()
  await engine.reconcile()
  t.equal(kernel.links().find(({ name }) => name === 'dl.100')?.mtu, 1400)
  t.match(engine.syncState(), {
    state: 'drifted',
    faults: [{ code: 'DRIFT', message: /^since 20/ }],
  })
  t.match(drifts, [{ done: 'left', what: [/set dl.100: mtu 1400/] }])
  t.equal(drifts.length, 1)
})

t.test('a failed save of FRR is reported until it succeeds', async (t) => {
  const full = fault('FRR_REFUSED', 'watchfrr', 'no space left on device')
  let unsaved: Fault | null = full
  const at = await bench(t, { unsaved: () => unsaved })
  await at.engine.push(push(intent(1)))
  await at.settle()
  for (let turn = 0; turn < 2; turn++) {
    await at.engine.reconcile()
    t.match(at.engine.syncState(), { state: 'in-sync', faults: [full] })
  }
  unsaved = null
  await at.engine.reconcile()
  t.match(at.engine.syncState(), { state: 'in-sync', faults: [] })
})

t.test('a stuck change that is accepted is settled, on the disk as well', async (t) => {
  let down = false
  const gone = fault('FRR_UNAVAILABLE', 'bgpd', 'no answer')
  const at = await bench(t, { frrFault: () => (down ? gone : null) })
  await at.engine.push(push(intent(1)))
  await at.settle()
  const second = push({ ...intent(2), attachments: [] }, { change: 'b', confirmWithin: 60 })
  await at.engine.push(second)
  await at.settle()
  down = true
  await at.engine.cancel('b')
  const stuck = at.memory().history().length
  for (let turn = 0; turn < 3; turn++) await at.engine.reconcile()
  t.equal(at.memory().history().length, stuck, 'it is recorded once, however often it is retried')
  t.match(await at.engine.repair(true), { value: { change: 'b', phase: 'rolled-back' } })
  t.notOk((await readdir(at.dir)).includes('change.json'), 'the journal is closed')
  down = false
  const next = await at.restart()
  await next.reconcile()
  t.equal(next.syncState().state, 'in-sync')
  t.match(await next.push(second), { ok: false, faults: [{ code: 'INTENT_STALE' }] })
})

t.test('a repair in FRR is saved, so that FRR does not start without it', async (t) => {
  let saves = 0
  const full = fault('FRR_REFUSED', 'watchfrr', 'no space left on device')
  let unsaved: Fault | null = null
  const at = await bench(t, {
    unsaved() {
      saves += 1
      return unsaved
    },
  })
  await at.engine.push(push(intent(1)))
  await at.settle()
  const confirmed = saves
  await at.kernel.apply([{ do: 'link-set', link: 'dl.100' as Ifname, to: { mtu: 1400 }, from: {} }])
  await at.engine.reconcile()
  t.equal(saves, confirmed, 'a link is not in FRR’s file')
  const lines = ['router bgp 65010', 'no neighbor 10.0.0.1 password', 'exit']
  await at.frr.apply({ do: 'frr', daemon: 'bgpd', lines })
  await at.engine.reconcile()
  t.equal(saves, confirmed + 1)
  unsaved = full
  await at.frr.apply({ do: 'frr', daemon: 'bgpd', lines })
  await at.engine.reconcile()
  t.match(
    at.engine.syncState(),
    { state: 'in-sync', faults: [full] },
    'and reported where it is not',
  )
})
