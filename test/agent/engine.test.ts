import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createEngine, type Push } from '../../src/agent/engine.js'
import { openMemory } from '../../src/agent/memory.js'
import { fault, type Fault } from '../../src/core/base/fault.js'
import { toSecretDigest, type Ifname } from '../../src/core/model/names.js'
import type { FrrStep } from '../../src/core/model/plan.js'
import type { ChangeProgress } from '../../src/core/wire/messages.js'
import { sha256 } from '../../src/edge/host/identity.js'
import { openStateFiles } from '../../src/edge/host/state-files.js'
import { fakeFrr } from '../support/fake-frr.js'
import { fakeKernel, fakePort } from '../support/fake-kernel.js'

/** An agent's engine on a fake kernel and a fake FRR, both held to the real ones by contract. */
async function bench(
  t: Test,
  over: {
    readonly frrFault?: () => Fault | null
    readonly refusals?: () => readonly Fault[]
  } = {},
) {
  const kernel = fakeKernel([fakePort('p0'), fakePort('p1'), fakePort('mgmt', { up: true })])
  const frr = fakeFrr()
  const dir = t.testdir()
  const phases: string[] = []
  const seen: ChangeProgress[] = []
  let tail: Promise<unknown> = Promise.resolve()
  const digest = toSecretDigest('ab'.repeat(16))
  const make = async () =>
    createEngine({
      routerId: 'r1',
      ceiling: 'traffic-loss',
      ports: {
        kernel,
        frr: {
          read: frr.read,
          async apply(step: FrrStep) {
            const refused = over.frrFault?.() ?? null
            return refused ?? frr.apply(step)
          },
          undo: frr.undo,
          wait: async () => null,
          save: async () => null,
        },
      },
      context: {
        managedPorts: ['p*'],
        secrets: async () => new Map(digest === undefined ? [] : [['key', digest]]),
        sha256,
        refusals: async () => over.refusals?.() ?? [],
      },
      memory: await openMemory(await openStateFiles(dir)),
      now: () => Date.now(),
      onProgress(progress) {
        phases.push(progress.phase)
        seen.push(progress)
      },
      onRepair: () => undefined,
      exclusively(deed) {
        tail = tail.then(deed)
      },
    })
  const engine = await make()
  const settle = async (): Promise<void> => {
    let last
    do {
      last = tail
      await last
    } while (last !== tail)
  }
  return { kernel, frr, engine, phases, seen, settle, restart: make }
}

function intent(generation: number, vlanId = 100) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: 'r1', role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
    connections: [
      {
        name: 'dl',
        ports: [{ name: 'p0' }, { name: 'p1' }],
        aggregation: { lacpMode: 'ACTIVE', interval: 'FAST' },
      },
    ],
    attachments: [
      {
        name: 'net-a',
        connection: 'dl',
        vlanId,
        mtu: 1500,
        l3: { addresses: ['10.0.0.2/30'] },
        bgp: [{ neighborAddress: '10.0.0.1', peerAs: 65020, authPassword: { secret: 'key' } }],
      },
    ],
  }
}

function push(document: unknown, over: Partial<Push> = {}): Push {
  const terms = { change: 'c1', confirmWithin: null, maxImpact: 'traffic-loss', dryRun: false }
  return { intent: document, ...terms, ...over } as Push
}

t.test(
  'what another program would take away again is not begun, and what runs goes on',
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
    t.equal(engine.standing().state, 'settled', 'repair does not ask')
    refusals = []
    t.ok((await engine.push(push(intent(2, 200)))).ok, 'nothing is left of the refusal')
    await settle()
  },
)

t.test('a pushed intent is applied, read back, kept, and a repeat does nothing', async (t) => {
  const { engine, phases, settle, kernel, restart } = await bench(t)
  const answer = await engine.push(push(intent(1)))
  t.ok(answer.ok)
  await settle()
  t.strictSame(phases, ['planned', 'applying', 'confirmed'])
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
  t.equal(rebooted.standing().state, 'settled')
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
  t.equal(await code(push({ ...intent(6), extra: 1 })), 'INTENT_UNKNOWN_KEY')
  t.equal(
    await code(push({ ...intent(6), router: { ...intent(6).router, id: 'r2' } })),
    'INTENT_WRONG_ROUTER',
  )
  await settle()
  t.strictSame(phases, [])
  t.equal(JSON.stringify(kernel.links()), before)
})

t.test('when FRR refuses a line, everything is put back and the generation is spent', async (t) => {
  let refuse = false
  const words = fault('FRR_REFUSED', 'bgpd', '% cannot')
  const { engine, settle, kernel, frr, seen } = await bench(t, {
    frrFault: () => (refuse ? words : null),
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
})

t.test('a change with a window is kept by a confirmation and undone without one', async (t) => {
  const { engine, settle, kernel, seen } = await bench(t)
  const vlans = () => kernel.links().filter(({ detail }) => detail.kind === 'vlan').length
  await engine.push(push(intent(1), { change: 'a', confirmWithin: 60 }))
  await settle()
  t.equal(seen.at(-1)?.phase, 'provisional')
  const busy = await engine.push(push(intent(2)))
  t.equal(busy.ok ? 'accepted' : busy.faults[0]?.code, 'CHANGE_BUSY')
  const wrong = await engine.confirm('b')
  t.equal(wrong.ok ? 'confirmed' : wrong.faults[0]?.code, 'CHANGE_NOT_PENDING')
  t.ok((await engine.confirm('a')).ok)
  t.equal(seen.at(-1)?.phase, 'confirmed')
  await engine.push(push({ ...intent(2), attachments: [] }, { change: 'b', confirmWithin: 60 }))
  await settle()
  t.equal(vlans(), 0)
  t.ok((await engine.rollback('b')).ok)
  t.equal(seen.at(-1)?.phase, 'rolled-back')
  t.equal(vlans(), 1)
  await engine.push(push({ ...intent(3), attachments: [] }, { change: 'c', confirmWithin: 1 }))
  await settle()
  t.equal(vlans(), 0)
  await sleep(1200)
  await settle()
  t.equal(seen.at(-1)?.phase, 'rolled-back', 'the deadline passed')
  t.equal(vlans(), 1)
})

t.test('what someone else changed is put right again, and what is foreign stays', async (t) => {
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
  t.equal(engine.standing().state, 'settled')
  t.ok(kernel.links().some(({ name, up }) => name === 'mgmt' && up))
})
