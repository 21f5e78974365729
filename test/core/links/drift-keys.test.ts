import * as fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import {
  suppressedUntil,
  suppressDependents,
  type Suppressed,
} from '../../../src/core/change/drift.js'
import type { DriftItem } from '../../../src/core/model/drift.js'
import type { HaveLink } from '../../../src/core/model/link.js'
import type { Ifname } from '../../../src/core/model/names.js'
import type { KernelStep } from '../../../src/core/model/plan.js'
import { linkDriftItems } from '../../../src/core/links/drift-keys.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { arbitraryIntent } from '../../support/intent/arbitrary-intent.js'
import { PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { arbitraryDrift, drifted } from './drift.js'
import { kernelWith, stepsOf, universe, wantOf } from './law-bench.js'
import { arbitraryWorld } from './worlds.js'

t.test('who writes another value each time fights over the same', async (t) => {
  const setMtu = (from: number): KernelStep => ({
    do: 'link-set',
    link: 'dl.100' as Ifname,
    to: { mtu: 1500, bond: { lacpRate: 'fast' } },
    from: { mtu: from, bond: { lacpRate: 'slow' } },
  })
  const keys = ['dl.100 mtu', 'dl.100 lacpRate']
  const two = linkDriftItems([setMtu(9000), setMtu(9001)], [])
  t.strictSame(
    two.map((one) => one.keys),
    [keys, keys],
  )
})

t.test('what is free is done without what is held, and then only that is left', async (t) => {
  let [partly, whole] = [0, 0]
  fc.assert(
    fc.property(
      arbitraryWorld(),
      arbitraryIntent(universe),
      fc.array(arbitraryDrift(), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      (world, intent, drifts, place) => {
        const want = wantOf(intent)
        const built = planLinks(want, world, PLAIN_SYSCTL)
        if (!built.ok) return
        const start = kernelWith(world)
        for (const step of stepsOf(built.value)) start.apply(step)
        const have = drifts.reduce((links, drift) => drifted(links, drift), start.links())
        const found = planned(want, have)
        const fought = found?.differences[place % found.differences.length]
        if (found === null || fought === undefined) return
        const first = new Map(fought.targets.map((thing) => [thing, millis(1)]))
        const free = freeOf(found, first)
        if (free.some(isNews)) partly++
        else whole++
        const kernel = kernelWith(have)
        for (const step of free) kernel.apply(step)
        const again = planned(want, kernel.links())
        if (again === null) throw new Error('what was done is in the way')
        const left = freeOf(again, suppressDependents(first, found.differences)).filter(isNews)
        if (left.length > 0) throw new Error(JSON.stringify({ fought, free, left }, null, 1))
      },
    ),
    { numRuns: Number(process.env['LAW_RUNS'] ?? 600) },
  )
  t.comment(`${partly} repaired in part, ${whole} held as a whole`)
  t.ok(partly > 50)
})

/** A bridge's own MTU, set again because a member changed it (`br_mtu_auto_adjust()`). */
function isNews(step: KernelStep): boolean {
  return linkDriftItems([step], []).some(({ keys }) => keys.length > 0)
}

interface Found {
  readonly steps: readonly KernelStep[]
  readonly differences: readonly DriftItem[]
}

function planned(want: ReturnType<typeof wantOf>, have: readonly HaveLink[]): Found | null {
  const plan = planLinks(want, have, PLAIN_SYSCTL)
  if (!plan.ok) return null
  const steps = stepsOf(plan.value)
  return { steps, differences: linkDriftItems(steps, have) }
}

function freeOf({ steps, differences }: Found, first: Suppressed): readonly KernelStep[] {
  const held = suppressDependents(first, differences)
  return steps.filter((_, i) => {
    const one = differences[i]
    return one !== undefined && suppressedUntil(held, one) === 0
  })
}
