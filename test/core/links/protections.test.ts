import * as fc from 'fast-check'
import { test } from 'tap'
import { planAdoption } from '../../../src/core/links/adopt.js'
import { linkDriftItems } from '../../../src/core/links/drift-keys.js'
import { draftLinks, planLinks } from '../../../src/core/links/plan.js'
import { releaseLinks } from '../../../src/core/links/release.js'
import { planLinksRestore } from '../../../src/core/links/restore.js'
import type {
  HaveLink,
  HaveProtections,
  Protection,
  WantLink,
} from '../../../src/core/model/link.js'
import { kernelName } from '../../../src/core/model/names.js'
import type { KernelStep } from '../../../src/core/model/plan.js'
import { describeStep } from '../../../src/core/router/describe.js'
import { arbitraryIntent } from '../../support/intent/arbitrary-intent.js'
import { inverseOf } from '../../../src/edge/kernel/apply/inverse.js'
import { fakeKernel, fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { compare, stepsOf, universe, wantOf } from './law-bench.js'
import { arbitraryWorld } from './worlds.js'

const FULL: Protection = { macLimit: 512, controlFrames: 'DROP', broadcast: 20 }
const NONE: HaveProtections = { found: [], unavailable: null }

function link(name: string, over: Partial<WantLink>): WantLink {
  return {
    name: kernelName(name),
    detail: { kind: 'port' },
    alias: null,
    mtu: null,
    up: true,
    master: null,
    addresses: [],
    sysctl: null,
    ...over,
  }
}

const bridge = link('br0', {
  detail: { kind: 'bridge', stp: false },
  alias: 'demarc bridge br0' as WantLink['alias'],
})
const vlan = (protection?: Protection) =>
  link('p1.100', {
    detail: { kind: 'vlan', parent: kernelName('p1'), vlanId: 100 },
    alias: 'demarc attachment net' as WantLink['alias'],
    master: bridge.name,
    ...(protection && { protection }),
  })
const port = fakePort('p1', { index: 1, up: true })

function draft(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  protections: HaveProtections | undefined,
) {
  const terms = protections && { protections: { have: protections, touched: new Set<string>() } }
  return draftLinks(want, have, PLAIN_SYSCTL, terms)
}

/** Carries out the plan to a want; the steps, and the router afterwards. */
async function carryOut(kernel: ReturnType<typeof fakeKernel>, want: readonly WantLink[]) {
  const before = await kernel.read()
  const { plan, conflicts } = draft(want, before.links, before.protections)
  compare(conflicts, [])
  const steps = stepsOf(plan)
  for (const step of steps) compare(kernel.applyNow(step), null)
  const after = await kernel.read()
  compare(stepsOf(draft(want, after.links, after.protections).plan), [])
  return { plan, steps, before, after }
}

const acts = (steps: readonly KernelStep[]) => steps.map(({ do: act }) => act)

test('limits are there before their link, and go after it', async (t) => {
  const kernel = fakeKernel([port])
  const made = await carryOut(kernel, [bridge, vlan(FULL)])
  t.strictSame(acts(made.steps), ['protection-set', 'link-add', 'link-add'])
  t.ok(made.plan.effects.every(({ impact }) => impact === 'none'))
  t.strictSame(made.after.protections.found, [{ link: 'p1.100', protection: FULL }])
  t.strictSame(acts((await carryOut(kernel, [])).steps), [
    'link-delete',
    'link-delete',
    'protection-set',
  ])
  t.strictSame((await kernel.read()).protections.found, [])
})

test('a change of limits is soft, their end costs nothing, and both are said', async (t) => {
  const kernel = fakeKernel([port])
  await carryOut(kernel, [bridge, vlan(FULL)])
  const other = { macLimit: 64, controlFrames: 'DROP', multicast: 5 } as const
  const changed = await carryOut(kernel, [bridge, vlan(other)])
  t.strictSame(changed.steps.map(describeStep), [
    'limit what p1.100 sends: macLimit 64, controlFrames DROP, multicast 5 (before: macLimit 512, controlFrames DROP, broadcast 20)',
  ])
  t.match(changed.plan.effects, [{ subject: 'attachment net', impact: 'soft' }])
  const ended = await carryOut(kernel, [bridge, vlan()])
  t.strictSame(ended.steps.map(describeStep), ['remove the limits of what p1.100 sends'])
  t.match(ended.plan.effects, [{ impact: 'none' }])
})

test('limits that somebody changed or removed are drift of their link alone', async (t) => {
  const kernel = fakeKernel([port])
  const want = [bridge, vlan(FULL)]
  const { after } = await carryOut(kernel, want)
  for (const found of [[], [{ link: 'p1.100', protection: null }]]) {
    const steps = stepsOf(draft(want, after.links, { found, unavailable: null }).plan)
    t.strictSame(acts(steps), ['protection-set'])
    t.match(linkDriftItems(steps, after.links), [
      { keys: ['p1.100 protection'], targets: ['link p1.100'] },
    ])
  }
  t.strictSame(stepsOf(draft(want, after.links, undefined).plan), [], 'as an old journal has it')
})

/** Restores what a want made, after so many steps of a change. */
async function stopAfter(done: number, steps: readonly KernelStep[], from: readonly WantLink[]) {
  const kernel = fakeKernel([port])
  const { after: before } = await carryOut(kernel, from)
  for (const step of steps.slice(0, done)) compare(kernel.applyNow(step), null)
  const back = planLinksRestore(before, await kernel.read(), steps)
  if (!back.ok) throw new Error(JSON.stringify(back.faults))
  for (const step of stepsOf(back.value)) compare(kernel.applyNow(step), null)
  compare((await kernel.read()).protections, before.protections)
}

test('a rollback restores limits from any point, and each step has its inverse', async (t) => {
  const other: Protection = { unknownUnicast: 9 }
  for (const [from, to] of [
    [[bridge, vlan(FULL)], []],
    [[], [bridge, vlan(FULL)]],
    [
      [bridge, vlan(FULL)],
      [bridge, vlan(other)],
    ],
    [[bridge, link('p1', { master: bridge.name, protection: FULL })], []],
    [[], [bridge, link('p1', { master: bridge.name, protection: FULL })]],
  ]) {
    const first = fakeKernel([port])
    const { after: before } = await carryOut(first, from ?? [])
    const steps = stepsOf(draft(to ?? [], before.links, before.protections).plan)
    for (let done = 0; done <= steps.length; done++) {
      await stopAfter(done, steps, from ?? [])
    }
    for (const step of steps) compare(first.applyNow(step), null)
    for (const step of steps.toReversed()) compare(first.applyNow(inverseOf(step)), null)
    t.strictSame((await first.read()).protections, before.protections)
  }
})

test('limits of a released link stay with it, and adoption finds them as they are', async (t) => {
  const kernel = fakeKernel([port])
  const want = [bridge, vlan(FULL)]
  await carryOut(kernel, want)
  for (const { step } of releaseLinks(kernel.links())) compare(kernel.applyNow(step), null)
  t.strictSame((await carryOut(kernel, [])).steps, [], 'another intent leaves them')
  const { links, protections } = await kernel.read()
  t.strictSame(protections.found, [{ link: 'p1.100', protection: FULL }])
  const terms = { protections: { have: protections, touched: new Set<string>() } }
  const adopted = planAdoption(want, links, PLAIN_SYSCTL, terms)
  t.strictSame(adopted.ok && acts(stepsOf(adopted.value)), ['link-set', 'link-set'])
})

test('a router that cannot limit refuses only what needs it, and says what to install', async (t) => {
  const without = { found: [], unavailable: 'the program nft is missing; install nftables' }
  t.strictSame(draft([bridge, vlan()], [port], without).conflicts, [])
  const { conflicts } = draft([bridge, vlan(FULL)], [port], without)
  t.match(conflicts, [
    {
      fault: {
        code: 'PLATFORM_UNSUPPORTED',
        at: 'p1.100',
        message: 'what it sends cannot be limited: the program nft is missing; install nftables',
      },
      targets: ['link p1.100'],
    },
  ])
  const planned = planLinks([bridge, vlan(FULL)], [port], PLAIN_SYSCTL, {
    protections: { have: NONE, touched: new Set() },
  })
  t.ok(planned.ok)
})

/** The steps to a want from what the kernel has now; null: something is in the way. */
async function stepsTo(kernel: ReturnType<typeof fakeKernel>, want: readonly WantLink[]) {
  const { links, protections } = await kernel.read()
  const { plan, conflicts } = draft(want, links, protections)
  return conflicts.length > 0 ? null : stepsOf(plan)
}

test('laws: any limits are reached from any others, and any change of them is rolled back', async (t) => {
  let limited = 0
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const intents = fc.tuple(arbitraryIntent(universe), arbitraryIntent(universe))
  await fc.assert(
    fc.asyncProperty(arbitraryWorld(), intents, share, async (world, [first, second], part) => {
      const kernel = fakeKernel(world)
      for (const step of (await stepsTo(kernel, wantOf(first))) ?? []) kernel.applyNow(step)
      const before = await kernel.read()
      const steps = await stepsTo(kernel, wantOf(second))
      if (steps === null) return
      limited += steps.filter((step) => step.do === 'protection-set').length
      for (const step of steps.slice(0, Math.ceil(part * steps.length))) kernel.applyNow(step)
      const back = planLinksRestore(before, await kernel.read(), steps)
      if (!back.ok) throw new Error(JSON.stringify(back.faults))
      for (const step of stepsOf(back.value)) kernel.applyNow(step)
      compare(sorted((await kernel.read()).protections), sorted(before.protections))
      for (const step of (await stepsTo(kernel, wantOf(second))) ?? []) kernel.applyNow(step)
      compare(await stepsTo(kernel, wantOf(second)), [])
      const wanted = wantOf(second).flatMap(({ name, protection }) =>
        protection === undefined ? [] : [{ link: name, protection }],
      )
      compare(
        sorted((await kernel.read()).protections),
        sorted({ found: wanted, unavailable: null }),
      )
    }),
    { numRuns: 150 },
  )
  t.ok(limited > 20, `${limited} steps set or removed limits`)
})

function sorted({ found }: HaveProtections) {
  return [...found].sort((a, b) => a.link.localeCompare(b.link))
}
