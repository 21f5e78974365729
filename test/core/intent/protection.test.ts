import { test } from 'tap'
import { exportIntent } from '../../../src/core/intent/export/export.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { toWant } from '../../../src/core/intent/want.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { readBgp } from '../../../src/core/frr/export/bgp.js'

const PROTECTION = {
  macLimit: 64,
  controlFrames: 'DROP',
  stormControl: { broadcast: 20, unknownUnicast: 30 },
} as const

test('limits that are in force are exported as they were wanted', async (t) => {
  const parsed = parseIntent({
    ...{ schema: 'demarc/intent/v1', generation: 1, router: { id: 'edge-1', role: 'customer' } },
    connections: [{ name: 'pop', ports: [{ name: 'p1' }] }],
    attachments: [
      {
        ...{ name: 'net', connection: 'pop', vlanId: 100 },
        l2: { bridge: 'br0', members: ['m1'], protection: PROTECTION },
      },
    ],
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  const want = toWant(parsed.value, { managedPorts: ['*'], secrets: new Map() })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  const kernel = fakeKernel([fakePort('p1', { up: true }), fakePort('m1', { up: true })])
  const { links: before, protections: none } = await kernel.read()
  const plan = planLinks(want.value.links, before, PLAIN_SYSCTL, {
    protections: { have: none, touched: new Set() },
  })
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  const { early, removals, additions } = plan.value
  for (const { step } of [...early, ...removals, ...additions]) t.equal(kernel.applyNow(step), null)
  const { links, protections } = await kernel.read()
  const exported = exportIntent({
    ...{ links, protections, routes: [], managedPorts: ['*'], routerId: 'edge-1' },
    bgp: readBgp({ version: null, bgpd: [], bfdd: [], faults: [] }),
    generation: 2,
    running: parsed.value,
  })
  t.strictSame(exported.ok && exported.value.intent.attachments[0]?.l2?.protection, PROTECTION)
})
