import { test } from 'tap'
import { planAdoption } from '../../../../src/core/links/adopt.js'
import { toWant } from '../../../../src/core/intent/want.js'
import type { HaveLinkModes } from '../../../../src/core/model/link.js'
import { exportIntent } from '../../../../src/core/intent/export/export.js'
import type { Intent } from '../../../../src/core/wire/intent.js'
import { parseIntent } from '../../../../src/core/wire/intent-parse.js'
import {
  exportOf,
  harmOf,
  link,
  LINKS,
  NO_EXPORTED_BGP,
} from '../../../support/intent/hand-configured.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../../support/kernel/fake-kernel.js'
import { SETTABLE_MODES } from '../../../support/kernel/fake-modes.js'
import { stepsOf } from '../../links/law-bench.js'

const withModes = (modes: HaveLinkModes) => ({
  links: LINKS.map((each) => (each.name === 'enp3' ? link('enp3', { modes }) : each)),
})
const portsOf = (built: Parameters<typeof exportOf>[0], running: Intent | null = null) =>
  exportOf(built, running).intent.connections.find(({ name }) => name === 'enp3')?.ports

test('a port whose auto-negotiation somebody switched off is exported so', async (t) => {
  const off = { ...SETTABLE_MODES, autoNegotiate: false }
  t.strictSame(portsOf(withModes(off)), [
    { name: 'enp3', autoNegotiate: false, speed: 1000, duplex: 'FULL' },
  ])
  t.strictSame(harmOf(withModes(off)), [], 'taking it over changes nothing')
  t.strictSame(portsOf(withModes({ ...off, speed: null, duplex: 'unknown' })), [
    { name: 'enp3', autoNegotiate: false },
  ])
  t.strictSame(portsOf(withModes(SETTABLE_MODES)), [{ name: 'enp3' }], 'it negotiates')
  t.strictSame(portsOf({}), [{ name: 'enp3' }], 'its driver cannot negotiate')
})

/** Two connections that carry nothing yet. */
const ALONE = parseIntent({
  schema: 'demarc/intent/v1',
  generation: 1,
  router: { id: 'par-edge-1', role: 'customer' },
  connections: [
    { name: 'dl-a', ports: [{ name: 'p1', autoNegotiate: false, speed: 1000, duplex: 'FULL' }] },
    {
      name: 'dl-b',
      mtu: 9000,
      ports: [{ name: 'p2' }, { name: 'p3' }],
      aggregation: { lacpMode: 'ACTIVE', interval: 'FAST' },
    },
  ],
  attachments: [],
})

test('a connection without attachments is set up, so that it sends light, and is exported again', async (t) => {
  if (!ALONE.ok) throw new Error(JSON.stringify(ALONE.faults))
  const want = toWant(ALONE.value, { managedPorts: ['p*'], secrets: new Map() })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  const ports = ['p1', 'p2', 'p3'].map((name) => fakePort(name, { modes: SETTABLE_MODES }))
  const kernel = fakeKernel(ports)
  const plan = planAdoption(want.value.links, kernel.links(), PLAIN_SYSCTL)
  for (const step of plan.ok ? stepsOf(plan.value) : []) t.equal(kernel.applyNow(step), null)
  const links = new Map(kernel.links().map((each) => [each.name, each]))
  t.match(links.get('p1'), { up: true, modes: { autoNegotiate: false, speed: 1000 } })
  t.match(links.get('p2'), { up: true, master: 'dl-b', mtu: 9000 })
  t.match(links.get('dl-b'), { up: true, mtu: 9000, alias: 'demarc connection dl-b' })
  const again = planAdoption(want.value.links, kernel.links(), PLAIN_SYSCTL)
  t.strictSame(again.ok && stepsOf(again.value), [])
  const exported = exportIntent({
    links: kernel.links(),
    bgp: NO_EXPORTED_BGP,
    routes: [],
    managedPorts: ['p*'],
    routerId: 'par-edge-1',
    generation: 2,
    running: ALONE.value,
  })
  t.same(exported.ok && exported.value.intent, { ...ALONE.value, generation: 2 })
})
