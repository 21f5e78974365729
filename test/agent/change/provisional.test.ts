import t from 'tap'
import { fault, type Fault } from '../../../src/core/base/fault.js'
import type { AskedProbe } from '../../../src/core/model/probe.js'
import { bench, intent, push } from '../../support/agent/engine.js'
import { witness } from '../../support/agent/witness.js'

/* What witnesses do to a change, and to its rollback. */

t.test('a change that breaks what worked is rolled back by itself, with the reason', async (t) => {
  let healthy = true
  const session = () => witness('neighbor 10.0.0.1', healthy, { detail: 'BGP state Idle' })
  const { engine, settle, elapse, seen, kernel } = await bench(t, {
    witnesses: () => [session()],
    grace: 1000,
  })
  await engine.push(push(intent(1)))
  await settle()
  t.equal(seen.at(-1)?.phase, 'confirmed')
  const changed = engine.push(push(intent(2, 200)))
  await changed
  healthy = false
  await settle()
  await elapse(980)
  t.equal(seen.at(-1)?.phase, 'provisional', 'it has its grace period')
  await elapse(20)
  t.equal(seen.at(-1)?.phase, 'rolled-back')
  t.match(seen.at(-1)?.faults, [
    {
      code: 'CHANGE_UNHEALTHY',
      at: 'neighbor 10.0.0.1',
      message: 'it was up before the change and did not come back within 1 s: BGP state Idle',
    },
  ])
  t.ok(kernel.links().some(({ name }) => name === 'dl.100'))
})

t.test(
  'a required probe fails the change in any case, another only if it was answered before',
  async (t) => {
    const silent = (probes: readonly AskedProbe[]) =>
      probes.map(({ subject }) => witness(subject, false, { detail: 'no answer' }))
    const { engine, settle, elapse, seen } = await bench(t, { witnesses: silent, grace: 50 })
    const probe = {
      kind: 'ping',
      address: '10.0.0.1',
      attachment: 'net-a',
      required: false,
    } as const
    await engine.push(push(intent(1), { probes: [probe] }))
    await settle()
    t.equal(seen.at(-1)?.phase, 'confirmed', 'it was not answered before either')
    await engine.push(push(intent(2, 200), { probes: [{ ...probe, required: true }] }))
    await settle()
    t.equal(seen.at(-1)?.phase, 'provisional')
    await elapse(60)
    t.equal(seen.at(-1)?.phase, 'rolled-back')
    t.match(seen.at(-1)?.faults, [{ at: 'ping 10.0.0.1 from net-a', message: /no answer/ }])
    const wrong = await engine.push(
      push(intent(3), { probes: [{ ...probe, attachment: 'net-z' }] }),
    )
    t.match(wrong, { ok: false, faults: [{ code: 'INTENT_VALUE', at: 'probes[0].attachment' }] })
  },
)

t.test('the hub judges a change after which its packets leave by another link', async (t) => {
  for (const reached of [true, false]) {
    let link = 'mgmt'
    const hub = () =>
      witness('hub', link === 'mgmt' || reached, {
        // Long after the routes are in the kernel.
        lastSeenAt: Number.MAX_SAFE_INTEGER,
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
    await at.settle()
    await at.elapse(100)
    t.equal(at.phases.at(-1), reached ? 'confirmed' : 'rolled-back', `reached: ${reached}`)
    if (!reached) t.match(at.seen.at(-1)?.faults, [{ code: 'CHANGE_UNHEALTHY', at: 'hub' }])
  }
})

t.test(
  'a host that was reachable on a foreign link and is not after a change undoes it',
  async (t) => {
    const host = { address: '192.0.2.1', link: 'mgmt' }
    for (const seen of [true, false]) {
      let answers = true
      const asked: string[] = []
      const at = await bench(t, {
        linkHosts: () => [host, { address: '192.0.2.7', link: 'mgmt' }],
        hosts: async (hosts) => {
          asked.push(hosts.map(({ address }) => address).join(' '))
          return hosts.map(({ address, link }) =>
            witness(`host ${address} on ${link}`, answers && address === host.address, {
              lastSeenAt: Number.MAX_SAFE_INTEGER,
              detail: 'packets to it no longer leave by mgmt',
            }),
          )
        },
        grace: 50,
        onProgress: ({ phase }) => (answers = phase === 'planned' ? seen : answers),
      })
      await at.engine.push(push(intent(1)))
      await at.settle()
      await at.elapse(100)
      t.equal(at.phases.at(-1), seen ? 'confirmed' : 'rolled-back', `seen: ${seen}`)
      t.strictSame(
        asked.slice(0, 2),
        ['192.0.2.1 192.0.2.7', '192.0.2.1'],
        'only who answered before',
      )
      if (seen) continue
      t.match(at.seen.at(-1)?.faults, [{ code: 'CHANGE_UNHEALTHY', at: 'host 192.0.2.1 on mgmt' }])
    }
  },
)

t.test(
  'a push that takes the path to a host in use is refused before its first step',
  async (t) => {
    const at = await bench(t, {
      foreignPaths: () => ({ routes: [], hosts: [{ address: '10.0.0.1', purpose: 'the hub' }] }),
    })
    const before = at.kernel.links()
    t.match(await at.engine.push(push(intent(1), { maxImpact: 'none' })), {
      ok: false,
      faults: [{ code: 'NOT_OWNED', at: 'dl.100 10.0.0.2/30', message: /10.0.0.1, the hub/ }],
    })
    t.strictSame(at.kernel.links(), before)
  },
)

t.test('while FRR does not report which sessions are up, no change begins', async (t) => {
  const silent = fault('FRR_UNAVAILABLE', 'bgpd', 'no answer within 30 s')
  let unreadable: Fault | null = silent
  const at = await bench(t, { unreadable: () => unreadable })
  const before = at.kernel.links()
  t.match(await at.engine.push(push(intent(1))), { ok: false, faults: [silent] })
  t.strictSame(at.kernel.links(), before)
  unreadable = null
  t.ok((await at.engine.push(push(intent(1)))).ok, 'the refusal leaves nothing behind')
  await at.settle()
})

t.test(
  'an FRR that is too old is refused as such, even if its sessions cannot be read',
  async (t) => {
    const garbled = fault('FRR_UNAVAILABLE', 'bgpd', 'its answer is no JSON')
    const at = await bench(t, { version: '8.1.0', unreadable: () => garbled })
    t.match(await at.engine.push(push(intent(1))), {
      ok: false,
      faults: [{ code: 'FRR_UNSUPPORTED', at: 'bgpd', message: /8\.1\.0/ }],
    })
  },
)

t.test('status names the witnesses that a change waits for', async (t) => {
  let healthy = true
  const at = await bench(t, { witnesses: () => [witness('neighbor 10.0.0.1', healthy)] })
  await at.engine.push(push(intent(1)))
  await at.settle()
  const asked = await at.engine.push(push(intent(2, 200)))
  t.ok(asked.ok)
  healthy = false
  await at.settle()
  t.match(at.engine.progress(), { phase: 'provisional', pendingWitnesses: ['neighbor 10.0.0.1'] })
  healthy = true
  await at.elapse(20)
  t.equal(at.engine.progress()?.phase, 'confirmed')
})

t.test(
  'after a rollback the witnesses are queried again, and what is lost is reported',
  async (t) => {
    for (const back of [true, false]) {
      let lost = false
      const at = await bench(t, {
        grace: 200,
        witnesses: () => [witness('neighbor 10.0.0.9', !lost), witness('hub', false)],
        onProgress: ({ phase }) => (lost ||= phase === 'rolling-back'),
      })
      await at.engine.push(push(intent(1), { change: 'a', confirmWithin: 60 }))
      await at.settle()
      t.ok((await at.engine.cancel('a')).ok)
      lost = !back
      await at.elapse(220)
      const reason = { code: 'CHANGE_NOT_CONFIRMED', message: 'it was cancelled by request' }
      const notRestored = { code: 'CHANGE_NOT_RESTORED', at: 'neighbor 10.0.0.9' }
      t.match(at.seen.at(-1), {
        phase: 'rolled-back',
        restored: back,
        faults: back ? [reason] : [reason, notRestored],
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
  },
)

t.test('once the next change has begun, the rollback is not judged any more', async (t) => {
  const at = await bench(t, {
    witnesses: () => [witness('neighbor 10.0.0.9', true, { lastSeenAt: 1 })],
  })
  await at.engine.push(push(intent(1), { change: 'a', confirmWithin: 60 }))
  await at.settle()
  await at.engine.cancel('a')
  await at.settle()
  await at.engine.push(push(intent(2), { change: 'b', confirmWithin: 60 }))
  await at.elapse(100)
  t.notOk(at.seen.some(({ restored }) => restored !== undefined))
  await at.engine.cancel('b')
})

t.test('the hub judges a new session whose routes may take over its packets', async (t) => {
  for (const reached of [true, false]) {
    let applied = Infinity
    const at = await bench(t, {
      hubRoute: () => ({ address: '10.70.0.1', link: 'mgmt', protocol: 4 }),
      witnesses() {
        const came = applied + 100
        const now = at.clock.now()
        const up = now > came
        const lastSeenAt = reached || !up ? now + 3000 : came
        return [
          witness('hub', true, { lastSeenAt, detail: 'it does not answer' }),
          witness('neighbor 10.0.0.1', up, { upSince: up ? came : null }),
        ]
      },
      grace: 300,
      onProgress({ phase }) {
        if (phase === 'provisional') applied = at.clock.now()
      },
    })
    const document = intent(1)
    const importing = { import: { prefixes: ['10.64.0.0/10 le 24'] }, export: { prefixes: [] } }
    const neighbor = { ...document.attachments[0]?.bgp[0], ipv4Unicast: importing }
    const attachments = document.attachments.map((attachment) => ({
      ...attachment,
      bgp: [neighbor],
    }))
    t.ok((await at.engine.push(push({ ...document, attachments }))).ok)
    await at.settle()
    t.equal(at.phases.at(-1), 'provisional', 'it waits for the session')
    await at.elapse(1000)
    t.equal(at.phases.at(-1), reached ? 'confirmed' : 'rolled-back', `reached: ${reached}`)
    if (!reached) t.match(at.seen.at(-1)?.faults, [{ code: 'CHANGE_UNHEALTHY', at: 'hub' }])
  }
})
