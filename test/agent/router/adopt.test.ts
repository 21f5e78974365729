import t from 'tap'
import type { Line } from '../../../src/core/model/names.js'
import { bench, push, intent } from '../../support/agent/engine.js'
import { set } from '../../support/kernel/kernel-steps.js'

t.test('a released router stays configured, and is taken over again by marks alone', async (t) => {
  const { engine, settle, kernel, restart } = await bench(t)
  await engine.push(push(intent(1)))
  await settle()
  const before = kernel.links().map(({ name, up }) => ({ name, up }))
  t.match(await engine.release(), { ok: true, value: { length: /[1-9]/ } })
  t.match(await engine.release(), { ok: true, value: { length: 0 } }, 'once more is nothing to do')
  t.strictSame(
    kernel.links().map(({ name, up }) => ({ name, up })),
    before,
  )
  t.notOk(kernel.links().some(({ alias }) => alias?.startsWith('demarc ')))
  const fresh = await restart()
  t.match(fresh.syncState(), { state: 'no-intent' })
  t.equal(fresh.running(), null, 'the intent is forgotten over a restart')
  t.match(await engine.push(push(intent(1))), {
    ok: false,
    faults: [{ code: 'NOT_OWNED' }],
  })
  t.ok((await engine.push(push(intent(1), { adopt: true, maxImpact: 'soft' }))).ok)
  await settle()
  t.match(engine.syncState(), { state: 'in-sync', faults: [] })
  t.ok(kernel.links().some(({ alias }) => alias === 'demarc attachment net-a'))
})

t.test('a router that is taken over and not confirmed has its own labels again', async (t) => {
  const { engine, settle, kernel } = await bench(t)
  await engine.push(push(intent(1)))
  await settle()
  await engine.release()
  kernel.applyNow(set('dl', { alias: 'to the cloud' as Line }))
  const before = JSON.stringify(kernel.links())
  t.ok((await engine.push(push(intent(1), { adopt: true, confirmWithin: 60 }))).ok)
  await settle()
  t.not(JSON.stringify(kernel.links()), before)
  t.ok((await engine.cancel('c1')).ok)
  await settle()
  t.equal(JSON.stringify(kernel.links()), before)
})
