import * as fc from 'fast-check'
import { test } from 'tap'
import { hubPath } from '../../../src/core/change/hub-path.js'
import type { HaveLink, WantLink } from '../../../src/core/model/link.js'
import type { KernelStep } from '../../../src/core/model/plan.js'
import { isOurs } from '../../../src/core/model/own-link.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { planLinksRestore } from '../../../src/core/links/restore.js'
import { arbitraryIntent } from '../../support/intent/arbitrary-intent.js'
import { PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { sharedLinks } from '../../support/kernel/shared-links.js'
import { unmet } from '../../support/kernel/unmet.js'
import { arbitraryDrift, drifted } from './drift.js'
import { compare, kernelWith, state, stepsOf, universe, wantOf } from './law-bench.js'
import { arbitraryWorld } from './worlds.js'

const RUNS = { numRuns: Number(process.env['LAW_RUNS'] ?? 600) }

/** A router some way into another intent: from nothing done to all of it, and then drifted. */
const arbitraryHave = fc
  .record({
    world: arbitraryWorld(),
    intent: arbitraryIntent(universe),
    share: fc.double({ min: 0, max: 1.5, noNaN: true }),
    drifts: fc.array(arbitraryDrift(), { maxLength: 4 }),
  })
  .map(({ world, intent, share, drifts }) => {
    const kernel = kernelWith(world)
    const plan = planLinks(wantOf(intent), world, PLAIN_SYSCTL)
    const steps = plan.ok ? stepsOf(plan.value) : []
    for (const step of steps.slice(0, Math.ceil(steps.length * share))) kernel.apply(step)
    return drifts.reduce((have, drift) => drifted(have, drift), kernel.links())
  })

test('laws of the link planner', async (t) => {
  const bench = fc.tuple(arbitraryHave, arbitraryIntent(universe))

  await t.test(
    'any want is reached from any have, and an applied plan leaves an empty plan',
    async (t) => {
      let planned = 0
      let refused = 0
      fc.assert(
        fc.property(bench, fc.nat(), ([have, intent], hub) => {
          const want = wantOf(intent)
          const link = have[hub % have.length]?.name ?? ''
          const last = hubPath(have, { link })
          const plan = planLinks(want, have, PLAIN_SYSCTL, { last })
          if (!plan.ok) {
            refused++
            return plan.faults.every(({ code }) => code !== 'BUG')
          }
          planned++
          const kernel = kernelWith(have)
          for (const step of stepsOf(plan.value)) kernel.apply(step)
          const again = planLinks(want, kernel.links(), PLAIN_SYSCTL)
          if (!again.ok) throw new Error(JSON.stringify(again.faults))
          compare(unmet(want, kernel.links()), [])
          const left = stepsOf(again.value)
          if (left.length > 0) throw new Error(`left: ${JSON.stringify(left, null, 1)}`)
          if (again.value.effects.length > 0) throw new Error(JSON.stringify(again.value.effects))
          return true
        }),
        RUNS,
      )
      t.comment(`${planned} planned, ${refused} refused for clashes`)
      t.ok(planned > refused, 'most pairs are planned')
    },
  )

  await t.test('wherever a plan was left, planning back restores what was there', async () => {
    fc.assert(
      fc.property(bench, fc.double({ min: 0, max: 1, noNaN: true }), ([have, intent], share) => {
        const plan = planLinks(wantOf(intent), have, PLAIN_SYSCTL)
        if (!plan.ok) return
        const kernel = kernelWith(have)
        const steps = stepsOf(plan.value)
        for (const step of steps.slice(0, Math.ceil(steps.length * share))) kernel.apply(step)
        const now = () => ({ links: kernel.links(), sysctlDefaults: PLAIN_SYSCTL })
        const back = planLinksRestore({ links: have }, now(), steps)
        if (!back.ok) throw new Error(JSON.stringify(back.faults))
        for (const step of stepsOf(back.value)) kernel.apply(step)
        compare(state(kernel.links()), state(have))
        const again = planLinksRestore({ links: have }, now(), steps)
        compare(again.ok && stepsOf(again.value), [])
      }),
      RUNS,
    )
  })

  await t.test('what demarc does not own is never changed', async () => {
    fc.assert(
      fc.property(bench, ([have, intent]) => {
        const want = wantOf(intent)
        const plan = planLinks(want, have, PLAIN_SYSCTL)
        if (!plan.ok) return
        const kernel = kernelWith(have)
        for (const step of stepsOf(plan.value)) kernel.apply(step)
        const named = new Set<string>(want.map(({ name }) => name))
        const ours = new Set(have.filter(isOurs).map(({ name }) => name))
        const foreign = (links: readonly HaveLink[]) =>
          state(links).filter(
            ({ name, master }) => !named.has(name) && !ours.has(name) && !ours.has(master ?? ''),
          )
        const before = foreign(have).filter(
          ({ addresses }) => !addresses.some(({ owned }) => owned),
        )
        const after = new Map(foreign(kernel.links()).map((link) => [link.name, link]))
        compare(
          before.map(({ name }) => after.get(name)),
          before,
        )
        const held = (links: readonly HaveLink[]) =>
          links.flatMap(({ name, addresses }) =>
            addresses.filter(({ owned }) => !owned).map(({ address }) => `${name} ${address}`),
          )
        compare(held(kernel.links()), held(have))
      }),
      RUNS,
    )
  })

  await t.test('what both intents agree on is never touched', async () => {
    fc.assert(
      fc.property(
        arbitraryWorld(),
        arbitraryIntent(universe),
        arbitraryIntent(universe),
        (world, a, b) => {
          const [first, second] = [wantOf(a), wantOf(b)]
          const start = planLinks(first, world, PLAIN_SYSCTL)
          if (!start.ok) return
          const kernel = kernelWith(world)
          for (const step of stepsOf(start.value)) kernel.apply(step)
          const plan = planLinks(second, kernel.links(), PLAIN_SYSCTL)
          if (!plan.ok) return
          const shared = sharedLinks(first, second)
          const touched = stepsOf(plan.value).filter(
            (step) =>
              shared.has(typeof step.link === 'string' ? step.link : step.link.name) &&
              !isBridgeMtu(step) &&
              !leavesMac(step, kernel.links(), second),
          )
          if (touched.length > 0) throw new Error(JSON.stringify(touched, null, 1))
        },
      ),
      RUNS,
    )
  })
})

/** A bridge's own MTU, set again because a member changed it (`br_mtu_auto_adjust()`). */
function isBridgeMtu(step: KernelStep): boolean {
  if (step.do !== 'link-set') return false
  return JSON.stringify(step.to) === JSON.stringify({ mtu: step.from.mtu })
}

/** A bond takes another MAC address where no port that stays has its present one. */
function leavesMac(
  step: KernelStep,
  have: readonly HaveLink[],
  want: readonly WantLink[],
): boolean {
  if (step.do !== 'link-set' || step.to.mac === undefined) return false
  const owner = have.find(({ permanentMac }) => permanentMac === step.from.mac)
  return want.every(({ name, master }) => name !== owner?.name || master !== step.link)
}
