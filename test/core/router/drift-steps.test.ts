import * as fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import {
  suppressDependents,
  suppressedUntil,
  type Suppressed,
} from '../../../src/core/change/drift.js'
import { linkTarget, presenceTarget, type DriftItem } from '../../../src/core/model/drift.js'
import type { Have, Step, Want } from '../../../src/core/model/plan.js'
import {
  driftSteps,
  isRepair,
  splitSuppressed,
  type DriftStep,
} from '../../../src/core/router/drift-steps.js'
import { planRouter } from '../../../src/core/router/plan.js'
import { add, set, vlan } from '../../support/kernel/kernel-steps.js'
import { arbitraryDrift, drifted } from '../links/drift.js'
import { compare } from '../links/law-bench.js'
import { ifname } from '../links/link-bench.js'
import {
  arbitraryChange,
  fakeRouter,
  routerWith,
  runs,
  stepsOf,
  type FakeRouter,
} from './router-bench.js'

const NONE: Suppressed = new Map()

function suppressing(...targets: readonly string[]): Suppressed {
  return new Map(targets.map((target) => [target, millis(1)]))
}

/** Steps as a repair of a VRF with one neighbour and of a VLAN outside it has them. */
const STEPS: readonly Step[] = [
  add('red', { kind: 'vrf', table: 7 }),
  add('p1.5', vlan('p1', 5)),
  { do: 'frr-wait', links: [ifname('p1.5')], vrfs: [ifname('red')] },
  {
    do: 'frr',
    daemon: 'bgpd',
    lines: [
      'router bgp 65010',
      'neighbor 10.0.0.1 timers 3 9',
      'exit',
      'router bgp 65010 vrf red',
      'neighbor 10.0.1.1 timers 3 9',
      'exit',
    ],
  },
  set('br', { mtu: 1500 }, { mtu: 1500 }),
]
const ALL = driftSteps(STEPS, { links: [] })

t.test('each step has the drift that it repairs', (t) => {
  t.strictSame(
    ALL.map(({ step }) => step),
    STEPS,
  )
  t.strictSame(
    ALL.map(({ items }) => items.flatMap(({ keys }) => keys)),
    [
      [presenceTarget('red')],
      [presenceTarget('p1.5')],
      [],
      ['neighbor 10.0.0.1', 'neighbor 10.0.1.1'],
      [],
    ],
  )
  t.strictSame(ALL.map(isRepair), [true, true, false, true, false])
  t.end()
})

t.test('nothing suppressed leaves nothing', (t) => {
  t.strictSame(splitSuppressed(ALL, NONE), { free: ALL, left: [] })
  t.end()
})

t.test('a suppressed VRF takes its neighbours along, and FRR does not wait for it', (t) => {
  const suppressed = suppressDependents(
    suppressing(linkTarget('red'), presenceTarget('red')),
    ALL.flatMap(({ items }) => items),
  )
  const { free, left } = splitSuppressed(ALL, suppressed)
  t.match(
    free.map(({ step }) => step),
    [
      { do: 'link-add', link: { name: 'p1.5' } },
      { do: 'frr-wait', links: ['p1.5'], vrfs: [] },
      { lines: ['router bgp 65010', 'neighbor 10.0.0.1 timers 3 9', 'exit'] },
      { do: 'link-set' },
    ],
  )
  t.equal(free.length, 4)
  t.match(
    left.map(({ step }) => step),
    [{ do: 'link-add', link: { name: 'red' } }, { lines: /neighbor 10\.0\.1\.1/ }],
  )
  t.equal(left.length, 2)
  t.end()
})

t.test('a wait for suppressed links alone is left out', (t) => {
  const { free } = splitSuppressed(ALL, suppressing(linkTarget('red'), linkTarget('p1.5')))
  t.notOk(free.some(({ step }) => step.do === 'frr-wait'))
  t.end()
})

t.test('waits and settings that keep their value are no repair of their own', (t) => {
  const targets = ALL.flatMap(({ items }) => items)
    .filter(({ keys }) => keys.length > 0)
    .flatMap((item) => item.targets)
  const { free, left } = splitSuppressed(ALL, suppressing(...targets))
  t.strictSame(free, [])
  t.strictSame(left.filter(isRepair), left)
  t.end()
})

interface Drifted {
  readonly router: FakeRouter
  readonly want: Want
  readonly all: readonly DriftStep[]
}

function planOf(want: Want, have: Have): readonly DriftStep[] | null {
  const plan = planRouter(want, have)
  return plan.ok ? driftSteps(stepsOf(plan.value), have) : null
}

function itemsOf(all: readonly DriftStep[]): readonly DriftItem[] {
  return all.flatMap(({ items }) => items)
}

function keysOf(all: readonly DriftStep[]): readonly string[] {
  return [...new Set(itemsOf(all).flatMap(({ keys }) => keys))].sort()
}

const arbitraryCase = fc.record({
  change: arbitraryChange,
  drifts: fc.array(arbitraryDrift(), { minLength: 1, maxLength: 4 }),
  /** Whether somebody changed neighbours as well. */
  peers: fc.boolean(),
  place: fc.nat(),
})

/** A router that drifted from its want, behind demarc's back. */
async function driftedRouter({ change, drifts, peers }: DrawnCase): Promise<Drifted | null> {
  const { world, first, second } = change
  const router = await routerWith(world, first)
  if (router === null) return null
  const before = await router.have()
  const links = drifts.reduce((links, drift) => drifted(links, drift), before.links)
  if (peers) {
    const other = planRouter({ links: first.links, bgp: second.bgp, routes: [] }, before)
    if (!other.ok) return null
    await router.apply(stepsOf(other.value).filter((step) => step.do === 'frr'))
  }
  const after = fakeRouter(links, router.frr)
  const all = planOf(first, await after.have())
  return all === null ? null : { router: after, want: first, all }
}
type DrawnCase = typeof arbitraryCase extends fc.Arbitrary<infer T> ? T : never

t.test(
  'free and left cover all drift, and no free step touches or needs what is suppressed',
  async (t) => {
    let [partly, whole] = [0, 0]
    await fc.assert(
      fc.asyncProperty(arbitraryCase, async (drawn) => {
        const found = await driftedRouter(drawn)
        const items = itemsOf(found?.all ?? [])
        const fought = items[drawn.place % Math.max(1, items.length)]
        if (found === null || fought === undefined) return
        const suppressed = suppressDependents(suppressing(...fought.targets), items)
        const { free, left } = splitSuppressed(found.all, suppressed)
        const held = (item: DriftItem) => suppressedUntil(suppressed, item) > 0
        if (free.length > 0) partly++
        else whole++

        compare(itemsOf(free).filter(held), [])
        compare(
          itemsOf(left).filter((item) => !held(item)),
          [],
        )
        compare(keysOf([...free, ...left]), keysOf(found.all))
        const waits = free.flatMap(({ step }) => (step.do === 'frr-wait' ? [step] : []))
        compare(
          waits
            .flatMap(({ links, vrfs }) => [...links, ...vrfs])
            .filter((name) => suppressed.has(linkTarget(name))),
          [],
        )
      }),
      runs(120),
    )
    t.comment(`${partly} repaired in part, ${whole} suppressed as a whole`)
    t.ok(partly > 10)
  },
)

t.test('the free steps can be done alone, and then only suppressed ones are left', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCase, async (drawn) => {
      const found = await driftedRouter(drawn)
      const items = itemsOf(found?.all ?? [])
      const fought = items[drawn.place % Math.max(1, items.length)]
      if (found === null || fought === undefined) return
      const suppressed = suppressDependents(suppressing(...fought.targets), items)
      const { free } = splitSuppressed(found.all, suppressed)
      const { router } = found
      await router.apply(free.map(({ step }) => step))
      const again = planOf(found.want, await router.have())
      if (again === null) throw new Error('what was done forbids the rest')
      const then = suppressDependents(suppressed, itemsOf(again))
      compare(splitSuppressed(again, then).free, [])
    }),
    runs(60),
  )
})
