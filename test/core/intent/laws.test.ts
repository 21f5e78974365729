import * as fc from 'fast-check'
import t from 'tap'
import { faultsOf } from '../../../src/core/base/result.js'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { layout } from '../../../src/core/intent/survey/layout.js'
import { toWant, type WantContext } from '../../../src/core/intent/want.js'
import { isKernelStep, type Want } from '../../../src/core/model/plan.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import {
  arbitraryIntent,
  MANAGED_PORTS,
  SECRET_NAMES,
} from '../../support/intent/arbitrary-intent.js'
import { docExample } from '../../support/intent/doc-examples.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { FULL_INTENT, ROUTER } from '../../support/intent/full-intent.js'
import { placesOf, withValue } from '../../support/intent/document-paths.js'

const [digest] = ROUTER.secrets.values()
if (digest === undefined) throw new Error('the test router has a secret')

/** Takes every name that a mutation may bring forth but one. */
const ROUTER_OF_ALL: WantContext = {
  managedPorts: [...ROUTER.managedPorts, ...MANAGED_PORTS, 'bond?', 'x*'],
  secrets: new Map([...ROUTER.secrets, ...SECRET_NAMES.map((name) => [name, digest] as const)]),
}

const start = fc.oneof(
  fc.constantFrom<unknown>(
    FULL_INTENT,
    docExample('docs/intent.md', 'intent base'),
    docExample('docs/intent.md', 'intent vrf'),
  ),
  arbitraryIntent(),
)

/** Values near the edges of what is allowed, and names that other parts may have. */
const EDGES = [
  null,
  true,
  0,
  1,
  2,
  3,
  30,
  68,
  90,
  253,
  1280,
  1500,
  4094,
  4095,
  9000,
  65_010,
  65_535,
  'dl-par',
  'net-a',
  'blue',
  'br-lab',
  'bond0',
  'enp1s0f0',
  'dl-par.100',
  'all',
  'x1',
  'par-a',
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.3',
  '10.0.0.2/30',
  '10.0.0.6/29',
  '2001:db8::2',
  'fe80::1',
  '10.0.0.2/32',
  '0.0.0.0/0',
  '10.0.0.0/8 ge 8 le 8',
  '::/0 le 128',
  '65010:1',
  'no-export',
] as const

type Mutation = (document: unknown) => unknown

/** One change somewhere: another value, a part of the document from elsewhere, less, or twice. */
const mutation: fc.Arbitrary<Mutation> = fc
  .tuple(fc.nat(), fc.nat(), fc.constantFrom('edge', 'graft', 'drop', 'double'), fc.nat())
  .map(([where, from, how, edge]) => (document) => {
    const places = placesOf(document)
    const { path, value } = places[1 + (where % (places.length - 1))] ?? { path: [], value: null }
    if (how === 'edge') return withValue(document, path, EDGES[edge % EDGES.length])
    if (how === 'graft') return withValue(document, path, places[from % places.length]?.value)
    if (how === 'drop') return withValue(document, path, undefined)
    const copies: unknown = Array.isArray(value) ? value.concat(value) : value
    return withValue(document, path, copies)
  })

const mutant = fc
  .tuple(start, fc.array(mutation, { maxLength: 4 }))
  .map(([document, all]) => all.reduce((now, mutate) => mutate(now), document))

/** What stands in the way of the planner, on a router that has the ports and nothing else. */
function unplannable(want: Want): unknown {
  const ports = want.links.filter(({ detail }) => detail.kind === 'port')
  const kernel = fakeKernel(ports.map(({ name }) => fakePort(name)))
  const plan = planLinks(want.links, kernel.links(), PLAIN_SYSCTL)
  if (!plan.ok) return plan.faults
  const { early, removals, additions } = plan.value
  for (const { step } of [...early, ...removals, ...additions]) {
    if (!isKernelStep(step)) return step
    const refused = kernel.applyNow(step)
    if (refused !== null) return { step, refused }
  }
  const again = planLinks(want.links, kernel.links(), PLAIN_SYSCTL)
  if (!again.ok) return again.faults
  const left = [again.value.early, again.value.removals, again.value.additions]
  if (left.flat().length > 0) return again.value
  const frr = planFrr(want.bgp, { version: '10.7.1', bgpd: [], bfdd: [], faults: [] })
  return frr.ok ? undefined : frr.faults
}

t.test('whatever is accepted can be planned, applied and found done', async (t) => {
  let accepted = 0
  fc.assert(
    fc.property(mutant, (document) => {
      const intent = parseIntent(document)
      if (!intent.ok) return
      const want = toWant(intent.value, ROUTER_OF_ALL)
      if (!want.ok) return
      accepted += 1
      const obstacle = unplannable(want.value)
      if (obstacle !== undefined) throw new Error(JSON.stringify(obstacle))
    }),
    { numRuns: 2000 },
  )
  t.ok(accepted > 200, `${accepted} of the mutants were accepted`)
})

t.test('every intent is answered with a want or with faults in it, and has a layout', async () => {
  fc.assert(
    fc.property(mutant, (document) => {
      const intent = parseIntent(document)
      if (!intent.ok) return true
      const { attachments, connections } = layout(intent.value)
      const want = toWant(intent.value, ROUTER)
      if (!want.ok)
        return want.faults.every(({ at }) => /^(vrfs|connections|attachments|router)/.test(at))
      const names = new Set<string>(want.value.links.map(({ name }) => name))
      return [...attachments.values(), ...connections.values()].every((name) => names.has(name))
    }),
    { numRuns: 1000 },
  )
})

t.test('one intent has one want', async () => {
  fc.assert(
    fc.property(arbitraryIntent(), (intent) => {
      const copy = JSON.parse(JSON.stringify(intent)) as typeof intent
      const wants = [toWant(intent, ROUTER_OF_ALL), toWant(copy, ROUTER_OF_ALL)]
      return JSON.stringify(wants[0]) === JSON.stringify(wants[1])
    }),
    { numRuns: 200 },
  )
})

t.test('4,000 attachments with a neighbour each are judged in about a second', async (t) => {
  // The facts of 4,000 circuits are more than a router reports.
  const [{ circuit: _circuit, probe: _probe, ...one } = {}] = FULL_INTENT.attachments
  const many = parseIntent({
    ...FULL_INTENT,
    vrfs: [],
    attachments: Array.from({ length: 4000 }, (_, i) => {
      const net = `10.${i >> 6}.${i & 63}`
      return {
        ...one,
        name: `a${i}`,
        vlanId: i + 1,
        interface: `v${i}`,
        l3: { addresses: [`${net}.2/30`] },
        bgp: [{ neighborAddress: `${net}.1`, peerAs: 64512 }],
      }
    }),
  })
  if (!many.ok) throw new Error(JSON.stringify(many.faults))
  const before = process.cpuUsage()
  const want = toWant(many.value, ROUTER)
  const { user, system } = process.cpuUsage(before)
  t.strictSame(faultsOf(want), [])
  t.ok(user + system < 1.5e6, `${(user + system) / 1000} ms of CPU`)
})
