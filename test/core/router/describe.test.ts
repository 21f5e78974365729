import * as fc from 'fast-check'
import t from 'tap'
import { seconds } from '../../../src/core/base/time.js'
import { concealSecrets, parseConfig } from '../../../src/core/frr/tree.js'
import { ADDRESS_PROTOCOL } from '../../../src/core/model/link.js'
import type { Plan, Step } from '../../../src/core/model/plan.js'
import { describeStep, summarize } from '../../../src/core/router/describe.js'
import { planRouter } from '../../../src/core/router/plan.js'
import { LIMITS, TEXT_LIMITS } from '../../../src/core/wire/limits.js'
import { arbitraryBgp, SECRETS } from '../../support/frr/arbitrary-bgp.js'
import { fakeFrr } from '../../support/frr/fake-frr.js'
import { stepsOf as frrStepsOf } from '../../support/frr/frr-contract.js'
import { PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import {
  add,
  bond,
  give,
  mark,
  remove,
  set,
  take,
  tune,
  vlan,
} from '../../support/kernel/kernel-steps.js'
import { ifname } from '../links/link-bench.js'
import { arbitraryChange, routerWith, runs, stepsOf } from './router-bench.js'

const WORDS: readonly (readonly [Step, string])[] = [
  [add('p1.5', vlan('p1', 5)), 'create VLAN 5 on p1 as p1.5'],
  [add('bo', bond(), { master: ifname('blue') }), 'create bond bo in blue'],
  [remove('p1.5', vlan('p1', 5)), 'delete VLAN 5 on p1 as p1.5'],
  [remove('blue', { kind: 'vrf', table: 10 }), 'delete vrf blue'],
  [
    set('p1', { mtu: 9000, up: true }, { mtu: 1500, up: false }),
    'set p1: mtu 1500 → 9000, up false → true',
  ],
  [set('p1', { master: 'bo' }, { master: null }), 'set p1: master null → "bo"'],
  [
    set('bo', { alias: null, bond: { hash: 'layer2' } }, { bond: { hash: 'layer3+4' } }),
    'set bo: alias undefined → null, hash "layer3+4" → "layer2"',
  ],
  [set('bo', { bond: { minLinks: 2 } }), 'set bo: minLinks undefined → 2'],
  [set('br', { mtu: 1500 }, { mtu: 1500 }), 'set br: keep mtu 1500'],
  [
    set('bo', { bond: { miimon: 100, upDelay: 0 } }, { bond: { miimon: 50, upDelay: 0 } }),
    'set bo: miimon 50 → 100',
  ],
  [give('p1', '10.0.0.2/30'), 'add 10.0.0.2/30 to p1'],
  [take('p1', '10.0.0.2/30'), 'remove 10.0.0.2/30 from p1'],
  [mark('p1', '10.0.0.2/30', ADDRESS_PROTOCOL), "mark 10.0.0.2/30 on p1 as demarc's"],
  [mark('p1', '10.0.0.2/30', 0, ADDRESS_PROTOCOL), "mark 10.0.0.2/30 on p1 as not demarc's"],
  [tune('p1', { rpFilter: 2 }, { rpFilter: 1 }), 'set p1: rpFilter 1 → 2'],
  [
    { do: 'frr', daemon: 'bgpd', lines: ['router bgp 65010', ' no neighbor 10.0.0.1', 'exit'] },
    'bgpd: router bgp 65010 / no neighbor 10.0.0.1 / exit',
  ],
  [
    { do: 'frr-wait', links: [ifname('p1.5')], vrfs: [ifname('blue')] },
    'wait until FRR knows blue, p1.5',
  ],
  [{ do: 'pause', seconds: seconds(5) }, 'wait 5 s for the peers to move their traffic'],
]

t.test('every kind of step in words', (t) => {
  for (const [step, words] of WORDS) t.equal(describeStep(step), words)
  t.throws(() => describeStep({ do: 'other' } as never), 'a kind that the table forgot')
  t.end()
})

t.test('a plan in words is cut at the limits of the wire, and counts what it is', (t) => {
  const step = {
    step: { do: 'frr', daemon: 'bgpd', lines: ['x'.repeat(9999)] },
    impact: 'soft',
  } as const
  const effect = { subject: 'router', impact: 'soft', why: 'changes' } as const
  const count = LIMITS.planLines + 7
  const plan: Plan = {
    steps: Array.from({ length: count }, () => step),
    effects: Array.from({ length: count + 1 }, () => effect),
    impact: 'soft',
  }
  const summary = summarize(plan)
  t.equal(summary.impact, 'soft')
  t.equal(summary.steps.length, LIMITS.planLines)
  t.equal(summary.effects.length, LIMITS.planLines)
  t.equal(summary.stepCount, count)
  t.equal(summary.effectCount, count + 1)
  t.equal(summary.steps[0]?.description.length, TEXT_LIMITS.step)
  t.strictSame(summary.steps[0]?.impact, 'soft')
  t.strictSame(summary.effects[0], effect)
  t.strictSame(summarize({ steps: [], effects: [], impact: 'none' }), {
    impact: 'none',
    steps: [],
    effects: [],
    stepCount: 0,
    effectCount: 0,
  })
  t.end()
})

t.test('no description shows a password, no matter who configured it', async (t) => {
  let withPassword = 0
  await fc.assert(
    fc.asyncProperty(arbitraryBgp, arbitraryBgp, async (first, second) => {
      const frr = fakeFrr()
      for (const step of frrStepsOf(first, await frr.read())) await frr.apply(step)
      const plain = [...SECRETS].reduce(
        (text, [digest, secret]) => text.replaceAll(digest, () => secret),
        frr.config(),
      )
      const digestOf = new Map([...SECRETS].map(([digest, secret]) => [secret, digest]))
      const bgpd = parseConfig(concealSecrets(plain, (secret) => digestOf.get(secret) ?? ''))
      const have = {
        links: [],
        sysctlDefaults: PLAIN_SYSCTL,
        frr: { version: '10.3', bgpd, bfdd: [], faults: [] },
      }
      const plan = planRouter({ links: [], bgp: second, routes: [] }, have)
      if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
      const words = JSON.stringify([summarize(plan.value), stepsOf(plan.value).map(describeStep)])
      if (/ password [0-9a-f]{32}/.test(words)) withPassword++
      for (const secret of SECRETS.values()) {
        const written = JSON.stringify(secret).slice(1, -1)
        if (words.includes(secret) || words.includes(written)) throw new Error(words)
      }
    }),
    runs(100),
  )
  t.ok(withPassword > 10, `${withPassword} plans have a password`)
})

t.test('no setting goes from a value to the same one', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryChange, async ({ world, first, second }) => {
      const router = await routerWith(world, first)
      if (router === null) return
      const plan = planRouter(second, await router.have())
      for (const step of plan.ok ? stepsOf(plan.value) : []) {
        const text = describeStep(step)
        if (/(?:^| )(\S+) → \1(?:,|$)/.test(text)) throw new Error(text)
      }
    }),
    runs(40),
  )
})
