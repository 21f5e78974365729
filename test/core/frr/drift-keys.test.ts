import * as fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import {
  suppressedUntil,
  suppressDependents,
  type Suppressed,
} from '../../../src/core/change/drift.js'
import { frrDriftItems, partOfStep } from '../../../src/core/frr/drift-keys.js'
import type { FrrStep } from '../../../src/core/model/plan.js'
import { arbitraryBgp } from '../../support/frr/arbitrary-bgp.js'
import { fakeFrr } from '../../support/frr/fake-frr.js'
import { stepsOf } from '../../support/frr/frr-contract.js'

const STEP: FrrStep = {
  do: 'frr',
  daemon: 'bgpd',
  lines: [
    'ip prefix-list demarc-net-a-10.0.0.1-v4-in permit 10.0.0.0/8',
    'route-map demarc-net-a-10.0.0.1-v4-in permit 10',
    'match ip address prefix-list demarc-net-a-10.0.0.1-v4-in',
    'exit',
    'router bgp 65010 vrf red',
    'bgp router-id 10.255.0.1',
    'neighbor 10.0.0.1 remote-as 65020',
    'neighbor 10.0.0.5 remote-as 65021',
    'address-family ipv4 unicast',
    'neighbor 10.0.0.1 activate',
    'exit-address-family',
    'exit',
  ],
}

t.test(
  'a neighbour is distinguished from the others, with its policies and without values',
  async (t) => {
    const keys = frrDriftItems(STEP).flatMap((one) => one.keys)
    t.strictSame(
      [...new Set(keys)],
      ['neighbor 10.0.0.1', 'settings of BGP of red', 'neighbor 10.0.0.5'],
    )
  },
)

t.test('what is left of a step is whole blocks', async (t) => {
  const without = partOfStep(STEP, ({ keys }) => !keys.includes('neighbor 10.0.0.1'))
  t.strictSame(without?.lines, [
    'router bgp 65010 vrf red',
    'bgp router-id 10.255.0.1',
    'neighbor 10.0.0.5 remote-as 65021',
    'exit',
  ])
  t.equal(
    partOfStep(STEP, () => false),
    null,
  )
})

t.test(
  'a VRF that does not come takes its neighbours along, another MTU of it does not',
  async (t) => {
    const held = (thing: string) =>
      frrDriftItems(STEP).filter((one) => suppressedUntil(new Map([[thing, millis(1)]]), one) > 0)
        .length
    t.equal(held('presence of red'), 4)
    t.equal(held('link red'), 0)
  },
)

t.test('FRR takes what is free without what is held, and then only that is left', async (t) => {
  const runs = Number(process.env['LAW_RUNS'] ?? 100)
  const pairs = fc.sample(fc.tuple(arbitraryBgp, arbitraryBgp, fc.nat()), {
    numRuns: runs,
    seed: 7,
  })
  let partly = 0
  for (const [i, [there, want, place]] of pairs.entries()) {
    const frr = fakeFrr()
    await apply(stepsOf(there, await frr.read()))
    const steps = stepsOf(want, await frr.read())
    const all = steps.flatMap(frrDriftItems)
    const fought = all[place % Math.max(1, all.length)]
    if (fought === undefined) continue
    const held = suppressDependents(new Map(fought.targets.map((thing) => [thing, millis(1)])), all)
    const free = freeOf(steps, held)
    if (free.length > 0) partly++
    await apply(free)
    const again = stepsOf(want, await frr.read())
    const left = freeOf(again, suppressDependents(held, again.flatMap(frrDriftItems)))
    if (left.length > 0) t.fail(`pair ${i}`, { fought, left })

    async function apply(list: readonly FrrStep[]): Promise<void> {
      for (const step of list) {
        const refused = await frr.apply(step)
        if (refused !== null) t.fail(`pair ${i}: ${refused.message}`, { fought, step })
      }
    }
  }
  t.ok(partly > runs / 2, `${partly} in part`)
})

function freeOf(steps: readonly FrrStep[], held: Suppressed): readonly FrrStep[] {
  return steps.flatMap((step) => partOfStep(step, (one) => suppressedUntil(held, one) === 0) ?? [])
}
