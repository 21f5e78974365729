import * as fc from 'fast-check'
import { test } from 'tap'
import { seconds } from '../../../src/core/base/time.js'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import type { GracefulShutdown } from '../../../src/core/frr/plan/graceful.js'
import { restoreFrr } from '../../../src/core/frr/plan/restore.js'
import type { BgpInstance, BgpNeighbor } from '../../../src/core/model/bgp.js'
import { toLine, toPrefix } from '../../../src/core/model/names.js'
import type { FrrPlan, HaveFrr, Step } from '../../../src/core/model/plan.js'
import { arbitraryBgp, sure } from '../../support/frr/arbitrary-bgp.js'
import {
  NO_EXPORT,
  NO_IMPORT,
  NO_ROUTES,
  plainInstance,
  plainNeighbor,
} from '../../support/frr/bgp-instance.js'
import { fakeFrr } from '../../support/frr/fake-frr.js'
import { configLines, stepsOf } from '../../support/frr/frr-contract.js'

/** With rules both ways, so that a drain has something to keep. */
const POLICY: BgpNeighbor['ipv4Unicast'] = {
  ...NO_ROUTES,
  import: {
    ...NO_IMPORT,
    prefixes: [{ prefix: sure(toPrefix('10.64.0.0/10')), ge: null, le: 24 }],
    localPreference: 200,
  },
  export: {
    ...NO_EXPORT,
    prefixes: [{ prefix: sure(toPrefix('192.168.0.0/16')), ge: null, le: 24 }],
  },
}

const neighbor = (address: string, over: Partial<BgpNeighbor> = {}) =>
  plainNeighbor(address, { ipv4Unicast: POLICY, ...over })
const instance = plainInstance

async function carrying(want: readonly BgpInstance[]) {
  const frr = fakeFrr()
  for (const step of stepsOf(want, await frr.read())) await frr.apply(step)
  return frr
}

function gentle(
  want: readonly BgpInstance[],
  have: HaveFrr,
  graceful: Partial<GracefulShutdown>,
): FrrPlan {
  const plan = planFrr(want, have, {
    isReady: () => true,
    ending: new Map(),
    drain: seconds(5),
    ...graceful,
  })
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  return plan.value
}

function allSteps({ early, drain, remove, change }: FrrPlan): readonly Step[] {
  return [...early, ...drain, ...remove, ...change].map(({ step }) => step)
}

const linesOf = (steps: FrrPlan['drain']) =>
  steps.flatMap(({ step }) => (step.do === 'frr' ? step.lines : [step.do]))

const text = (have: HaveFrr) => configLines(have.bgpd)

test('a session that ends is drained first', async (t) => {
  const frr = await carrying([instance(neighbor('10.0.0.1'), neighbor('10.0.0.5'))])
  const have = await frr.read()

  await t.test('its routes are marked, then the peer gets time and a word', (t) => {
    const ending = new Map([['neighbor 10.0.0.1', 'traffic-loss']] as const)
    const plan = gentle([instance(neighbor('10.0.0.5'))], have, { ending })
    const map = 'demarc-net-a-10.0.0.1-v4'
    t.strictSame(linesOf(plan.drain), [
      `route-map ${map}-in-drain permit 10`,
      `match ip address prefix-list ${map}-in`,
      'set local-preference 0',
      'exit',
      `route-map ${map}-out-drain permit 10`,
      `match ip address prefix-list ${map}-out`,
      'set community graceful-shutdown additive',
      'exit',
      'router bgp 65010',
      'address-family ipv4 unicast',
      `neighbor 10.0.0.1 route-map ${map}-in-drain in`,
      `neighbor 10.0.0.1 route-map ${map}-out-drain out`,
      'exit-address-family',
      'exit',
      'pause',
      'router bgp 65010',
      'neighbor 10.0.0.1 shutdown message demarc removes this session',
      'exit',
    ])
    t.equal(plan.drain.at(-1)?.impact, 'traffic-loss')
    t.strictSame(linesOf(plan.remove), ['router bgp 65010', 'no neighbor 10.0.0.1', 'exit'])
    t.end()
  })

  await t.test('what stays gets its own settings back, and the session starts last', (t) => {
    const ending = new Map([['neighbor 10.0.0.1', 'session-reset']] as const)
    const want = [instance(neighbor('10.0.0.1'), neighbor('10.0.0.5'))]
    const plan = gentle(want, have, { ending })
    t.strictSame(plan.remove, [])
    t.strictSame(linesOf(plan.change).slice(0, 7), [
      'router bgp 65010',
      'address-family ipv4 unicast',
      'neighbor 10.0.0.1 route-map demarc-net-a-10.0.0.1-v4-in in',
      'neighbor 10.0.0.1 route-map demarc-net-a-10.0.0.1-v4-out out',
      'exit-address-family',
      'no neighbor 10.0.0.1 shutdown',
      'exit',
    ])
    t.ok(
      plan.drain.every(({ impact }) => impact !== 'traffic-loss'),
      'no more is said than happens',
    )
    t.end()
  })

  await t.test("the intent's own message is the one that is sent", (t) => {
    const ending = new Map([['neighbor 10.0.0.1', 'traffic-loss']] as const)
    const shut = neighbor('10.0.0.1', { shutdown: { message: sure(toLine('moved to FRA')) } })
    const plan = gentle([instance(shut, neighbor('10.0.0.5'))], have, { ending })
    t.ok(linesOf(plan.drain).includes('neighbor 10.0.0.1 shutdown message moved to FRA'))
    t.notOk(linesOf(plan.change).some((line) => line.includes('shutdown')))
    t.end()
  })
})

test('a new neighbour comes before the old one goes where its subnet is there', async (t) => {
  const have = await (await carrying([instance(neighbor('10.0.0.1'))])).read()
  const want = [instance(neighbor('10.0.0.5'), neighbor('10.0.0.9'))]
  const plan = gentle(want, have, { isReady: (_, address) => address === '10.0.0.5' })
  const early = linesOf(plan.early)
  t.ok(early.includes('neighbor 10.0.0.5 remote-as 64512'))
  t.notOk(early.includes('neighbor 10.0.0.9 remote-as 64512'))
  t.ok(linesOf(plan.change).includes('neighbor 10.0.0.9 remote-as 64512'))
  t.notOk(linesOf(plan.change).includes('neighbor 10.0.0.5 remote-as 64512'))
})

test('laws of the gentle way', async (t) => {
  const runs = Number(process.env['LAW_RUNS'] ?? 60)
  const wants = fc.sample(arbitraryBgp, { numRuns: runs, seed: 77 })
  const frr = fakeFrr()
  let before: readonly BgpInstance[] = []
  for (const [i, want] of wants.entries()) {
    const have = await frr.read()
    const all = before.flatMap(({ vrf, neighbors }) =>
      neighbors.map(({ address }) => `neighbor ${address}${vrf === null ? '' : ` vrf ${vrf}`}`),
    )
    const plan = gentle(want, have, {
      isReady: (_, address) => address.length % 2 === 0,
      ending: new Map(all.filter((_, n) => n % 3 !== i % 3).map((one) => [one, 'session-reset'])),
    })
    const steps = allSteps(plan).flatMap((step) => (step.do === 'frr' ? [step] : []))
    const stop = (i * 7) % (steps.length + 1)
    for (const step of steps.slice(0, stop)) await frr.apply(step)
    const back = restoreFrr(have, await frr.read())
    for (const step of allSteps(back)) if (step.do === 'frr') await frr.apply(step)
    t.strictSame(text(await frr.read()), text(have), `pair ${i} is restored from step ${stop}`)
    for (const step of steps) t.equal(await frr.apply(step), null)
    t.strictSame(stepsOf(want, await frr.read()), [], `pair ${i} is reached`)
    before = want
  }
})
