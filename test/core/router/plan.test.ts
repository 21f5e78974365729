import * as fc from 'fast-check'
import t from 'tap'
import { seconds } from '../../../src/core/base/time.js'
import { hubPath } from '../../../src/core/change/hub-path.js'
import type { BgpInstance, BgpNeighbor } from '../../../src/core/model/bgp.js'
import { worstImpact, type Have, type Plan, type Want } from '../../../src/core/model/plan.js'
import { planRouter, type RouterTerms } from '../../../src/core/router/plan.js'
import {
  NO_IMPORT,
  NO_ROUTES,
  plainInstance,
  plainNeighbor,
} from '../../support/frr/bgp-instance.js'
import { unmet } from '../../support/kernel/unmet.js'
import { at, attachment, done, ifname, want } from '../links/link-bench.js'
import { compare } from '../links/law-bench.js'
import {
  arbitraryChange,
  fakeRouter,
  routerWith,
  runs,
  sessionsOf,
  stepsOf,
} from './router-bench.js'

const NO_TERMS: RouterTerms = {
  established: new Map(),
  drain: seconds(0),
  hubPath: new Set(),
  adopt: false,
  paths: null,
}

t.test('any want is reached, and an applied plan leaves an empty plan', async (t) => {
  let [planned, drained] = [0, 0]
  const terms = fc.record({
    drain: fc.constantFrom(0, 5).map(seconds),
    hub: fc.nat(),
    adopt: fc.boolean(),
    received: fc.constantFrom(0, 1_000_000),
  })
  await fc.assert(
    fc.asyncProperty(arbitraryChange, terms, async ({ world, first, second }, drawn) => {
      const router = await routerWith(world, first)
      if (router === null) return
      const have = await router.have()
      const link = have.links[drawn.hub % have.links.length]?.name ?? ''
      const { drain, adopt, received } = drawn
      const established = sessionsOf(first, received)
      const plan = planRouter(second, have, {
        established,
        drain,
        adopt,
        paths: null,
        hubPath: hubPath(have.links, { link }),
      })
      if (!plan.ok) {
        compare(
          plan.faults.filter(({ code }) => code === 'BUG'),
          [],
        )
        return
      }
      planned++
      if (stepsOf(plan.value).some((step) => step.do === 'pause')) drained++
      compare(plan.value.impact, worstOf(plan.value))
      await router.apply(stepsOf(plan.value))
      const after = await router.have()
      compare(unmet(second.links, after.links), [])
      compare(planRouter(second, after), { ok: true, value: NOTHING })
    }),
    runs(60),
  )
  t.comment(`${planned} planned, ${drained} of them drain a session`)
  t.ok(planned > 20)
  t.ok(drained > 5)
})

const NOTHING: Plan = { steps: [], impact: 'none', effects: [] }

function worstOf({ steps, effects }: Plan) {
  return worstImpact([...steps, ...effects].map(({ impact }) => impact))
}

/** A port with an attachment on each VLAN, and a neighbour in each subnet. */
function wanted(vlanIds: readonly number[], over: Partial<BgpNeighbor> = {}): Want {
  const nets = vlanIds.map((vlanId) =>
    attachment(`net-${vlanId}`, 'p1', vlanId, { addresses: [at(`10.0.${vlanId}.2/30`)] }),
  )
  const neighbors = vlanIds.map((vlanId) => plainNeighbor(`10.0.${vlanId}.1`, over))
  return { links: [want('p1'), ...nets], bgp: [plainInstance(...neighbors)], routes: [] }
}

async function having(first: Want): Promise<Have> {
  const router = await routerWith([done(want('p1'))], first)
  if (router === null) throw new Error('the first want is refused')
  return router.have()
}

function planOf(wanted: Want, have: Have, terms: Partial<RouterTerms> = {}): Plan {
  const plan = planRouter(wanted, have, { ...NO_TERMS, ...terms })
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  return plan.value
}

function acts({ steps }: Plan): readonly string[] {
  return steps.map(({ step }) =>
    step.do === 'frr' && step.lines.some((line) => line.includes('shutdown message'))
      ? 'shutdown'
      : step.do,
  )
}

t.test('a session that ends is drained, and its replacement comes first', async (t) => {
  const [first, second] = [wanted([1]), wanted([2])]
  const have = await having(first)
  const established = sessionsOf(first)
  const plan = planOf(second, have, { established, drain: seconds(5) })
  const order = acts(plan)
  t.strictSame(order.slice(0, 3), ['link-add', 'frr-wait', 'address-add'])
  t.ok(order.indexOf('pause') < order.indexOf('shutdown'), 'the peer has time before the shutdown')
  t.ok(order.indexOf('shutdown') < order.indexOf('link-delete'), 'and its link goes last')
  t.match(
    plan.steps.find(({ step }) => step.do === 'pause'),
    { step: { seconds: 5 }, impact: 'none' },
  )
})

t.test('without a drain time the replacement still comes first', async (t) => {
  const [first, second] = [wanted([1]), wanted([2])]
  const have = await having(first)
  const plan = planOf(second, have, { established: sessionsOf(first) })
  const lines = stepsOf(plan).flatMap((step) => (step.do === 'frr' ? [step.lines.join('\n')] : []))
  t.notOk(acts(plan).includes('pause'))
  t.notOk(acts(plan).includes('shutdown'))
  t.match(lines[0], /prefix-list .*10\.0\.2\.1/, 'policies of the new neighbour')
  t.ok(
    lines.findIndex((text) => text.includes('neighbor 10.0.2.1 remote-as')) <
      lines.findIndex((text) => text.includes('no neighbor 10.0.1.1')),
  )
})

t.test('a repair, or a session that is down, drains nothing', async (t) => {
  const have = await having(wanted([1]))
  t.notOk(acts(planOf(wanted([2]), have)).includes('pause'))
  const down = planOf(wanted([2]), have, {
    established: sessionsOf(wanted([3])),
    drain: seconds(5),
  })
  t.notOk(acts(down).includes('pause'))
})

t.test('a session with more prefixes than its new limit ends', async (t) => {
  const first = wanted([1])
  const limited = wanted([1], {
    ipv4Unicast: {
      ...NO_ROUTES,
      import: {
        ...NO_IMPORT,
        maxPrefixes: { limit: 10, warningPercent: 75, action: 'teardown', restartMinutes: null },
      },
    },
  })
  const plan = planOf(limited, await having(first), { established: sessionsOf(first, 11) })
  t.equal(plan.impact, 'traffic-loss')
  t.match(
    plan.effects.find(({ subject }) => subject === 'neighbor 10.0.1.1'),
    { impact: 'traffic-loss', why: /has 11 prefixes, and the new limit is 10/ },
  )
})

t.test('what is foreign refuses the plan, in the kernel and in FRR at once', async (t) => {
  const router = fakeRouter([done(want('p1')), { ...done(attachment('x', 'p1', 1)), alias: null }])
  router.frr.type('router bgp 65099', 'neighbor 192.0.2.1 remote-as 65001', 'exit')
  const have = await router.have()
  const plan = planRouter(wanted([1]), have)
  t.match(plan, {
    ok: false,
    faults: [
      { code: 'NOT_OWNED', at: 'p1.1' },
      { code: 'NOT_OWNED', at: 'router bgp 65099' },
    ],
  })
  t.match(planRouter({ links: wanted([1]).links, bgp: [], routes: [] }, have), {
    ok: false,
    faults: [{ at: 'p1.1' }],
  })
  t.match(planRouter({ links: [], bgp: wanted([1]).bgp, routes: [] }, have), {
    ok: false,
    faults: [{ at: 'router bgp 65099' }],
  })
})

t.test('what matches is adopted in the kernel and in FRR', async (t) => {
  const first = wanted([1])
  const [port, net] = [
    done(want('p1')),
    done(attachment('net-1', 'p1', 1, { addresses: [at('10.0.1.2/30')] })),
  ]
  const foreign = {
    ...net,
    alias: null,
    addresses: net.addresses.map((held) => ({ ...held, protocol: 0, owned: false })),
  }
  const router = fakeRouter([port, foreign])
  router.frr.type(
    'router bgp 65010',
    'bgp router-id 10.255.0.1',
    'neighbor 10.0.1.1 remote-as 64512',
    'exit',
  )
  const have = await router.have()
  t.equal(planRouter(first, have).ok, false)
  const plan = planOf(first, have, {
    adopt: true,
    established: sessionsOf(first),
    drain: seconds(5),
  })
  t.match(plan.steps.slice(0, 2), [
    { step: { do: 'link-set', to: { alias: 'demarc attachment net-1' } }, impact: 'none' },
    { step: { do: 'address-mark', address: '10.0.1.2/30' }, impact: 'none' },
  ])
  t.match(
    plan.effects.find(({ subject }) => subject === 'attachment net-1'),
    { impact: 'none', why: 'is adopted' },
  )
  t.ok(
    plan.steps.some(
      ({ step }) =>
        step.do === 'frr' && step.lines.includes('neighbor 10.0.1.1 description demarc net-a'),
    ),
  )
  await router.apply(stepsOf(plan))
  t.strictSame(planOf(first, await router.have()), NOTHING)
})

t.test('the links to the hub change last', async (t) => {
  const [first, second] = [wanted([1, 2]), wanted([3, 4])]
  const have = await having(first)
  const removed = (hub: string) =>
    stepsOf(planOf(second, have, { hubPath: hubPath(have.links, { link: hub }) })).flatMap(
      (step) => (step.do === 'link-delete' ? [step.link.name] : []),
    )
  t.strictSame(removed('p1.1'), ['p1.2', 'p1.1'].map(ifname))
  t.strictSame(removed('p1.2'), ['p1.1', 'p1.2'].map(ifname))
})

t.test('a graceful plan that FRR does not allow is refused like a plain one', async (t) => {
  const [first, second] = [wanted([1]), wanted([2])]
  const have = await having(first)
  const old = { ...have, frr: { ...have.frr, version: '8.3' } }
  const terms = { ...NO_TERMS, established: sessionsOf(first), drain: seconds(5) }
  t.match(planRouter(second, old, terms), { ok: false, faults: [{ code: 'FRR_UNSUPPORTED' }] })
})

t.test('a want without BGP waits for no FRR', async (t) => {
  const blocks: readonly BgpInstance[] = []
  const plan = planOf(
    { links: wanted([1]).links, bgp: blocks, routes: [] },
    {
      ...(await fakeRouter([done(want('p1'))]).have()),
      frr: { version: null, bgpd: null, bfdd: null, faults: [] },
    },
  )
  t.strictSame(acts(plan), ['link-add', 'address-add'])
})
