import * as fc from 'fast-check'
import type { Test } from 'tap'
import { draftRoutes, releaseRoutes, restoreRoutes } from '../../../src/core/frr/static/plan.js'
import type { HaveFrr, PlannedStep } from '../../../src/core/model/plan.js'
import { toIfname, toIpText, toPrefix } from '../../../src/core/model/names.js'
import type { StaticRoute } from '../../../src/core/model/vrf.js'
import { sure } from './arbitrary-bgp.js'
import { configLines } from './frr-contract.js'
import type { FrrBench } from './fake-frr.js'

const HOPS = { 4: ['10.0.0.1', '10.0.0.5'], 6: ['2001:db8::1'] } as const
const PREFIXES = ['10.64.0.0/10', '192.168.7.0/24', '0.0.0.0/0', '2001:db8:8::/48', '::/0']

/** Random static routes, each prefix and next hop once in a VRF, sorted as those of a want. */
const arbitraryRoutes: fc.Arbitrary<readonly StaticRoute[]> = fc
  .uniqueArray(
    fc.constantFrom(...PREFIXES).chain((prefix) =>
      fc.record({
        vrf: fc.constantFrom(null, sure(toIfname('blue'))),
        prefix: fc.constant(sure(toPrefix(prefix))),
        nextHop: fc
          .constantFrom(null, ...HOPS[prefix.includes(':') ? 6 : 4])
          .map((hop) => (hop === null ? null : sure(toIpText(hop)))),
        distance: fc.constantFrom(1, 1, 20, 254),
      }),
    ),
    { selector: keyOf, maxLength: 6 },
  )
  .map((routes) => routes.filter((route) => !routes.some((other) => clashes(route, other))))
  .map((routes) => routes.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)))

/** No intent has a discarding route beside a next hop at the same distance. */
function clashes(route: StaticRoute, other: StaticRoute): boolean {
  const { vrf, prefix, distance, nextHop } = route
  const same = vrf === other.vrf && prefix === other.prefix && distance === other.distance
  return same && nextHop === null && other.nextHop !== null
}

function keyOf({ vrf, prefix, nextHop }: StaticRoute): string {
  return `${vrf ?? ''} ${prefix} ${nextHop ?? ''}`
}

/** The laws of static routes, on an FRR that has none at the start. */
export async function staticContract(t: Test, frr: FrrBench, runs: number): Promise<void> {
  const daemon = sure((await frr.read()).routes).daemon

  async function apply(steps: readonly PlannedStep[]): Promise<void> {
    for (const { step } of steps) {
      if (step.do !== 'frr') continue
      const refused = await frr.apply(step)
      if (refused !== null) t.fail(refused.message)
    }
  }
  const type = (...lines: readonly string[]) => frr.apply({ do: 'frr', daemon, lines })

  await t.test('any routes are reached from any others, restored, and given back', async (t) => {
    for (const [i, want] of fc.sample(arbitraryRoutes, { numRuns: runs, seed: 7 }).entries()) {
      const before = await frr.read()
      await apply(stepsOf(want, before))
      t.strictSame(stepsOf(want, await frr.read()), [], `pair ${i} is reached`)
      if (i % 3 !== 0) continue
      await apply(allOf(restoreRoutes(before, await frr.read())))
      t.strictSame(linesOf(await frr.read()), linesOf(before), `pair ${i} is restored`)
      await apply(stepsOf(want, await frr.read()))
      await apply(releaseRoutes(await frr.read()))
      const released = await frr.read()
      t.strictSame(stepsOf([], released), [], `pair ${i}: what was given back stays`)
      const adopted = draftRoutes(want, released, true)
      t.strictSame(adopted.conflicts, [])
      await apply(allOf(adopted.plan))
      t.strictSame(stepsOf(want, await frr.read()), [], `pair ${i} is taken over`)
      await apply(allOf(restoreRoutes(released, await frr.read())))
      t.strictSame(linesOf(await frr.read()), linesOf(released), `pair ${i} is foreign again`)
      await apply(allOf(draftRoutes(want, released, true).plan))
    }
    await apply(stepsOf([], await frr.read()))
    t.strictSame(linesOf(await frr.read()), [], 'nothing stays behind')
  })

  await t.test('a route of somebody else stays, and one of its prefix is a conflict', async (t) => {
    await type('ip route 10.64.0.0/10 10.0.0.9', 'ip route 10.99.0.0/16 10.0.0.9 tag 7')
    const have = await frr.read()
    const route = { vrf: null, nextHop: null, distance: 1 } as const
    const taken = [{ ...route, prefix: sure(toPrefix('10.64.0.0/10')) }]
    t.match(draftRoutes(taken, have, false).conflicts, [
      { fault: { code: 'NOT_OWNED', at: 'static route 10.64.0.0/10', message: /10\.0\.0\.9/ } },
    ])
    t.equal(
      draftRoutes(taken, have, true).conflicts.length,
      1,
      'another next hop is not taken over',
    )
    const free = [{ ...route, prefix: sure(toPrefix('10.65.0.0/16')) }]
    await apply(stepsOf(free, have))
    await apply(stepsOf([], await frr.read()))
    t.strictSame(linesOf(await frr.read()), linesOf(have))
    await type('no ip route 10.64.0.0/10 10.0.0.9', 'no ip route 10.99.0.0/16 10.0.0.9')
  })
}

function stepsOf(want: readonly StaticRoute[], have: HaveFrr): readonly PlannedStep[] {
  const { plan, conflicts } = draftRoutes(want, have, false)
  if (conflicts.length > 0) throw new Error(JSON.stringify(conflicts))
  return allOf(plan)
}

function allOf(plan: ReturnType<typeof restoreRoutes>): readonly PlannedStep[] {
  return [...plan.remove, ...plan.change]
}

/** FRR 10 keeps an empty block of a VRF that had routes. */
function linesOf({ routes }: HaveFrr): readonly string[] {
  return configLines(routes?.config ?? null).filter((line) => !/^vrf \S+$/.test(line))
}
