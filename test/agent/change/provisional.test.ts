import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { fault, type Fault } from '../../../src/core/base/fault.js'
import type { AskedProbe } from '../../../src/core/model/probe.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { bench, intent, push } from '../../support/agent/engine.js'
import { waitFor } from '../../support/process/wait.js'
import { witness } from '../../support/agent/witness.js'

/* What witnesses make of a change, and of its undo. */

t.test('a change that breaks what worked is undone by itself, and said why', async (t) => {
  let well = true
  const session = () => witness('neighbor 10.0.0.1', well, { detail: 'its session is Idle' })
  const { engine, settle, seen, kernel } = await bench(t, {
    witnesses: () => [session()],
    grace: 1000,
  })
  await engine.push(push(intent(1)))
  await settle()
  t.equal(seen.at(-1)?.phase, 'confirmed')
  const changed = engine.push(push(intent(2, 200)))
  await changed
  well = false
  await settle()
  t.equal(seen.at(-1)?.phase, 'provisional', 'it has its grace')
  await waitFor('undone', async () => seen.at(-1)?.phase, {
    until: (phase) => phase === 'rolled-back',
    within: 10,
    every: 20,
  })
  t.match(seen.at(-1)?.faults, [{ code: 'CHANGE_UNHEALTHY', at: 'neighbor 10.0.0.1' }])
  t.ok(kernel.links().some(({ name }) => name === 'dl.100'))
})

t.test(
  'a required probe fails the change whatever was before; another only if it worked',
  async (t) => {
    const silent = (probes: readonly AskedProbe[]) =>
      probes.map(({ subject }) => witness(subject, false, { detail: 'no answer' }))
    const { engine, settle, seen } = await bench(t, { witnesses: silent, grace: 50 })
    const probe = {
      kind: 'ping',
      address: '10.0.0.1',
      attachment: 'net-a',
      required: false,
    } as const
    await engine.push(push(intent(1), { probes: [probe] }))
    await settle()
    t.equal(seen.at(-1)?.phase, 'confirmed', 'nobody answered before either')
    await engine.push(push(intent(2, 200), { probes: [{ ...probe, required: true }] }))
    await waitFor('undone', async () => seen.at(-1)?.phase, {
      until: (phase) => phase === 'rolled-back',
      within: 10,
      every: 20,
    })
    t.match(seen.at(-1)?.faults, [{ at: 'ping 10.0.0.1 from net-a', message: /no answer/ }])
    const wrong = await engine.push(
      push(intent(3), { probes: [{ ...probe, attachment: 'net-z' }] }),
    )
    t.match(wrong, { ok: false, faults: [{ code: 'INTENT_VALUE', at: 'probes[0].attachment' }] })
  },
)

t.test('the hub judges a change that draws its packets another way', async (t) => {
  for (const reached of [true, false]) {
    let link = 'mgmt'
    const hub = () =>
      witness('hub', link === 'mgmt' || reached, {
        // It is long since the routes have settled.
        lastSeenAt: systemClock.now() + 10_000,
        detail: 'it does not answer',
      })
    const at = await bench(t, {
      hubRoute: () => ({ address: '192.0.2.1', link, protocol: 3 }),
      witnesses: () => [hub()],
      grace: 50,
      // The new subnet holds the hub's address.
      onProgress: ({ phase }) => (link = phase === 'planned' ? 'dl.100' : link),
    })
    await at.engine.push(push(intent(1)))
    await waitFor('it has ended', () => at.phases.at(-1), {
      until: (phase) => phase === 'confirmed' || phase === 'rolled-back',
      within: 10,
      every: 20,
    })
    t.equal(at.phases.at(-1), reached ? 'confirmed' : 'rolled-back', `reached: ${reached}`)
    if (!reached) t.match(at.seen.at(-1)?.faults, [{ code: 'CHANGE_UNHEALTHY', at: 'hub' }])
  }
})

t.test('where FRR does not say which sessions are up, no change is begun', async (t) => {
  const silent = fault('FRR_UNAVAILABLE', 'bgpd', 'no answer within 30 s')
  let deaf: Fault | null = silent
  const at = await bench(t, { deaf: () => deaf })
  const before = at.kernel.links()
  t.match(await at.engine.push(push(intent(1))), { ok: false, faults: [silent] })
  t.strictSame(at.kernel.links(), before)
  deaf = null
  t.ok((await at.engine.push(push(intent(1)))).ok, 'nothing is left of the refusal')
  await at.settle()
})

t.test('an FRR that is too old is told as such, whatever it says of its sessions', async (t) => {
  const garbled = fault('FRR_UNAVAILABLE', 'bgpd', 'its answer is no JSON')
  const at = await bench(t, { version: '8.1.0', deaf: () => garbled })
  t.match(await at.engine.push(push(intent(1))), {
    ok: false,
    faults: [{ code: 'FRR_UNSUPPORTED', at: 'bgpd', message: /8\.1\.0/ }],
  })
})

t.test('status says whom a change waits for', async (t) => {
  let well = true
  const at = await bench(t, { witnesses: () => [witness('neighbor 10.0.0.1', well)] })
  await at.engine.push(push(intent(1)))
  await at.settle()
  const asked = await at.engine.push(push(intent(2, 200)))
  t.ok(asked.ok)
  well = false
  await at.settle()
  t.match(at.engine.progress(), { phase: 'provisional', pendingWitnesses: ['neighbor 10.0.0.1'] })
  well = true
  await waitFor('confirmed', async () => at.engine.progress()?.phase, {
    until: (phase) => phase === 'confirmed',
    within: 10,
    every: 20,
  })
})

t.test('after an undo whoever spoke before is heard again, and what is lost is said', async (t) => {
  for (const back of [true, false]) {
    let undone = false
    const at = await bench(t, {
      grace: 200,
      witnesses: () => [witness('neighbor 10.0.0.9', !undone), witness('hub', false)],
      onProgress: ({ phase }) => (undone ||= phase === 'rolling-back'),
    })
    await at.engine.push(push(intent(1), { change: 'a', confirmWithin: 60 }))
    await at.settle()
    t.ok((await at.engine.cancel('a')).ok)
    undone = !back
    await waitFor('it is told', async () => at.seen.at(-1), {
      until: (one) => one?.restored !== undefined,
      within: 10,
      every: 20,
    })
    await at.settle()
    const why = { code: 'CHANGE_NOT_CONFIRMED' }
    const lost = { code: 'CHANGE_NOT_RESTORED', at: 'neighbor 10.0.0.9' }
    t.match(at.seen.at(-1), {
      phase: 'rolled-back',
      restored: back,
      faults: back ? [why] : [why, lost],
    })
    t.strictSame(
      at
        .memory()
        .history()
        .map(({ phase, restored }) => ({ phase, restored })),
      [{ phase: 'rolled-back', restored: back }],
      'the history has it once',
    )
  }
})

t.test('what is heard after the next change has begun says nothing of the undo', async (t) => {
  const at = await bench(t, {
    witnesses: () => [witness('neighbor 10.0.0.9', true, { lastSeenAt: 1 })],
  })
  await at.engine.push(push(intent(1), { change: 'a', confirmWithin: 60 }))
  await at.settle()
  await at.engine.cancel('a')
  await at.settle()
  await at.engine.push(push(intent(2), { change: 'b', confirmWithin: 60 }))
  await sleep(100)
  await at.settle()
  t.notOk(at.seen.some(({ restored }) => restored !== undefined))
  await at.engine.cancel('b')
})

t.test('the hub judges a new session that may draw its packets away', async (t) => {
  for (const reached of [true, false]) {
    let applied = Infinity
    const at = await bench(t, {
      hubRoute: () => ({ address: '10.70.0.1', link: 'mgmt', protocol: 4 }),
      witnesses() {
        const came = applied + 100
        const up = systemClock.now() > came
        const lastSeenAt = reached || !up ? systemClock.now() + 3000 : came
        return [
          witness('hub', true, { lastSeenAt: lastSeenAt, detail: 'it does not answer' }),
          witness('neighbor 10.0.0.1', up, { upSince: up ? came : null }),
        ]
      },
      grace: 300,
      onProgress({ phase }) {
        if (phase === 'provisional') applied = systemClock.now()
      },
    })
    const document = intent(1)
    const importing = { import: { prefixes: ['10.64.0.0/10 le 24'] }, export: { prefixes: [] } }
    const neighbor = { ...document.attachments[0]?.bgp[0], ipv4Unicast: importing }
    const attachments = document.attachments.map((one) => ({ ...one, bgp: [neighbor] }))
    t.ok((await at.engine.push(push({ ...document, attachments }))).ok)
    await at.settle()
    t.equal(at.phases.at(-1), 'provisional', 'it waits for the session')
    await waitFor('it has ended', () => at.phases.at(-1), {
      until: (phase) => phase === 'confirmed' || phase === 'rolled-back',
      within: 20,
      every: 20,
    })
    t.equal(at.phases.at(-1), reached ? 'confirmed' : 'rolled-back', `reached: ${reached}`)
    if (!reached) t.match(at.seen.at(-1)?.faults, [{ code: 'CHANGE_UNHEALTHY', at: 'hub' }])
  }
})
