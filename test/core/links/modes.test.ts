import { test } from 'tap'
import { planLinks } from '../../../src/core/links/plan.js'
import { planLinksRestore } from '../../../src/core/links/restore.js'
import type { HaveLink, HaveLinkModes, WantLink } from '../../../src/core/model/link.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { SETTABLE_MODES, VIRTUAL_MODES } from '../../support/kernel/fake-modes.js'
import { attachment, bond, done, member, planned, want } from './link-bench.js'
import { stepsOf } from './law-bench.js'

const BY_HAND = { autoNegotiate: false, speed: 10_000, duplex: 'full' } as const
const DARK: HaveLinkModes = { ...SETTABLE_MODES, speed: null, duplex: 'unknown' }

const port = (modes: HaveLinkModes | undefined, over: Partial<HaveLink> = {}) => {
  const { modes: _usual, ...plain } = fakePort('p1', { up: true, ...over })
  return modes === undefined ? plain : { ...plain, modes }
}
const byHand: WantLink = want('p1', { modes: BY_HAND })

const setSteps = (wanted: readonly WantLink[], have: readonly HaveLink[]) => {
  const found = planLinks(wanted, have, PLAIN_SYSCTL)
  if (!found.ok) throw new Error(JSON.stringify(found.faults))
  return stepsOf(found.value).filter((step) => step.do === 'link-modes-set')
}

test('speed, duplex and auto-negotiation are set together where one differs', async (t) => {
  t.strictSame(setSteps([byHand], [port(SETTABLE_MODES)]), [
    { do: 'link-modes-set', link: 'p1', to: BY_HAND, from: { autoNegotiate: true } },
  ])
  t.strictSame(setSteps([byHand], [port({ ...SETTABLE_MODES, autoNegotiate: false })]), [
    {
      do: 'link-modes-set',
      link: 'p1',
      to: BY_HAND,
      from: { autoNegotiate: false, speed: 1000, duplex: 'full' },
    },
  ])
  t.strictSame(setSteps([byHand], [port(VIRTUAL_MODES)]), [], 'no step where all is so already')
  t.strictSame(setSteps([want('p1')], [port(SETTABLE_MODES)]), [], 'no step without the words')
})

test('what the driver does not show counts as set once it accepted it', async (t) => {
  const dark = { ...DARK, autoNegotiate: false }
  t.equal(setSteps([byHand], [port(dark)]).length, 1, 'it may have another speed')
  const accepted = { ...dark, attempt: { settings: BY_HAND, refusal: null } }
  t.strictSame(setSteps([byHand], [port(accepted)]), [])
  const other = { ...dark, attempt: { settings: { ...BY_HAND, speed: 1000 }, refusal: null } }
  t.equal(setSteps([byHand], [port(other)]).length, 1, 'another speed was accepted')
  const reversed = { ...SETTABLE_MODES, attempt: { settings: BY_HAND, refusal: null } }
  t.equal(setSteps([byHand], [port(reversed)]).length, 1, 'somebody switched it on again')
})

test('a driver that refuses is not asked again, until something else is wanted', async (t) => {
  const attempt = { settings: BY_HAND, refusal: 'EOPNOTSUPP' }
  t.equal(setSteps([byHand], [port(undefined)]).length, 1)
  t.strictSame(setSteps([byHand], [port({ ...DARK, attempt })]), [])
  const slower = want('p1', { modes: { ...BY_HAND, speed: 1000 } })
  t.equal(setSteps([slower], [port({ ...DARK, attempt })]).length, 1)
})

test('a link that flaps ends the sessions over it, and a port that carries nothing flaps for nobody', async (t) => {
  const vlan = attachment('net-a', 'p1', 100)
  const { effects } = planned([byHand, vlan], [port(SETTABLE_MODES), done(vlan)])
  t.match(effects, [
    { subject: 'port p1', impact: 'link-flap', why: /gets another speed/ },
    { subject: 'attachment net-a', impact: 'link-flap', why: /is on p1, which gets another speed/ },
  ])
  t.match(planned([byHand], [port(SETTABLE_MODES)]).effects, [
    { subject: 'port p1', impact: 'none' },
  ])
  t.match(planned([byHand, vlan], [port(SETTABLE_MODES, { carrier: false }), done(vlan)]).effects, [
    { subject: 'port p1', impact: 'none' },
  ])
})

test('a bundle keeps its link while another port of it stays', async (t) => {
  const vlan = attachment('net-a', 'dl-par', 100)
  const inBond = (name: string, modes: HaveLinkModes) => ({ ...done(member(name)), modes })
  const have = (second: HaveLinkModes) => [
    done(bond()),
    inBond('p1', SETTABLE_MODES),
    inBond('p2', second),
    done(vlan),
  ]
  const both = (modes: WantLink['modes']) => [
    bond(),
    { ...member('p1'), modes: BY_HAND },
    { ...member('p2'), ...(modes && { modes }) },
    vlan,
  ]
  t.strictSame(
    planned(both(undefined), have(SETTABLE_MODES)).effects.map(({ subject }) => subject),
    ['port p1'],
  )
  t.match(
    planned(both(BY_HAND), have(SETTABLE_MODES)).effects.map(({ subject }) => subject),
    ['port p1', 'connection dl-par', 'attachment net-a', 'port p2'],
  )
})

test('a restore gives a port what it had before', async (t) => {
  const forced = { ...SETTABLE_MODES, autoNegotiate: false }
  const cases = [
    [SETTABLE_MODES, BY_HAND],
    [forced, BY_HAND],
    [{ ...forced, speed: 10_000 }, { autoNegotiate: true }],
  ] as const
  for (const [modes, wanted] of cases) {
    const kernel = fakeKernel([port(modes)])
    const before = kernel.links()
    const steps = setSteps([want('p1', { modes: wanted })], before)
    for (const step of steps) t.equal(kernel.applyNow(step), null)
    t.match(kernel.links(), [{ modes: wanted }])
    const now = () => ({ links: kernel.links(), sysctlDefaults: PLAIN_SYSCTL })
    const back = planLinksRestore({ links: before }, now(), steps)
    for (const step of back.ok ? stepsOf(back.value) : []) t.equal(kernel.applyNow(step), null)
    t.match(kernel.links(), [{ modes }])
    const again = planLinksRestore({ links: before }, now(), steps)
    t.strictSame(again.ok && stepsOf(again.value), [])
  }
})
