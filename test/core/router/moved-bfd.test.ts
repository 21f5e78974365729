import t from 'tap'
import type { BgpNeighbor } from '../../../src/core/model/bgp.js'
import type { HaveLink } from '../../../src/core/model/link.js'
import { isKernelStep, type Plan, type Want } from '../../../src/core/model/plan.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import { findDrift, itemsOf } from '../../../src/core/router/drift-steps.js'
import { draftRouter, planRouter, type RouterTerms } from '../../../src/core/router/plan.js'
import { planRestore } from '../../../src/core/router/restore.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { seconds } from '../../../src/core/base/time.js'
import { at, attachment, done, ifname, line, want } from '../links/link-bench.js'
import { routerWith, sessionsOf, stepsOf, type FakeRouter } from './router-bench.js'

/** bgpd keeps the BFD session of a neighbour on the interface that it had when BFD was set (`edge/frr/bfd-moves`). */

const BFD: BgpNeighbor['bfd'] = {
  desiredMinimumTxInterval: 300,
  requiredMinimumReceive: 300,
  detectionMultiplier: 3,
  strict: false,
}
const PUSHED: RouterTerms = {
  established: new Map(),
  drain: seconds(0),
  hubPath: new Set(),
  adopt: false,
  paths: { routes: [], hosts: [] },
}

interface Terms {
  readonly vrf?: string
  readonly subnet?: string
  readonly over?: Partial<BgpNeighbor>
}

/** An attachment with a neighbour on this VLAN, and another one on VLAN 9. */
function wanted(vlanId: number, { vrf, subnet = '10.0.1.', over = {} }: Terms = {}): Want {
  const length = subnet.includes(':') ? 126 : 30
  const master = vrf === undefined ? null : ifname(vrf)
  const addresses = [at(`${subnet}2/${length}`)]
  const blue = want('blue', {
    detail: { kind: 'vrf', table: 100 },
    alias: line('demarc VRF blue'),
  })
  const moving = plainInstance(plainNeighbor(`${subnet}1`, { bfd: BFD, ...over }))
  const staying = plainInstance(plainNeighbor('10.0.9.1', { bfd: BFD }))
  return {
    links: [
      ...[want('p1'), ...(vrf === undefined ? [] : [blue])],
      attachment('net-a', 'p1', vlanId, { addresses, master }),
      attachment('net-b', 'p1', 9, { addresses: [at('10.0.9.2/30')] }),
    ],
    bgp:
      master === null
        ? [{ ...moving, neighbors: [...moving.neighbors, ...staying.neighbors] }]
        : [{ ...moving, vrf: master }, staying],
    routes: [],
  }
}

async function having(first: Want): Promise<FakeRouter> {
  const router = await routerWith([done(want('p1'))], first)
  if (router === null) throw new Error('the first want is refused')
  return router
}

function planned(next: Want, have: Awaited<ReturnType<FakeRouter['have']>>, terms = PUSHED): Plan {
  const plan = planRouter(next, have, terms)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  return plan.value
}

/** What happens to links, and to neighbours as a whole, in order. */
function acts(plan: Pick<Plan, 'steps'>): readonly string[] {
  return plan.steps.flatMap(({ step }) => {
    if (step.do === 'frr') {
      return step.lines.filter((line) =>
        /^no neighbor \S+$|^neighbor \S+ (remote-as|bfd$)/.test(line),
      )
    }
    if (!isKernelStep(step) || !/^(link|address)-(add|delete)$/.test(step.do)) return []
    return [`${step.do} ${typeof step.link === 'string' ? step.link : step.link.name}`]
  })
}

function anew(address: string): readonly string[] {
  return [
    ...['link-add p1.200', `no neighbor ${address}`, 'address-delete p1.100', 'link-delete p1.100'],
    ...['address-add p1.200', `neighbor ${address} remote-as 64512`, `neighbor ${address} bfd`],
  ]
}

t.test('the neighbour goes before its link and comes back after the new one', async (t) => {
  const all: readonly Terms[] = [{}, { subnet: '2001:db8::' }, { vrf: 'blue' }]
  for (const terms of all) {
    const router = await having(wanted(100, terms))
    const plan = planned(wanted(200, terms), await router.have())
    const name = `${terms.subnet ?? '10.0.1.'}1`
    t.strictSame(acts(plan), anew(name), JSON.stringify(terms))
    const found = plan.effects.filter(({ subject }) => subject.startsWith('neighbor '))
    t.match(found, [
      {
        subject: `neighbor ${name}${terms.vrf === undefined ? '' : ' vrf blue'}`,
        impact: 'traffic-loss',
      },
    ])
    await router.apply(stepsOf(plan))
    t.strictSame(planned(wanted(200, terms), await router.have()).steps, [])
  }
})

t.test('BFD before or after is enough, and without any the neighbour stays', async (t) => {
  const bfd = null
  const cases: readonly (readonly [Terms, Terms, boolean])[] = [
    [{ over: { bfd } }, {}, true],
    [{}, { over: { bfd } }, true],
    [{ over: { bfd } }, { over: { bfd } }, false],
  ]
  for (const [first, second, isAnew] of cases) {
    const router = await having(wanted(100, first))
    const lines = acts(planned(wanted(200, second), await router.have()))
    t.equal(lines.includes('no neighbor 10.0.1.1'), isAnew, JSON.stringify([first, second]))
  }
})

t.test('a session that is drained is shut down, then made anew', async (t) => {
  const router = await having(wanted(100))
  const terms = { ...PUSHED, established: sessionsOf(wanted(100)), drain: seconds(5) }
  const plan = planned(wanted(200), await router.have(), terms)
  t.strictSame(acts(plan), anew('10.0.1.1'))
  await router.apply(stepsOf(plan))
  t.strictSame(planned(wanted(200), await router.have(), terms).steps, [])
})

t.test('a link that is gone comes back by a repair without a word to FRR', async (t) => {
  const router = await having(wanted(100))
  const have = await router.have()
  const gone = { ...have, links: have.links.filter(({ name }) => name !== 'p1.100') }
  const { steps } = findDrift(wanted(100), gone)
  t.notOk(itemsOf(steps).some(({ targets }) => targets.includes('neighbor 10.0.1.1')))
  t.match(acts(planned(wanted(200), gone)), [
    ...['link-add p1.200', 'address-add p1.200', 'no neighbor 10.0.1.1'],
    ...['neighbor 10.0.1.1 remote-as 64512', 'neighbor 10.0.1.1 bfd'],
  ])
})

t.test('a rollback makes the neighbour anew as well, from each point of the change', async (t) => {
  const router = await having(wanted(100))
  const before = await router.have()
  const steps = stepsOf(planned(wanted(200), before))
  for (let done = 0; done <= steps.length; done++) {
    const broken = await having(wanted(100))
    await broken.apply(steps.slice(0, done))
    const { plan } = planRestore(before, steps, () => true)(await broken.have())
    const lines = acts(plan)
    const isThere = (await broken.have()).links.some(
      ({ name, addresses }) => name === 'p1.200' && addresses.length > 0,
    )
    t.ok(!isThere || lines.indexOf('no neighbor 10.0.1.1') < lines.indexOf('link-delete p1.200'))
    await broken.apply(stepsOf(plan))
    t.strictSame(planned(wanted(100), await broken.have()).steps, [], `after ${done} steps`)
  }
})

t.test('a neighbour whose password is lost is not removed by a rollback', async (t) => {
  const terms = { over: { password: sure(toSecretDigest('a'.repeat(32))) } }
  const router = await having(wanted(100, terms))
  const before = await router.have()
  const steps = stepsOf(planned(wanted(200, terms), before))
  await router.apply(steps)
  const now = await router.have()
  const removes = (isKnown: boolean) =>
    acts(planRestore(before, steps, () => isKnown)(now).plan).includes('no neighbor 10.0.1.1')
  t.ok(removes(true))
  t.notOk(removes(false))
})

t.test('a link that something foreign has keeps the neighbour as it is', async (t) => {
  const router = await having(wanted(100))
  const have = await router.have()
  const foreign: HaveLink = { ...done(attachment('net-a', 'p1', 200)), alias: 'of somebody else' }
  const { plan, conflicts } = draftRouter(wanted(200), { ...have, links: [...have.links, foreign] })
  t.match(conflicts, [{ fault: { code: 'NOT_OWNED' } }])
  t.notOk(acts(plan).includes('no neighbor 10.0.1.1'))
})
