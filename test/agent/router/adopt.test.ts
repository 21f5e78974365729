import t from 'tap'
import type { Ifname, InterfaceAddress, Line } from '../../../src/core/model/names.js'
import { bench, push, intent } from '../../support/agent/engine.js'
import { give, set } from '../../support/kernel/kernel-steps.js'

t.test(`a released router stays configured, and is taken over again by marks alone`, async (t) => {
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
  const made = kernel.links().find(({ alias }) => alias === 'demarc attachment net-a')
  t.match(made?.addresses, [{ address: '10.0.0.2/30', owned: true }])
  t.ok((await engine.push(push(intent(2, 200)))).ok, 'it may be changed as what demarc made')
  await settle()
  t.notOk(kernel.links().some(({ name }) => name === 'dl.100'))
})

t.test(
  'an untagged address loses its mark with a release, though its port has no label',
  async (t) => {
    const { engine, settle, kernel } = await bench(t)
    const { attachments, ...rest } = intent(1)
    const [tagged] = attachments
    await engine.push(
      push({
        ...rest,
        connections: [{ name: 'dl', ports: [{ name: 'p0' }] }],
        attachments: [{ ...tagged, vlanId: null }],
      }),
    )
    await settle()
    t.equal((await engine.release()).ok, true)
    t.match(kernel.links().find(({ name }) => name === 'p0')?.addresses, [{ owned: false }])
  },
)

t.test('an address by hand is adopted, and released again', async (t) => {
  const { engine, settle, kernel } = await bench(t)
  await engine.push(push(intent(1)))
  await settle()
  await engine.release()
  const byHand = '10.0.0.2/30' as InterfaceAddress
  kernel.applyNow({ do: 'address-delete', link: 'dl.100' as Ifname, address: byHand })
  kernel.applyNow(give('dl.100', byHand))
  kernel.forgetOwners()
  t.ok((await engine.push(push(intent(1), { adopt: true, maxImpact: 'soft' }))).ok)
  await settle()
  t.match(engine.syncState(), { state: 'in-sync', faults: [] })
  const held = () => kernel.links().find(({ name }) => name === 'dl.100')?.addresses
  t.match(held(), [{ address: byHand, owned: true }])
  t.equal((await engine.release()).ok, true)
  t.match(held(), [{ address: byHand, owned: false }])
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

t.test('after a release the intents of before are not those that were in force last', async (t) => {
  const { engine, settle, memory } = await bench(t)
  for (const generation of [1, 2]) {
    t.ok((await engine.push(push(intent(generation, 100 + generation)))).ok)
    await settle()
  }
  t.strictSame(await memory().previous.generations(), [1])
  t.ok((await engine.release()).ok)
  t.strictSame(await memory().previous.generations(), [])
  for (const generation of [1, 2]) {
    const again = push(intent(generation, 101 + generation), { adopt: true })
    t.ok((await engine.push(again)).ok)
    await settle()
  }
  t.strictSame(await memory().previous.generations(), [1])
  t.match(await memory().previous.read(1), { intent: intent(1, 102) })
})
