import { test } from 'tap'
import { draftFrr, planFrr } from '../../../src/core/frr/plan/plan.js'
import type { BgpNeighbor } from '../../../src/core/model/bgp.js'
import { BFD_DEFAULTS } from '../../../src/core/model/intent-defaults.js'
import type { HaveFrr } from '../../../src/core/model/plan.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { fakeFrr, type FakeFrr } from '../../support/frr/fake-frr.js'
import { planned, stepsOf } from '../../support/frr/frr-contract.js'

/** BFD strict mode: what is typed for it, what somebody else typed, and an FRR that does not know it. */

const AT = 'neighbor 10.0.0.1'
const BFD = { bfd: BFD_DEFAULTS }
const STRICT = { bfd: { ...BFD_DEFAULTS, strict: true } }

const wants = (over: Partial<BgpNeighbor>) => [plainInstance(plainNeighbor('10.0.0.1', over))]

async function apply(frr: FakeFrr, over: Partial<BgpNeighbor>): Promise<readonly string[]> {
  const steps = stepsOf(wants(over), await frr.read())
  for (const step of steps) await frr.apply(step)
  return steps.flatMap(({ lines }) => lines).filter((line) => line.includes(' bfd'))
}

/** A neighbour as demarc made it, and what somebody typed for it afterwards. */
async function carrying(over: Partial<BgpNeighbor>, ...typed: readonly string[]) {
  const frr = fakeFrr('10.7.1')
  await apply(frr, over)
  if (typed.length > 0) frr.type('router bgp 65010', ...typed, 'exit')
  return frr
}

test('an FRR that does not know the mode is refused by its version, and no other neighbour is', (t) => {
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
    t.ok(planFrr(wants(BFD), have).ok)
  }
  for (const version of ['10.4', '10.4.1', '10.7.1', '10.10', '11.0-dev'])
    t.ok(planFrr(want, { version, bgpd: [], bfdd: [], faults: [] }).ok, version)
  t.end()
})

test('the mode is set last and taken away before BFD, whose removal would hide it', async (t) => {
  const frr = await carrying({})
  const profile = `${AT} bfd profile demarc-300-300-3`
  const on = [`${AT} bfd`, profile, `${AT} bfd strict hold-time 30`]
  t.strictSame(await apply(frr, STRICT), on)
  t.match(frr.config(), ` ${AT} bfd strict\n`, 'the default hold time is not printed')
  t.strictSame(await apply(frr, STRICT), [])
  t.strictSame(await apply(frr, {}), [`no ${AT} bfd strict`, `no ${profile}`, `no ${AT} bfd`])
  t.strictSame((await apply(frr, BFD)).slice(0, 2), [`${AT} bfd`, profile])
  t.strictSame(await apply(frr, BFD), [], 'it did not come back with BFD')
})

test('it changes without an effect on the session', async (t) => {
  for (const [from, to, why] of [
    [BFD, STRICT, 'BFD strict mode is set'],
    [STRICT, BFD, 'BFD strict mode is removed'],
  ] as const) {
    const plan = planned(wants(to), await (await carrying(from)).read())
    t.strictSame(plan.effects, [{ subject: AT, impact: 'none', why }])
  }
})

test('what somebody typed for the mode is put right by one plan', async (t) => {
  for (const [name, over, typed] of [
    ['the mode on', BFD, [`${AT} bfd strict`]],
    ['the mode on with a hold time', BFD, [`${AT} bfd strict hold-time 20`]],
    ['another hold time', STRICT, [`${AT} bfd strict hold-time 20`]],
    ['the mode off', STRICT, [`no ${AT} bfd strict`]],
    [
      'the mode off, and a hold time left',
      STRICT,
      [`${AT} bfd strict hold-time 20`, `no ${AT} bfd strict`],
    ],
    ['BFD off', STRICT, [`no ${AT} bfd`]],
  ] as const) {
    const frr = await carrying(over, ...typed)
    t.not((await apply(frr, over)).length, 0, `${name}: there is something to repair`)
    t.strictSame(await apply(frr, over), [], `${name}: nothing is left`)
  }
})
