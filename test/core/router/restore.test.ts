import * as fc from 'fast-check'
import t from 'tap'
import { fault } from '../../../src/core/base/fault.js'
import { seconds } from '../../../src/core/base/time.js'
import { parseConfig } from '../../../src/core/frr/tree.js'
import type { Have, HaveFrr, Step } from '../../../src/core/model/plan.js'
import { planRouter } from '../../../src/core/router/plan.js'
import { planLastGood, planRestore } from '../../../src/core/router/restore.js'
import { compare } from '../links/law-bench.js'
import { at, attachment, done, want } from '../links/link-bench.js'
import { PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import {
  arbitraryChange,
  fakeRouter,
  routerWith,
  runs,
  sessionsOf,
  stateOf,
  stepsOf,
} from './router-bench.js'

const EMPTY = { steps: [], impact: 'none', effects: [] } as const

/** Carries out the first part of a list of steps. */
function firstPart(steps: readonly Step[], share: number): readonly Step[] {
  return steps.slice(0, Math.ceil(steps.length * share))
}

t.test('from anywhere in a change the restore leads back, and then plans nothing', async (t) => {
  let restored = 0
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  const drawn = fc.record({ share: part, stop: part, adopt: fc.boolean(), drain: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(
      arbitraryChange,
      drawn,
      async ({ world, first, second }, { share, stop, adopt, drain }) => {
        const router = await routerWith(world, first)
        if (router === null) return
        const before = await router.have()
        const plan = planRouter(second, before, {
          established: sessionsOf(first),
          drain: seconds(drain ? 5 : 0),
          hubPath: new Set(),
          adopt,
          paths: null,
        })
        if (!plan.ok) return
        const steps = stepsOf(plan.value)
        await router.apply(firstPart(steps, share))
        const restore = planRestore(before, steps, () => true)
        const planNow = async () => {
          const plan = restore(await router.have())
          compare(plan.missing, [])
          return plan.plan
        }
        // A restore that stops half-way is planned again from there.
        await router.apply(firstPart(stepsOf(await planNow()), stop))
        await router.apply(stepsOf(await planNow()))
        compare(stateOf(await router.have()), stateOf(before))
        compare(await planNow(), EMPTY)
        restored++
      },
    ),
    runs(60),
  )
  t.comment(`${restored} restored`)
  t.ok(restored > 20)
})

const PASSWORD = 'ab'.repeat(16)

function bgpWith(...lines: readonly string[]): HaveFrr {
  const text = ['router bgp 65010', ...lines.map((line) => ` ${line}`), 'exit'].join('\n')
  return { version: '10.3', bgpd: parseConfig(text), bfdd: [], faults: [] }
}

function having(frr: HaveFrr, links: Have['links'] = []): Have {
  return { links, sysctlDefaults: PLAIN_SYSCTL, frr }
}

const NEIGHBOR = ['neighbor 10.0.0.1 remote-as 65020', 'neighbor 10.0.0.1 description demarc a']
const NO_BGP = having({ version: '10.3', bgpd: [], bfdd: [], faults: [] })

t.test('a password that can no longer be read is reported, and the rest is restored', async (t) => {
  const before = having(bgpWith(...NEIGHBOR, `neighbor 10.0.0.1 password ${PASSWORD}`))
  const other = having(bgpWith(...NEIGHBOR, 'neighbor 10.0.0.1 timers 3 9'))
  const restored = planRestore(before, [], () => false)(other)
  t.match(restored, {
    missing: [{ code: 'SECRET_MISSING', at: 'neighbor 10.0.0.1', message: /push an intent/ }],
    plan: {
      steps: [{ step: { lines: ['router bgp 65010', 'no neighbor 10.0.0.1 timers', 'exit'] } }],
    },
  })
  t.match(planRestore(before, [], () => true)(other), { missing: [] })
})

t.test('a daemon that answered before and does not now is reported', async (t) => {
  const before = having(bgpWith(...NEIGHBOR))
  const faults = [fault('FRR_UNAVAILABLE', 'bgpd', 'the socket is gone')]
  const now = having({ version: null, bgpd: null, bfdd: null, faults })
  const restored = planRestore(before, [], () => true)(now)
  t.match(restored, {
    plan: EMPTY,
    missing: [
      { at: 'bgpd', message: 'the socket is gone' },
      { code: 'FRR_UNAVAILABLE', at: 'bfdd' },
    ],
  })
  const silent = having({ version: null, bgpd: null, bfdd: null, faults: [] })
  t.match(planRestore(silent, [], () => true)(before), { plan: EMPTY, missing: [] })
})

t.test('a restored link waits for FRR before its addresses, where there was BGP', async (t) => {
  const links = [
    done(want('p1')),
    done(attachment('net-1', 'p1', 1, { addresses: [at('10.0.1.2/30')] })),
  ]
  const now = { ...NO_BGP, links: [done(want('p1'))] }
  const doing = (frr: HaveFrr) => {
    const restored = planRestore(having(frr, links), [], () => true)(now)
    return stepsOf(restored.plan).map((step) => step.do)
  }
  t.strictSame(doing(NO_BGP.frr), ['link-add', 'address-add'])
  t.strictSame(doing({ ...NO_BGP.frr, bgpd: null }), ['link-add', 'address-add'])
  t.strictSame(doing(bgpWith()), ['link-add', 'frr-wait', 'address-add', 'frr'])
})

t.test('a foreign link in the way is reported, and everything else is restored', async (t) => {
  const before = having(NO_BGP.frr, [
    done(want('p1')),
    done(attachment('net-1', 'p1', 1)),
    done(attachment('net-2', 'p1', 2)),
  ])
  const taken = { ...done(attachment('net-1', 'p1', 1)), alias: null }
  const now = having(NO_BGP.frr, [done(want('p1')), taken])
  const restored = planRestore(before, [], () => true)(now)
  t.match(restored.missing, [{ code: 'NOT_OWNED', at: 'p1.1' }])
  t.match(stepsOf(restored.plan), [{ do: 'link-add', link: { name: 'p1.2' } }])
})

t.test('a restart of the router leads to the last good intent past what is foreign', async (t) => {
  const wanted = {
    links: [want('p1'), attachment('net-1', 'p1', 1), attachment('net-2', 'p1', 2)],
    bgp: [],
    routes: [],
  }
  const taken = { ...done(attachment('net-1', 'p1', 1)), alias: null }
  const now = having(NO_BGP.frr, [done(want('p1')), taken])
  const restored = planLastGood(wanted)(now)
  t.strictSame(restored.missing, [], 'the next look at the router reports it')
  t.match(stepsOf(restored.plan), [{ do: 'link-add', link: { name: 'p1.2' } }])
})

t.test('what others do meanwhile stays', async (t) => {
  const router = fakeRouter([done(want('p1'))])
  const before = await router.have()
  router.frr.type('router bgp 65099', 'neighbor 192.0.2.1 remote-as 65001', 'exit')
  const restored = planRestore(before, [], () => true)(await router.have())
  t.match(restored, { plan: EMPTY })
})
