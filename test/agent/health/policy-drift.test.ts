import { test } from 'tap'
import { configRemarks } from '../../../src/agent/health/frr-remarks.js'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { want as wantOf } from '../../support/intent/intent-changes.js'
import { docExample } from '../../support/intent/doc-examples.js'
import { fakeFrr } from '../../support/frr/fake-frr.js'

const WANT = wantOf(docExample('docs/intent.md', 'intent base'))
const BLOCK = 'router bgp 65010'
const UNICAST = 'address-family ipv4 unicast'
const NEIGHBOR = 'neighbor 10.0.0.1'
const MAP = 'demarc-net-a-10.0.0.1-v4'

/** An FRR that has what the intent wants. */
async function configured() {
  const frr = fakeFrr()
  const plan = planFrr(WANT.bgp, await frr.read())
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  for (const { step } of [...plan.value.early, ...plan.value.remove, ...plan.value.change]) {
    const refused = step.do === 'frr' ? await frr.apply(step) : null
    if (refused !== null) throw new Error(refused.message)
  }
  const codes = async () => configRemarks(WANT, await frr.read()).map(({ code }) => code)
  return { frr, codes }
}

test('what lets more routes pass than the intent says is a finding of its own', async (t) => {
  const cases: readonly (readonly string[])[] = [
    [`ip prefix-list ${MAP}-in seq 99 permit 0.0.0.0/0 le 32`],
    [`ip prefix-list ${MAP}-out seq 99 permit 0.0.0.0/0 le 32`],
    [`route-map ${MAP}-in permit 20`, 'exit'],
    [BLOCK, UNICAST, `no ${NEIGHBOR} route-map ${MAP}-out out`],
    [BLOCK, UNICAST, `no ${NEIGHBOR} route-map ${MAP}-in in`],
    [BLOCK, UNICAST, `${NEIGHBOR} route-map EVERYTHING out`],
    [BLOCK, UNICAST, `${NEIGHBOR} default-originate`],
    [BLOCK, UNICAST, `${NEIGHBOR} allowas-in`],
    [BLOCK, 'address-family ipv6 unicast', `${NEIGHBOR} activate`],
  ]
  for (const lines of cases) {
    const { frr, codes } = await configured()
    t.strictSame(await codes(), [], 'nothing is said of what is as the intent says')
    frr.type(...lines)
    t.strictSame(await codes(), ['BGP_POLICY_DRIFT'], lines.join(', '))
  }
})

test('what changes no route that passes is none', async (t) => {
  for (const lines of [
    [BLOCK, `${NEIGHBOR} timers 5 15`],
    [BLOCK, `${NEIGHBOR} description somebody`],
    [BLOCK, `no ${NEIGHBOR}`],
  ]) {
    const { frr, codes } = await configured()
    frr.type(...lines)
    t.notOk((await codes()).includes('BGP_POLICY_DRIFT'), lines.join(', '))
  }
})
