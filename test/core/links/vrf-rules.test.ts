import * as fc from 'fast-check'
import { test } from 'tap'
import { planAdoption } from '../../../src/core/links/adopt.js'
import { linkDriftItems } from '../../../src/core/links/drift-keys.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { releaseLinks } from '../../../src/core/links/release.js'
import { planLinksRestore } from '../../../src/core/links/restore.js'
import type { HaveLink, WantLink } from '../../../src/core/model/link.js'
import { inverseOf } from '../../../src/edge/kernel/apply/inverse.js'
import { kernelName } from '../../../src/core/model/names.js'
import type { KernelStep } from '../../../src/core/model/plan.js'
import type { RuleFamily, VrfRule, VrfRules } from '../../../src/core/model/vrf.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { markRule, rule } from '../../support/kernel/kernel-steps.js'
import { compare, stepsOf } from './law-bench.js'

const OPEN: VrfRules = { ipv4: 'absent', ipv6: 'absent' }
const CLOSED: VrfRules = { ipv4: 'own', ipv6: 'own' }

const blue: WantLink = {
  name: kernelName('blue'),
  detail: { kind: 'vrf', table: 10 },
  alias: 'demarc vrf blue' as WantLink['alias'],
  mtu: null,
  up: true,
  master: null,
  addresses: [],
  sysctl: null,
}
const haveBlue = fakePort('blue', {
  index: 5,
  up: true,
  detail: { kind: 'vrf', table: 10 },
  alias: 'demarc vrf blue',
})
const management = fakePort('mgmt', { index: 6, up: true, detail: { kind: 'vrf', table: 20 } })

function plan(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  rules: VrfRules,
  mayCloseForeign = true,
) {
  const planned = planLinks(want, have, PLAIN_SYSCTL, {
    vrfRules: { have: rules, before: null, mayCloseForeign },
  })
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults))
  const acts = stepsOf(planned.value).map((step) =>
    'family' in step ? `${step.do} ${step.family}` : step.do,
  )
  return { ...planned.value, acts }
}

test('a VRF is closed before it is made, and opened after the last one is gone', async (t) => {
  const first = plan([blue], [], OPEN)
  t.strictSame(first.acts, ['vrf-rule-add ipv4', 'vrf-rule-add ipv6', 'link-add'])
  t.ok(first.effects.every(({ impact }) => impact === 'none'))
  t.strictSame(plan([blue], [haveBlue], CLOSED).acts, [])
  t.strictSame(plan([], [haveBlue], CLOSED).acts, [
    'link-delete',
    'vrf-rule-delete ipv4',
    'vrf-rule-delete ipv6',
  ])
})

test('a rule that somebody else made is used as it is, and a family that is off has none', async (t) => {
  t.strictSame(plan([blue], [], { ipv4: 'foreign', ipv6: 'unsupported' }).acts, ['link-add'])
  t.strictSame(plan([], [haveBlue], { ipv4: 'foreign', ipv6: 'own' }).acts, [
    'link-delete',
    'vrf-rule-delete ipv6',
  ])
})

test('an upgrade closes the VRFs that are there, and says what that does', async (t) => {
  const upgraded = plan([blue], [haveBlue], OPEN)
  t.strictSame(upgraded.acts, ['vrf-rule-add ipv4', 'vrf-rule-add ipv6'])
  t.match(upgraded.effects, [{ subject: 'vrf blue', impact: 'traffic-loss' }])
  const items = linkDriftItems(stepsOf(upgraded), [haveBlue])
  t.strictSame(
    items.map(({ keys }) => keys),
    [['VRF rule ipv4'], ['VRF rule ipv6']],
  )
})

test('VRFs of somebody else are closed only by a change, which names them', async (t) => {
  t.strictSame(plan([blue], [haveBlue, management], OPEN, false).acts, [])
  const pushed = plan([blue], [management], OPEN)
  t.match(
    pushed.effects.filter(({ impact }) => impact !== 'none'),
    [{ subject: 'VRF mgmt', impact: 'traffic-loss', why: /drops packets/ }],
  )
  const adopted = planAdoption([blue], [{ ...haveBlue, alias: null }], PLAIN_SYSCTL, {
    vrfRules: { have: OPEN, before: null, mayCloseForeign: false },
  })
  t.equal(adopted.ok && stepsOf(adopted.value).length, 3, 'a VRF that is adopted is demarc’s')
})

test('release gives the rules away', async (t) => {
  const kernel = fakeKernel([haveBlue])
  const rules = async () => (await kernel.read()).vrfRules
  for (const step of stepsOf(plan([blue], [haveBlue], OPEN))) kernel.applyNow(step)
  t.strictSame(await rules(), CLOSED)
  const steps = releaseLinks(kernel.links(), await rules()).map(({ step }) => step)
  for (const step of steps) t.equal(kernel.applyNow(step), null)
  t.strictSame(await rules(), { ipv4: 'foreign', ipv6: 'foreign' })
  t.strictSame(releaseLinks(kernel.links(), await rules()), [])
  for (const step of steps.toReversed()) t.equal(kernel.applyNow(inverseOf(step)), null)
  t.strictSame(await rules(), CLOSED)
})

test('a restore returns to the rules from before, wherever a change stopped', async () => {
  const state = fc.constantFrom<VrfRule>('own', 'absent', 'foreign')
  await fc.assert(fc.asyncProperty(state, state, fc.boolean(), fc.nat(4), isRestored))
})

async function isRestored(ipv4: VrfRule, ipv6: VrfRule, had: boolean, done: number) {
  const kernel = fakeKernel(had ? [haveBlue] : [])
  const apply = (step: KernelStep) => {
    const fault = kernel.applyNow(step)
    if (fault !== null) throw new Error(fault.message)
  }
  ruleSteps('ipv4', ipv4).forEach(apply)
  ruleSteps('ipv6', ipv6).forEach(apply)
  const before = await kernel.read()
  const steps = stepsOf(plan(had ? [] : [blue], before.links, before.vrfRules))
  steps.slice(0, done).forEach(apply)
  const back = planLinksRestore(before, await kernel.read(), steps)
  if (!back.ok) throw new Error(JSON.stringify(back.faults))
  stepsOf(back.value).forEach(apply)
  const after = await kernel.read()
  compare(after.vrfRules, before.vrfRules)
  compare(after.links.length, before.links.length)
}

/** From no rule to one of that owner. */
function ruleSteps(family: RuleFamily, owner: VrfRule): readonly KernelStep[] {
  if (owner === 'absent') return []
  const added = rule('add', family)
  return owner === 'own' ? [added] : [added, markRule(family, 'foreign', 'own')]
}
