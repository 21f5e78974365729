import { test } from 'tap'
import { exportIntent } from '../../../src/core/intent/export/export.js'
import { toWant } from '../../../src/core/intent/want.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { releaseLinks } from '../../../src/core/links/release.js'
import { planAdoption } from '../../../src/core/links/adopt.js'
import type { HaveLink } from '../../../src/core/model/link.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { NO_EXPORTED_BGP } from '../../support/intent/hand-configured.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { vlan } from '../../support/kernel/kernel-steps.js'
import { stepsOf } from '../links/law-bench.js'

/** Two customers of a partner on the outer tag 300, and a service with that tag alone where it is asked for. */
const intentOf = (attachments: readonly object[]) => {
  const intent = parseIntent({
    schema: 'demarc/intent/v1',
    generation: 1,
    router: { id: 'par-edge-1', role: 'customer' },
    connections: [{ name: 'dc', ports: [{ name: 'p1' }] }],
    attachments: attachments.map((each, i) => ({
      name: `net-${i}`,
      connection: 'dc',
      l3: { addresses: [`10.0.${i}.2/30`] },
      ...each,
    })),
  })
  if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
  return intent.value
}
const wanted = (attachments: readonly object[]) =>
  toWant(intentOf(attachments), { managedPorts: ['p*'], secrets: new Map() })
const refused = (...attachments: readonly object[]) => {
  const found = wanted(attachments)
  return found.ok ? [] : found.faults.map(({ at, message }) => `${at}: ${message}`)
}

function router(...more: readonly HaveLink[]) {
  const kernel = fakeKernel([fakePort('p1', { up: true }), ...more])
  const apply = (attachments: readonly object[]) => {
    const want = wanted(attachments)
    const plan = planLinks(want.ok ? want.value.links : [], kernel.links(), PLAIN_SYSCTL)
    if (!want.ok || !plan.ok) throw new Error(JSON.stringify([want, plan]))
    const steps = stepsOf(plan.value)
    for (const step of steps) {
      const fault = kernel.applyNow(step)
      if (fault !== null) throw new Error(fault.message)
    }
    return steps
  }
  const links = () => new Map(kernel.links().map((link) => [link.name, link]))
  return { kernel, apply, links }
}

const TWO = [
  { vlanId: 300, innerVlanId: 10, tpid: '0x88a8', mtu: 1500 },
  { vlanId: 300, innerVlanId: 20, tpid: '0x88a8', mtu: 1400 },
]

test('attachments with the same outer tag share its interface, which goes with the last of them', async (t) => {
  const { apply, links } = router()
  apply(TWO)
  t.match(links().get('p1.300'), {
    detail: { kind: 'vlan', parent: 'p1', vlanId: 300, tpid: '0x88a8' },
    alias: 'demarc outer-tag p1.300',
    up: true,
    mtu: 1500,
    addresses: [],
  })
  t.match(links().get('p1.300.10'), {
    detail: { kind: 'vlan', parent: 'p1.300', vlanId: 10 },
    alias: 'demarc attachment net-0',
    addresses: [{ address: '10.0.0.2/30' }],
  })
  t.match(links().get('p1.300.20'), { mtu: 1400 })
  t.strictSame(apply(TWO), [], 'an applied plan leaves nothing to do')
  apply(TWO.slice(0, 1))
  t.ok(links().has('p1.300'))
  t.notOk(links().has('p1.300.20'))
  apply([])
  t.strictSame([...links().keys()], ['p1'])
})

test('another tag protocol makes both interfaces anew', async (t) => {
  const { apply, links } = router()
  apply(TWO)
  apply(TWO.map((each) => ({ ...each, tpid: '0x8100' })))
  t.strictSame(links().get('p1.300')?.detail, { kind: 'vlan', parent: 'p1', vlanId: 300 })
  t.ok(links().has('p1.300.10'))
})

test('an attachment with the outer tag alone is what the others are on', async (t) => {
  const { apply, links } = router()
  const single = { vlanId: 300, interface: 'svc300', tpid: '0x88a8' }
  apply([single, ...TWO])
  t.notOk(links().has('p1.300'))
  t.match(links().get('svc300'), { alias: 'demarc attachment net-0' })
  t.match(links().get('p1.300.10')?.detail, { parent: 'svc300', vlanId: 10 })
})

test('what does not fit is refused', async (t) => {
  t.match(refused(...TWO, { vlanId: 300, innerVlanId: 10, tpid: '0x88a8' }), [
    /attachments\[2\]\.innerVlanId: VLAN 300\.10 of connection "dc" already belongs to attachments\[0\]/,
  ])
  t.strictSame(refused(...TWO, { vlanId: 301, innerVlanId: 10 }), [], 'the pair is unique')
  t.match(refused(TWO[0] ?? {}, { vlanId: 300, innerVlanId: 20 }), [
    /attachments\[1\]\.tpid: the outer tag has 0x88a8 at attachments\[0\]/,
  ])
  t.match(refused({ vlanId: null, innerVlanId: 20, tpid: '0x8100' }), [
    /attachments\[0\]\.innerVlanId: is about a tag/,
    /attachments\[0\]\.tpid/,
  ])
  t.match(refused({ vlanId: 300, mtu: 1400 }, { vlanId: 300, innerVlanId: 1, mtu: 1450 }), [
    /attachments\[1\]\.mtu: an MTU of 1450 does not fit that of attachments\[0\]/,
  ])
  t.match(refused({ vlanId: 400, interface: 'p1.300' }, ...TWO), [
    /attachments\[1\]\.vlanId: VLAN interface "p1\.300" is already the VLAN interface/,
  ])
})

test('double tags are exported, taken over and given back', async (t) => {
  const { kernel, apply } = router()
  apply(TWO)
  for (const { step } of releaseLinks(kernel.links())) t.equal(kernel.applyNow(step), null)
  const source = {
    bgp: NO_EXPORTED_BGP,
    routes: [],
    managedPorts: ['p1'],
    routerId: 'par-edge-1',
    generation: 2,
    running: null,
  }
  const exported = exportIntent({ links: kernel.links(), ...source })
  if (!exported.ok) throw new Error(JSON.stringify(exported.faults))
  t.match(exported.value.intent.attachments, [
    { vlanId: 300, innerVlanId: 10, tpid: '0x88a8', l3: { addresses: ['10.0.0.2/30'] } },
    { vlanId: 300, innerVlanId: 20, tpid: '0x88a8', mtu: 1400 },
  ])
  const want = toWant(exported.value.intent, { managedPorts: ['p1'], secrets: new Map() })
  const plan = planAdoption(want.ok ? want.value.links : [], kernel.links(), PLAIN_SYSCTL)
  t.ok(plan.ok)
  const acts = plan.ok ? stepsOf(plan.value) : []
  t.ok(acts.length >= 3)
  t.ok(
    acts.every(
      (step) => step.do === 'address-mark' || (step.do === 'link-set' && 'alias' in step.to),
    ),
    'only marks are set',
  )

  const odd = kernel.links().map((link) => {
    if (link.name === 'p1.300') return { ...link, name: 'svc' }
    const { detail } = link
    return detail.kind === 'vlan' && detail.parent === 'p1.300'
      ? { ...link, detail: vlan('svc', detail.vlanId) }
      : link
  })
  const other = exportIntent({ links: odd, ...source })
  t.match(other.ok && other.value.notExported.filter(({ at }) => at.startsWith('p1.300')), [
    { at: 'p1.300.10', why: /it is on svc, which an intent would call p1\.300/ },
    { at: 'p1.300.20' },
  ])
})
