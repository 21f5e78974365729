import { test } from 'tap'
import { linkDriftItems } from '../../../src/core/links/drift-keys.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { planLinksRestore } from '../../../src/core/links/restore.js'
import {
  BRIDGE_PORT_SETTINGS,
  BRIDGE_SETTINGS,
  type HaveLink,
  type WantLink,
} from '../../../src/core/model/link.js'
import type { LinkSettings } from '../../../src/core/model/plan.js'
import { describeStep } from '../../../src/core/router/describe.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { set } from '../../support/kernel/kernel-steps.js'
import { stepsOf } from './law-bench.js'
import { attachment, ifname, line, want } from './link-bench.js'

const BRIDGE = want('br-x', {
  detail: { kind: 'bridge', stp: false },
  alias: line('demarc bridge br-x'),
})
const WANT: readonly WantLink[] = [
  want('p1'),
  BRIDGE,
  attachment('net-a', 'p1', 7, { master: ifname('br-x') }),
  want('p2', { master: ifname('br-x') }),
]

/** A router that has what is wanted, and a bridge of somebody else with a port and a VLAN. */
function router(wanted = WANT) {
  const foreign = fakePort('br-y', { detail: { kind: 'bridge', stp: false }, up: true })
  const ports = ['p1', 'p2', 'p3'].map((name) => fakePort(name))
  const kernel = fakeKernel([...ports, foreign])
  const plan = () => {
    const found = planLinks(wanted, kernel.links(), PLAIN_SYSCTL)
    if (!found.ok) throw new Error(JSON.stringify(found.faults))
    return found.value
  }
  const apply = (steps: ReturnType<typeof stepsOf>) => {
    for (const step of steps) {
      const fault = kernel.applyNow(step)
      if (fault !== null) throw new Error(fault.message)
    }
  }
  apply(stepsOf(plan()))
  apply([set('p3', { master: 'br-y', up: true })])
  const byHand = (link: string, to: LinkSettings) => apply([set(link, to)])
  return { links: kernel.links, plan, apply, byHand }
}

/** A value that is not the kernel's default. */
const other = ({ default: usual }: { readonly default: number }) => (usual === 0 ? 1 : 0)
const OF_PORT = Object.entries(BRIDGE_PORT_SETTINGS)

const DRIFT: readonly (readonly [link: string, key: string, to: LinkSettings])[] = [
  ['br-x', 'vlanFiltering', { bridge: { vlanFiltering: 1 } }],
  ['br-x', 'groupForwardMask', { bridge: { groupForwardMask: 0x4000 } }],
  ...['p1.7', 'p2'].flatMap((link) =>
    OF_PORT.map(([key, terms]) => [link, key, { bridgePort: { [key]: other(terms) } }] as const),
  ),
]

test('each setting of a bridge and of its ports is planned back and stays', async (t) => {
  t.equal(DRIFT.length, Object.keys(BRIDGE_SETTINGS).length + 2 * OF_PORT.length)
  for (const [link, key, to] of DRIFT) {
    const { links, plan, apply, byHand } = router()
    const before = links()
    byHand(link, to)
    t.notSame(links(), before, `${link} ${key} is there`)
    const steps = stepsOf(plan())
    t.match(steps, [{ do: 'link-set', link }], `${link} ${key}`)
    t.equal(steps.length, 1)
    t.strictSame(linkDriftItems(steps, links())[0]?.keys, [`${link} ${key}`])
    t.match(
      describeStep(steps[0] ?? set('p1', {})),
      new RegExp(`^set ${link}: ${key} \\d+ → \\d+$`),
    )
    apply(steps)
    t.strictSame(links(), before, 'as it was')
    t.strictSame(stepsOf(plan()), [], 'nothing is left to do')
  }
})

test('a bridge of somebody else and its ports are left as they are', async (t) => {
  const { plan, byHand } = router()
  byHand('br-y', { bridge: { vlanFiltering: 1 } })
  byHand('p3', { bridgePort: { isolated: 1, state: 0 } })
  t.strictSame(stepsOf(plan()), [])
})

test('a VLAN filter that goes is reported of the bridge with its impact', async (t) => {
  const { plan, byHand } = router()
  byHand('br-x', { bridge: { vlanFiltering: 1 } })
  t.match(plan().effects, [{ subject: 'bridge br-x', impact: 'traffic-loss' }])
})

test('the state of a port is spanning tree’s where it runs', async (t) => {
  const stp = { ...BRIDGE, detail: { kind: 'bridge', stp: true } } as const
  const { plan, links } = router(WANT.map((link) => (link === BRIDGE ? stp : link)))
  const blocked = links().map((link) =>
    link.name === 'p2' ? { ...link, bridgePort: { state: 4 } } : link,
  )
  t.strictSame(stepsOf(plan()), [])
  const again = planLinks(
    WANT.map((link) => (link === BRIDGE ? stp : link)),
    blocked,
    PLAIN_SYSCTL,
  )
  t.strictSame(again.ok && stepsOf(again.value), [])
})

test('a port that joins its bridge anew has the defaults and needs no step', async (t) => {
  const { plan, byHand } = router()
  byHand('p2', { bridgePort: { isolated: 1 } })
  byHand('p2', { master: null })
  t.match(stepsOf(plan()), [{ to: { master: 'br-x' } }])
  t.equal(stepsOf(plan()).length, 1)
})

test('a rollback returns to the settings of before, but holds no port in a state', async (t) => {
  const { links, plan, apply, byHand } = router()
  byHand('br-x', { bridge: { vlanFiltering: 1 } })
  byHand('p2', { bridgePort: { isolated: 1, state: 0 } })
  const before = links()
  const steps = stepsOf(plan())
  apply(steps)
  const now = { links: links(), sysctlDefaults: PLAIN_SYSCTL }
  const back = planLinksRestore({ links: before }, now, steps)
  if (!back.ok) throw new Error(JSON.stringify(back.faults))
  apply(stepsOf(back.value))
  const forwards = (link: HaveLink): HaveLink =>
    link.name === 'p2' ? { ...link, bridgePort: { isolated: 1 } } : link
  t.strictSame(links(), before.map(forwards))
})

test('a bridge that a rollback makes anew has the settings of before', async (t) => {
  const { links, plan, apply, byHand } = router()
  byHand('br-x', { bridge: { vlanFiltering: 1 } })
  const before = links()
  const gone = planLinks([want('p1'), want('p2')], before, PLAIN_SYSCTL)
  if (!gone.ok) throw new Error(JSON.stringify(gone.faults))
  const steps = stepsOf(gone.value)
  apply(steps)
  t.notOk(links().some(({ name }) => name === 'br-x'))
  const now = { links: links(), sysctlDefaults: PLAIN_SYSCTL }
  const back = planLinksRestore({ links: before }, now, steps)
  if (!back.ok) throw new Error(JSON.stringify(back.faults))
  apply(stepsOf(back.value))
  const bridge = links().find(({ name }) => name === 'br-x')
  t.match(bridge?.detail, { settings: { vlanFiltering: 1 } })
  t.ok(stepsOf(plan()).length === 1, 'the next look mends it')
})
