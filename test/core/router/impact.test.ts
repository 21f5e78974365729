import * as fc from 'fast-check'
import t from 'tap'
import {
  IMPACTS,
  isWorse,
  worstImpact,
  type Effect,
  type FrrPlan,
  type Impact,
  type Plan,
} from '../../../src/core/model/plan.js'
import type { LinkPlan } from '../../../src/core/links/plan.js'
import { endingSessions } from '../../../src/core/router/ending-sessions.js'
import { planRouter, withinImpact } from '../../../src/core/router/plan.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { compare } from '../links/law-bench.js'
import { arbitraryChange, routerWith, runs, sessionsOf } from './router-bench.js'

const arbitraryImpact = fc.constantFrom(...IMPACTS)

/** Any plan as far as ceilings look at it. */
const arbitraryPlan: fc.Arbitrary<Plan> = fc
  .record({
    steps: fc.array(arbitraryImpact, { maxLength: 4 }),
    effects: fc.array(fc.record({ subject: fc.constantFrom('a', 'b'), impact: arbitraryImpact }), {
      maxLength: 4,
    }),
  })
  .map(({ steps, effects }) => ({
    steps: steps.map((impact) => ({
      step: { do: 'frr', daemon: 'bgpd', lines: [] } as const,
      impact,
    })),
    effects: effects.map((effect) => ({ ...effect, why: 'changes' })),
    impact: worstImpact([...steps, ...effects.map(({ impact }) => impact)]),
  }))

t.test('no plan within its ceiling has a worse effect, and a refusal names the worse ones', (t) => {
  fc.assert(
    fc.property(arbitraryPlan, arbitraryImpact, (plan, ceiling) => {
      const allowed = withinImpact(plan, ceiling)
      const isOver = (impact: Impact) => isWorse(impact, ceiling)
      compare(allowed.ok, !isOver(plan.impact))
      if (allowed.ok) {
        compare(allowed.value, plan)
        compare(
          [...plan.effects, ...plan.steps].filter(({ impact }) => isOver(impact)),
          [],
        )
        return
      }
      const worse = plan.effects
        .filter(({ impact }) => isOver(impact))
        .map(({ subject }) => subject)
      compare(
        allowed.faults.map(({ at }) => at),
        worse.length > 0 ? worse : ['plan'],
      )
    }),
    runs(2000),
  )
  t.end()
})

t.test('a refusal says what was found, why, and what is allowed', (t) => {
  const effect: Effect = { subject: 'port p1', impact: 'link-flap', why: 'joins its bond' }
  const plan: Plan = { steps: [], effects: [effect], impact: 'link-flap' }
  t.match(withinImpact(plan, 'soft'), {
    ok: false,
    faults: [
      {
        code: 'IMPACT_TOO_HIGH',
        at: 'port p1',
        message: /^link-flap \(joins its bond\); soft is allowed: .*--max-impact/,
      },
    ],
  })
  t.match(withinImpact({ ...plan, effects: [] }, 'none'), {
    ok: false,
    faults: [{ at: 'plan', message: /^it has impact link-flap; none is allowed: / }],
  })
  t.strictSame(withinImpact(plan, 'traffic-loss'), { ok: true, value: plan })
  t.end()
})

const NO_FRR: FrrPlan = { early: [], drain: [], remove: [], change: [], effects: [] }
const NO_LINKS: LinkPlan = {
  early: [],
  removals: [],
  additions: [],
  stableSubnets: [],
  moved: [],
  earlyWait: null,
  wait: null,
  effects: [],
  disturbed: [],
}

const ALL_UP = new Set(['neighbor 10.0.0.1', 'neighbor 10.0.1.1'])

t.test('a session ends with its neighbour, its link or its address', (t) => {
  const bgp = [plainInstance(plainNeighbor('10.0.0.1'), plainNeighbor('10.0.1.1'))]
  const disturbed = (impact: Impact) => [
    { vrf: null, address: '10.0.0.2/30', impact, why: 'changes' },
  ]
  const ending = (links: Partial<LinkPlan>, effects: readonly Effect[] = [], up = ALL_UP) =>
    Object.fromEntries(endingSessions({ ...NO_LINKS, ...links }, { ...NO_FRR, effects }, bgp, up))
  const lost = { subject: 'neighbor 10.0.0.1', impact: 'traffic-loss', why: 'is removed' } as const
  const reset = { ...lost, impact: 'session-reset' } as const

  t.strictSame(ending({ disturbed: disturbed('session-reset') }), {
    'neighbor 10.0.0.1': 'session-reset',
  })
  t.strictSame(ending({ disturbed: disturbed('traffic-loss') }), {
    'neighbor 10.0.0.1': 'traffic-loss',
  })
  t.strictSame(ending({ disturbed: disturbed('link-flap') }), {}, 'it may survive a flap')
  t.strictSame(ending({ disturbed: disturbed('soft') }), {})
  t.strictSame(ending({}, [{ ...lost, impact: 'soft' }]), {})
  t.strictSame(
    ending({}, [reset, lost, reset]),
    { 'neighbor 10.0.0.1': 'traffic-loss' },
    'the worst',
  )
  t.strictSame(ending({}, [lost], new Set(['neighbor 10.0.1.1'])), {}, 'it is not up')
  t.strictSame(ending({}, [{ ...lost, subject: 'router' }]), {})
  t.end()
})

t.test('every session that a plan shuts down has an effect that says so', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryChange, async ({ world, first, second }) => {
      const router = await routerWith(world, first)
      if (router === null) return
      const have = await router.have()
      const plan = planRouter(second, have)
      if (!plan.ok) return
      const wanted = new Set(sessionsOf(second).keys())
      const named = new Map(plan.value.effects.map(({ subject, impact }) => [subject, impact]))
      const silent = [...sessionsOf(first).keys()].filter(
        (subject) => !wanted.has(subject) && named.get(subject) !== 'traffic-loss',
      )
      compare(silent, [])
    }),
    runs(40),
  )
})
