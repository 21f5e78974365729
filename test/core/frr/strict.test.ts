import { test } from 'tap'
import { draftFrr, planFrr } from '../../../src/core/frr/plan/plan.js'
import type { HaveFrr } from '../../../src/core/model/plan.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { fakeFrr } from '../../support/frr/fake-frr.js'
import { planned } from '../../support/frr/frr-contract.js'
import { applyWith, BFD, STRICT, wantWith } from '../../support/frr/strict-contract.js'

const AT = 'neighbor 10.0.0.1'

test('an FRR that does not know BFD strict mode is refused for the neighbour that wants it', (t) => {
  const other = plainNeighbor('10.0.0.5', BFD)
  const want = [plainInstance(plainNeighbor('10.0.0.1', STRICT), other)]
  for (const version of ['8.4.4', '10.3', '10.3.3-1']) {
    const have: HaveFrr = { version, bgpd: [], bfdd: [], faults: [] }
    const { conflicts } = draftFrr(want, have)
    t.match(conflicts, [{ fault: { code: 'FRR_UNSUPPORTED', at: AT }, targets: [AT] }])
    t.equal(conflicts.length, 1)
    const found = conflicts[0]?.fault.message ?? ''
    for (const part of [`version ${version},`, 'FRR 10.4 or newer', 'remove "strict"'])
      t.ok(found.includes(part), `${found} has ${part}`)
    t.ok(planFrr(wantWith(BFD), have).ok)
  }
  for (const version of ['10.4', '10.4.1', '10.7.1', '10.10', '11.0-dev'])
    t.ok(planFrr(want, { version, bgpd: [], bfdd: [], faults: [] }).ok, version)
  t.end()
})

test('BFD strict mode changes without an effect on the session', async (t) => {
  for (const [from, to, why] of [
    [BFD, STRICT, 'BFD strict mode is set'],
    [STRICT, BFD, 'BFD strict mode is removed'],
  ] as const) {
    const frr = fakeFrr('10.7.1')
    await applyWith({ frr }, from)
    const plan = planned(wantWith(to), await frr.read())
    t.strictSame(plan.effects, [{ subject: AT, impact: 'none', why }])
  }
})
