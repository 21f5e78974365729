import { test } from 'tap'
import { planLinks } from '../../../src/core/links/plan.js'
import { planLinksRestore } from '../../../src/core/links/restore.js'
import type { WantLink } from '../../../src/core/model/link.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { attachment, bond, member } from './link-bench.js'
import { stepsOf } from './law-bench.js'

const bundle = (...ports: readonly string[]): readonly WantLink[] => [
  bond(),
  ...ports.map((name) => member(name)),
  attachment('net-a', 'dl-par', 100, {}),
]

function router() {
  const kernel = fakeKernel(['p1', 'p2', 'p3'].map((name) => fakePort(name)))
  const macs = () => new Map(kernel.links().map(({ name, mac }) => [name, mac]))
  const plan = (want: readonly WantLink[]) => {
    const found = planLinks(want, kernel.links(), PLAIN_SYSCTL)
    if (!found.ok) throw new Error(JSON.stringify(found.faults))
    return found.value
  }
  const apply = (want: readonly WantLink[]) => {
    const found = plan(want)
    for (const step of stepsOf(found)) {
      const fault = kernel.applyNow(step)
      if (fault !== null) throw new Error(fault.message)
    }
    return found
  }
  return { kernel, macs, plan, apply }
}

test('a bond takes another address when the port leaves whose address it has', async (t) => {
  const { kernel, macs, plan, apply } = router()
  apply(bundle('p1', 'p2'))
  const before = kernel.links()
  const first = macs().get('dl-par')
  const changed = apply(bundle('p2', 'p3'))
  t.equal(macs().get('p1'), first, 'the port has its own address again')
  t.not(macs().get('dl-par'), first)
  t.equal(macs().get('dl-par'), macs().get('p3'))
  t.match(
    changed.effects.filter(({ impact }) => impact === 'link-flap'),
    [
      { subject: 'connection dl-par', why: /takes the MAC address of another port/ },
      { subject: 'attachment net-a' },
    ],
  )
  t.strictSame(stepsOf(plan(bundle('p2', 'p3'))), [], 'and keeps it')

  const back = planLinksRestore(
    { links: before },
    { links: kernel.links(), sysctlDefaults: PLAIN_SYSCTL },
    stepsOf(changed),
  )
  t.ok(back.ok)
  for (const step of back.ok ? stepsOf(back.value) : []) t.equal(kernel.applyNow(step), null)
  t.strictSame(stepsOf(plan(bundle('p1', 'p2'))), [])
  t.notOk([...macs()].some(([name, mac]) => name === 'p3' && mac === macs().get('dl-par')))
})

test('another port may leave without a flap, and shared addresses of before are mended', async (t) => {
  const { kernel, macs, apply } = router()
  apply(bundle('p1', 'p2'))
  const { effects } = apply(bundle('p1', 'p3'))
  t.notOk(effects.some(({ impact }) => impact === 'link-flap'))
  const outside = kernel.links().find(({ name }) => name === 'p2')?.mac ?? ''
  kernel.applyNow({ do: 'link-set', link: bond().name, to: { mac: outside }, from: {} })
  apply(bundle('p1', 'p3'))
  t.not(macs().get('dl-par'), outside)
})

test('a bond has the MAC address that the intent gives it', async (t) => {
  const mac = '02:00:00:00:be:ef'
  const given = (...ports: readonly string[]) => [
    { ...bond(), mac },
    ...ports.map((name) => member(name)),
    attachment('net-a', 'dl-par', 100, {}),
  ]
  const { kernel, macs, plan, apply } = router()
  apply(given('p1', 'p2'))
  t.equal(macs().get('dl-par'), mac, 'from the start')
  t.equal(macs().get('p1'), mac)
  t.strictSame(stepsOf(plan(given('p1', 'p2'))), [])
  t.strictSame(stepsOf(plan(bundle('p1', 'p2'))), [], 'without the word it is left as it is')

  const before = kernel.links()
  const removed = apply([])
  const back = planLinksRestore(
    { links: before },
    { links: kernel.links(), sysctlDefaults: PLAIN_SYSCTL },
    stepsOf(removed),
  )
  for (const step of back.ok ? stepsOf(back.value) : []) t.equal(kernel.applyNow(step), null)
  t.equal(macs().get('dl-par'), mac, 'a rollback gives it back')

  const other = router()
  other.apply(bundle('p1', 'p2'))
  const own = other.macs().get('dl-par')
  const start = other.kernel.links()
  const changed = other.apply(given('p1', 'p2'))
  t.equal(other.macs().get('dl-par'), mac)
  t.match(changed.effects, [
    { subject: 'connection dl-par', impact: 'link-flap', why: /MAC address that the intent gives/ },
    { subject: 'attachment net-a', impact: 'link-flap' },
  ])
  const returned = planLinksRestore(
    { links: start },
    { links: other.kernel.links(), sysctlDefaults: PLAIN_SYSCTL },
    stepsOf(changed),
  )
  for (const step of returned.ok ? stepsOf(returned.value) : [])
    t.equal(other.kernel.applyNow(step), null)
  t.equal(other.macs().get('dl-par'), own)
})
