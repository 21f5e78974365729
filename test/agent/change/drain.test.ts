import t from 'tap'
import { bench, intent, push } from '../../support/agent/engine.js'
import { configLines } from '../../support/frr/frr-contract.js'

t.test(
  'the sessions that a change ends are drained, as the plan describes, and a rollback undoes it',
  async (t) => {
    let established: readonly string[] = []
    const over = { established: () => established, drain: 0.01 }
    const { engine, frr, settle, seen, pauses } = await bench(t, over)
    const twoNets = (generation: number, address: string) => {
      const [first] = intent(1).attachments
      const second = { ...first, name: 'net-b', vlanId: 101 }
      const bgp = [{ neighborAddress: '10.0.1.1', peerAs: 65020 }]
      const l3 = { addresses: ['10.0.1.2/30'] }
      const moved = { ...first, l3: { addresses: [address] } }
      return { ...intent(generation), attachments: [moved, { ...second, l3, bgp }] }
    }
    const plan = () =>
      JSON.stringify(seen.find((progress) => progress.generation === 2 && progress.plan))
    await engine.push(push(twoNets(1, '10.0.0.2/30')))
    await settle()
    t.notMatch(JSON.stringify(seen), /shutdown/, 'a first apply has nothing to drain')
    const before = configLines((await frr.read()).bgpd)
    established = ['neighbor 10.0.0.1', 'neighbor 10.0.1.1']
    const dry = await engine.push(push(twoNets(2, '10.0.0.3/29'), { dryRun: true }))
    if (!dry.ok) throw new Error(JSON.stringify(dry.faults))
    const steps = dry.value.plan?.steps.map(({ description }) => description) ?? []
    const at = (pattern: RegExp) => steps.findIndex((description) => pattern.test(description))
    const order = [
      /graceful-shutdown/,
      /out-drain out/,
      /^wait 0.01 s/,
      /shutdown message demarc changes/,
      /^remove 10.0.0.2/,
      /no neighbor 10.0.0.1 shutdown/,
    ].map(at)
    t.notOk(order.includes(-1), steps.join('\n'))
    t.same(
      order,
      [...order].sort((a, b) => a - b),
    )
    t.notMatch(steps.join('\n'), /10\.0\.1\.1/, 'a session that stays is left alone')
    t.equal(dry.value.plan?.impact, 'session-reset')
    await engine.push(push(twoNets(2, '10.0.0.3/29'), { confirmWithin: 60, change: 'c2' }))
    await settle()
    t.match(plan(), /shutdown message/)
    t.strictSame(pauses, [10], 'the pause is made')
    t.same(configLines((await frr.read()).bgpd), before, 'no trace of the drain stays')
    t.ok((await engine.cancel('c2')).ok)
    t.same(configLines((await frr.read()).bgpd), before)
  },
)

t.test('with drain = 0 a session just ends', async (t) => {
  const { engine, settle } = await bench(t, { established: () => ['neighbor 10.0.0.1'] })
  await engine.push(push(intent(1)))
  await settle()
  const dry = await engine.push(push({ ...intent(2), attachments: [] }, { dryRun: true }))
  t.ok(dry.ok)
  t.notMatch(JSON.stringify(dry), /shutdown/)
})
