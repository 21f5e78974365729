import * as fc from 'fast-check'
import { test } from 'tap'
import type { HaveLink, WantLink } from '../../../src/core/model/link.js'
import type { Ifname } from '../../../src/core/model/names.js'
import type { KernelStep } from '../../../src/core/model/plan.js'
import { planAdoption } from '../../../src/core/links/adopt.js'
import { isOurs } from '../../../src/core/model/own-link.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { releaseLinks } from '../../../src/core/links/release.js'
import { planLinksRestore } from '../../../src/core/links/restore.js'
import { arbitraryIntent } from '../../support/intent/arbitrary-intent.js'
import { fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { BOND } from '../../support/kernel/kernel-steps.js'
import { isMark } from '../../support/intent/hand-configured.js'
import { arbitraryDrift, drifted } from './drift.js'
import { compare, kernelWith, state, stepsOf, universe, wantOf } from './law-bench.js'
import { address, arbitraryWorld } from './worlds.js'

const RUNS = { numRuns: Number(process.env['LAW_RUNS'] ?? 400) }

/** A kernel with these links that steps are done on; gives what it has then. */
function performer(have: readonly HaveLink[]) {
  const { apply, links } = kernelWith(have)
  return (steps: readonly KernelStep[]): readonly HaveLink[] => {
    steps.forEach(apply)
    return links()
  }
}

function after(have: readonly HaveLink[], steps: readonly KernelStep[]): readonly HaveLink[] {
  return performer(have)(steps)
}

function givenBack(links: readonly HaveLink[]): readonly HaveLink[] {
  return after(
    links,
    releaseLinks(links).map(({ step }) => step),
  )
}

/** The links that an intent gives a router, and the same links after demarc has released them. */
const handBuilt = fc
  .record({ world: arbitraryWorld(), intent: arbitraryIntent(universe) })
  .map(({ world, intent }) => {
    const want = wantOf(intent)
    const plan = planLinks(want, world, PLAIN_SYSCTL)
    if (!plan.ok) return null
    const built = after(world, stepsOf(plan.value))
    return { want, built, released: givenBack(built) }
  })
  .filter((made) => made !== null)

/** The members of a bridge with their MTU. */
function membersOf({ name }: HaveLink, links: readonly HaveLink[]): string {
  const members = links.filter(({ master }) => master === name)
  return members
    .map((member) => `${member.name} ${member.mtu}`)
    .sort()
    .join()
}

/**
 * `now` with the earlier MTU of each bridge whose members, or their MTU, have changed since `before`: the
 * kernel then adjusts the bridge's own MTU (`br_mtu_auto_adjust()`), and no step does. Below an MTU of 1280 a
 * link has no IPv6 settings.
 */
function withoutAdjusted(
  now: readonly HaveLink[],
  before: readonly HaveLink[],
): readonly HaveLink[] {
  const earlier = new Map(before.map((link) => [link.name, link]))
  return now.map((link) => {
    const was = earlier.get(link.name)
    if (was === undefined || link.detail.kind !== 'bridge') return link
    if (membersOf(was, before) === membersOf(link, now)) return link
    const { forwarding6 } = was.sysctl
    return { ...link, mtu: was.mtu, sysctl: { ...link.sysctl, forwarding6 } }
  })
}

/** Restores from any point at which adopting stopped. */
function backSteps(
  before: readonly HaveLink[],
  now: readonly HaveLink[],
  steps: readonly KernelStep[],
): readonly KernelStep[] {
  const have = { links: now, sysctlDefaults: PLAIN_SYSCTL }
  const back = planLinksRestore({ links: before }, have, steps)
  if (!back.ok) throw new Error(JSON.stringify(back.faults))
  return stepsOf(back.value)
}

test('laws of adopt and release', async (t) => {
  await t.test(
    'what is given back has no mark left, and nothing else of it has changed',
    async () => {
      fc.assert(
        fc.property(handBuilt, ({ built, released }) => {
          if (released.some(isOurs)) throw new Error('a link still has the mark')
          if (released.some((link) => link.addresses.some(({ owned }) => owned)))
            throw new Error('an address still has the mark')
          const bare = (links: readonly HaveLink[]) =>
            state(links).map(({ alias, addresses, ...link }) => ({
              ...link,
              addresses: addresses.map((one) => one.address),
            }))
          compare(bare(released), bare(built))
          compare(releaseLinks(released), [])
        }),
        RUNS,
      )
    },
  )

  await t.test(
    'links that demarc released are adopted again by setting their marks only',
    async () => {
      fc.assert(
        fc.property(handBuilt, ({ want, released }) => {
          const plan = planAdoption(want, released, PLAIN_SYSCTL)
          if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
          const steps = stepsOf(plan.value)
          const others = steps.filter((step) => !isMark(step))
          if (others.length > 0) throw new Error(JSON.stringify(others, null, 1))
          const again = planLinks(want, after(released, steps), PLAIN_SYSCTL)
          if (!again.ok) throw new Error(JSON.stringify(again.faults))
          compare(stepsOf(again.value), [])
        }),
        RUNS,
      )
    },
  )

  await t.test(
    'a router that differs is taken over so that a second plan is empty, and back exactly',
    async (t) => {
      let taken = 0
      fc.assert(
        fc.property(
          handBuilt,
          fc.array(arbitraryDrift(), { minLength: 1, maxLength: 3 }),
          fc.option(arbitraryIntent(universe).map(wantOf)),
          ({ want: same, built }, drifts, other) => {
            const want = other ?? same
            const have = givenBack(drifts.reduce((all, drift) => drifted(all, drift), built))
            const plan = planAdoption(want, have, PLAIN_SYSCTL)
            if (!plan.ok) return plan.faults.every(({ code }) => code !== 'BUG')
            taken++
            const steps = stepsOf(plan.value)
            const there = performer(have)(steps)
            const again = planLinks(want, there, PLAIN_SYSCTL)
            if (!again.ok) throw new Error(JSON.stringify(again.faults))
            compare(stepsOf(again.value), [])
            for (const share of [0.5, 1]) {
              const part = performer(have)
              const now = part(steps.slice(0, Math.ceil(steps.length * share)))
              const back = backSteps(have, now, steps)
              const half = part(back.slice(0, Math.ceil(back.length / 2)))
              const home = part(backSteps(have, half, steps))
              compare(state(home), state(have))
              compare(backSteps(have, home, steps), [])
            }
            const named = new Set<string>(want.map(({ name }) => name))
            const outside = (links: readonly HaveLink[]) =>
              state(withoutAdjusted(links, have)).filter(({ name }) => !named.has(name))
            compare(outside(there), outside(have))
            return true
          },
        ),
        RUNS,
      )
      t.comment(`${taken} of ${RUNS.numRuns} taken over`)
      t.ok(taken > RUNS.numRuns / 20)
    },
  )
})

const name = (text: string) => text as Ifname
const bond: WantLink = {
  name: name('bond0'),
  detail: { kind: 'bond', options: BOND },
  alias: 'demarc connection dl' as WantLink['alias'],
  mtu: 1500,
  up: true,
  master: null,
  addresses: [],
  sysctl: null,
}
const port: WantLink = {
  ...bond,
  name: name('p1'),
  detail: { kind: 'port' },
  alias: null,
  master: name('bond0'),
}
const haveBond = (over: Partial<HaveLink> = {}) =>
  fakePort('bond0', { detail: bond.detail, up: true, ...over })
const havePort = (port: string) => fakePort(port, { up: true, master: 'bond0' })

test('a plan to adopt says what it changes and which links prevent it', async (t) => {
  await t.test('a rollback brings back the label that an address had before', async (t) => {
    const plan = planAdoption(
      [bond, port],
      [haveBond({ alias: 'to Café' }), havePort('p1')],
      PLAIN_SYSCTL,
    )
    t.match(plan, {
      ok: true,
      value: {
        removals: [],
        additions: [],
        early: [
          {
            step: {
              do: 'link-set',
              to: { alias: 'demarc connection dl' },
              from: { alias: 'to Café' },
            },
          },
        ],
        effects: [{ subject: 'connection dl', impact: 'none', why: 'is adopted' }],
      },
    })
  })

  await t.test(
    'an option that differs from the intent is changed, and the plan says the impact',
    async (t) => {
      const slow = { ...BOND, lacpRate: 'slow' } as const
      const plan = planAdoption(
        [bond, port],
        [haveBond({ detail: { kind: 'bond', options: slow } }), havePort('p1')],
        PLAIN_SYSCTL,
      )
      t.match(plan, {
        ok: true,
        value: {
          effects: [{ subject: 'connection dl', impact: 'link-flap', why: /LACP interval/ }, {}],
        },
      })
    },
  )

  await t.test('a bridge member that the intent does not name stays in the bridge', async (t) => {
    const have = [haveBond(), havePort('p1'), havePort('p2')]
    t.match(planAdoption([bond, port], have, PLAIN_SYSCTL), {
      ok: false,
      faults: [{ code: 'NOT_OWNED', at: 'p2', message: /bond0.*connection dl.*without it/ }],
    })
  })

  await t.test('an address of somebody else does not prevent the restore', async (t) => {
    const blue: WantLink = { ...bond, name: name('blue'), detail: { kind: 'vrf', table: 10 } }
    const untagged = {
      ...port,
      master: blue.name,
      addresses: [address('10.0.0.2/30').address],
    }
    const have = [
      fakePort('p1', { up: true, addresses: [address('10.0.0.2/30')] }),
      fakePort('lo7', { up: true, addresses: [address('10.0.0.2/32')] }),
    ]
    const plan = planAdoption([blue, untagged], have, PLAIN_SYSCTL)
    const steps = plan.ok ? stepsOf(plan.value) : []
    const back = performer(after(have, steps))
    t.ok(steps.length > 0, 'there is no other in the VRF')
    t.strictSame(state(back(backSteps(have, back([]), steps))), state(have))
    const wished = planAdoption([{ ...untagged, master: null }], have, PLAIN_SYSCTL)
    t.match(wished, { ok: false, faults: [{ code: 'NOT_OWNED', at: 'p1 10.0.0.2/30' }] })
  })

  await t.test(
    'a link of another kind stays foreign, and the fault names both kinds',
    async (t) => {
      const have = [haveBond({ detail: { kind: 'bridge', stp: false } }), havePort('p1')]
      t.match(planAdoption([bond, port], have, PLAIN_SYSCTL), {
        ok: false,
        faults: [{ code: 'NOT_OWNED', at: 'bond0', message: /connection dl.*bridge/ }],
      })
    },
  )

  await t.test('the mark that an address had before adopt is kept for the rollback', async (t) => {
    const untagged = { ...port, master: null, addresses: [address('10.0.0.2/30').address] }
    const held = { ...address('10.0.0.2/30'), protocol: 5 }
    const have = [fakePort('p1', { up: true, addresses: [held, address('10.9.9.9/32')] })]
    const plan = planAdoption([untagged], have, PLAIN_SYSCTL)
    t.match(plan, {
      ok: true,
      value: { early: [{ step: { do: 'address-mark', address: '10.0.0.2/30', from: 5 } }] },
    })
    t.equal(plan.ok && plan.value.early.length, 1, 'the other address stays foreign')
    const leased = fakePort('p1', { up: true, addresses: [{ ...held, leased: true }] })
    t.match(planAdoption([untagged], [leased], PLAIN_SYSCTL), {
      ok: false,
      faults: [{ code: 'NOT_OWNED', at: 'p1 10.0.0.2/30' }],
    })
  })
})
