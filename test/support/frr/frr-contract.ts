import * as fc from 'fast-check'
import type { Test } from 'tap'
import { planFrrAdoption } from '../../../src/core/frr/plan/adopt.js'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { releaseFrr } from '../../../src/core/frr/plan/release.js'
import { restoreFrr } from '../../../src/core/frr/plan/restore.js'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import { toIpText } from '../../../src/core/model/names.js'
import type {
  ConfigTree,
  FrrPlan,
  FrrStep,
  HaveFrr,
  PlannedStep,
} from '../../../src/core/model/plan.js'
import { arbitraryBgp, arbitraryStrictBgp, asIntended, sure } from './arbitrary-bgp.js'
import type { FrrBench } from './fake-frr.js'

/** An FRR for the contract, empty at the start. */
export interface ContractBench {
  readonly frr: FrrBench
  /** Types lines as an operator would. */
  readonly type: (...lines: readonly string[]) => Promise<void>
  /** Whether bfdd is there as well. */
  readonly bfdd: boolean
  /** Whether this FRR knows BFD strict mode. */
  readonly strict: boolean
}

/** The steps of a plan; throws on a refusal. */
export function stepsOf(want: readonly BgpInstance[], have: HaveFrr): FrrStep[] {
  return steps(planned(want, have))
}

export function planned(want: readonly BgpInstance[], have: HaveFrr): FrrPlan {
  const plan = planFrr(want, have)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  return plan.value
}

function steps(plan: FrrPlan): FrrStep[] {
  const { early, drain, remove, change } = plan
  return frrSteps([...early, ...drain, ...remove, ...change])
}

function frrSteps(planned: readonly PlannedStep[]): FrrStep[] {
  return planned.flatMap(({ step }) => (step.do === 'frr' ? [step] : []))
}

/** A configuration as lines that two moments can be compared by: order and numbering say nothing. */
export function configLines(tree: ConfigTree | null, within = ''): string[] {
  return (tree ?? [])
    .flatMap(({ line, children }) => {
      const here = `${within}${line.replace(/^((?:ip|ipv6|bgp) (?:[a-z-]+ )?(?:[a-z]+-list|standard) \S+) seq \d+/, '$1')}`
      return [here, ...configLines(children, `${here} / `)]
    })
    .sort()
}

/** All laws of planning and applying that need no session. */
export async function frrContract(
  t: Test,
  open: () => Promise<ContractBench>,
  runs: number,
): Promise<void> {
  await t.test(
    'a plan leads from any configuration to any wanted one, and the next plan is empty',
    (t) => reached(t, open, runs),
  )
  await t.test('typing a line that FRR already has changes nothing', (t) => repeated(t, open, runs))
  await t.test('a rule that a list has twice is removed both times', (t) => doubled(t, open, runs))
  await t.test('restoring all steps gives the configuration from before', (t) =>
    restored(t, open, runs),
  )
  await t.test('after a stop at any line, both the restore and the change can be completed', (t) =>
    recovered(t, open, runs),
  )
  await t.test('configuration of other people is never changed', (t) => leavesOthers(t, open, runs))
  await t.test('it is not changed where they changed the defaults of the block either', (t) =>
    leavesOthers(t, open, runs, 'no bgp default ipv4-unicast'),
  )
  await t.test('a setting that somebody added to a neighbour of demarc is removed', (t) =>
    repaired(t, open),
  )
  await t.test('a released neighbour stays up, and adopting it again sets marks only', (t) =>
    givenBack(t, open, Math.ceil(runs / 2)),
  )
  await t.test('a neighbour made by hand is adopted, and a release leaves it as it was', (t) =>
    takenOver(t, open),
  )
  await t.test('a refused line fails the step in FRR’s own words and can be restored', (t) =>
    refuses(t, open),
  )
}

function samples(bench: ContractBench, runs: number, seed: number): (readonly BgpInstance[])[] {
  const wants = fc.sample(bench.strict ? arbitraryStrictBgp : arbitraryBgp, { numRuns: runs, seed })
  return bench.bfdd ? wants : wants.map((want) => want.map(withoutBfd))
}

function withoutBfd(instance: BgpInstance): BgpInstance {
  return { ...instance, neighbors: instance.neighbors.map((one) => ({ ...one, bfd: null })) }
}

async function applyAll(t: Test, frr: FrrBench, list: readonly FrrStep[]): Promise<void> {
  for (const step of list) {
    const refused = await frr.apply(step)
    if (refused !== null) t.fail(refused.message)
  }
}

/** Restores what was read before, as a rollback does. */
async function restore(t: Test, frr: FrrBench, before: HaveFrr): Promise<void> {
  await applyAll(t, frr, steps(restoreFrr(before, await frr.read())))
}

async function reached(t: Test, open: () => Promise<ContractBench>, runs: number): Promise<void> {
  const bench = await open()
  for (const [i, want] of samples(bench, runs, 11).entries()) {
    await applyAll(t, bench.frr, stepsOf(want, await bench.frr.read()))
    const left = stepsOf(want, await bench.frr.read())
    if (left.length > 0) t.fail(`pair ${i}`, { left })
  }
  await applyAll(t, bench.frr, stepsOf([], await bench.frr.read()))
  const { bgpd, bfdd } = await bench.frr.read()
  const ours = configLines([...(bgpd ?? []), ...(bfdd ?? [])])
  t.strictSame(
    ours.filter((line) => /demarc|router bgp/.test(line)),
    [],
    'nothing stays behind',
  )
}

/** Somebody else may type the same line after demarc has read the configuration and before it types its own. */
async function repeated(t: Test, open: () => Promise<ContractBench>, runs: number): Promise<void> {
  const bench = await open()
  for (const [i, want] of samples(bench, runs, 55).entries()) {
    const before = await bench.frr.read()
    await applyAll(t, bench.frr, stepsOf(want, before))
    const there = await bench.frr.read()
    const nothing = { version: before.version, bgpd: [], bfdd: [], faults: [] }
    const again = stepsOf(want, nothing).filter((step) => !step.lines.some(isListRule))
    await applyAll(t, bench.frr, again)
    t.strictSame(lines(await bench.frr.read()), lines(there), `pair ${i}`)
  }
}

/** FRR 10.3 keeps a rule twice when it is typed twice. */
async function doubled(t: Test, open: () => Promise<ContractBench>, runs: number): Promise<void> {
  const bench = await open()
  const { frr } = bench
  const nothing = { ...(await frr.read()), bgpd: [], bfdd: [] }
  for (const [i, want] of samples(bench, runs, 77).entries()) {
    await applyAll(t, frr, stepsOf(want, await frr.read()))
    const rules = stepsOf(want, nothing).flatMap((step) => step.lines.filter(isListRule))
    await applyAll(t, frr, [{ do: 'frr', daemon: 'bgpd', lines: rules }])
    t.strictSame(stepsOf(want, await frr.read()), [], `pair ${i}`)
  }
}

function isListRule(line: string): boolean {
  return /^(ip prefix-list|ipv6 prefix-list|bgp (as-path|(large-)?community-list)) /.test(line)
}

async function restored(t: Test, open: () => Promise<ContractBench>, runs: number): Promise<void> {
  const bench = await open()
  for (const [i, want] of samples(bench, runs, 22).entries()) {
    const before = await bench.frr.read()
    const list = stepsOf(want, before)
    await applyAll(t, bench.frr, list)
    await restore(t, bench.frr, before)
    t.strictSame(lines(await bench.frr.read()), lines(before), `pair ${i}`)
    await applyAll(t, bench.frr, list)
  }
}

/** The configuration that an agent leaves when it dies between two lines. FRR does not commit a transaction without an end. */
async function cutShort(frr: FrrBench, list: readonly FrrStep[], at: number): Promise<void> {
  let left = at
  for (const step of list) {
    const whole = left >= step.lines.length
    const batched = step.lines.some((line) => /^(no )?(ip|ipv6|route-map|bfd)\b/.test(line))
    if (whole) await frr.apply(step)
    else if (!batched) await frr.apply({ ...step, lines: step.lines.slice(0, left) })
    left -= step.lines.length
    if (!whole) return
  }
}

async function recovered(t: Test, open: () => Promise<ContractBench>, runs: number): Promise<void> {
  const bench = await open()
  const { frr } = bench
  for (const [i, want] of samples(bench, runs, 66).entries()) {
    const before = await frr.read()
    const list = stepsOf(want, before)
    const all = list.reduce((sum, step) => sum + step.lines.length, 0)
    const at = (i * 31) % Math.max(1, all)
    await cutShort(frr, list, at)
    if (i % 2 === 0) {
      await restore(t, frr, before)
      t.strictSame(lines(await frr.read()), lines(before), `pair ${i} is restored from line ${at}`)
    }
    await applyAll(t, frr, stepsOf(want, await frr.read()))
    t.strictSame(stepsOf(want, await frr.read()), [], `pair ${i} is reached from line ${at}`)
  }
}

function lines(have: HaveFrr): string[] {
  return [...configLines(have.bgpd), ...configLines(have.bfdd)].filter((line) => line !== 'bfd')
}

const OTHERS = [
  'ip prefix-list OTHERS seq 5 permit 10.0.0.0/8 le 24',
  'ip prefix-list OTHERS seq 7 deny 10.0.0.0/8 le 24',
  'route-map OTHERS permit 10',
  'match ip address prefix-list OTHERS',
  'exit',
  'router bgp 65010',
  'bgp router-id 10.255.0.1',
  'bgp graceful-restart',
  'neighbor 198.51.100.2 remote-as 65077',
  'neighbor 198.51.100.2 description not demarc',
  `neighbor 198.51.100.2 password ${'a'.repeat(32)}`,
  'address-family ipv4 unicast',
  'network 192.168.0.0/16',
  'maximum-paths 4',
  'neighbor 198.51.100.2 route-map OTHERS in',
  'exit-address-family',
  'exit',
]

async function leavesOthers(
  t: Test,
  open: () => Promise<ContractBench>,
  runs: number,
  ...first: readonly string[]
): Promise<void> {
  const bench = await open()
  if (first.length > 0) await bench.type('router bgp 65010', ...first, 'exit')
  await bench.type(...OTHERS)
  const others = async () => {
    const all = lines(await bench.frr.read())
    return all
      .filter((line) =>
        /OTHERS|198\.51|network 192\.168\.0\.0\/16$|paths|router-id|\/ (no )?bgp (default|graceful)/.test(
          line,
        ),
      )
      .filter((line) => !line.includes('blue'))
  }
  const before = await others()
  t.ok(before.length > 8, 'there is something to leave alone')
  for (const [i, wild] of samples(bench, runs, 33).entries()) {
    const want = wild.map(asOthersNeedIt)
    const initial = await bench.frr.read()
    await applyAll(t, bench.frr, stepsOf(want, initial))
    t.strictSame(stepsOf(want, await bench.frr.read()), [], `pair ${i} is reached`)
    t.strictSame(await others(), before, `pair ${i}`)
    if (i % 3 === 0) await restore(t, bench.frr, initial)
    t.strictSame(await others(), before, `pair ${i} restored`)
  }
}

function asOthersNeedIt(instance: BgpInstance): BgpInstance {
  if (instance.vrf !== null) return instance
  const neighbors = instance.neighbors.map((neighbor) => asIntended(neighbor, 65010))
  const routerId = sure(toIpText('10.255.0.1'))
  return { ...instance, localAs: 65010, routerId, maximumPaths: 4, neighbors }
}

async function repaired(t: Test, open: () => Promise<ContractBench>): Promise<void> {
  const bench = await open()
  const want = samples(bench, 50, 44).find(([first]) => first?.neighbors[0]?.ipv4Unicast)
  const [block] = sure(want)
  const [neighbor] = sure(block).neighbors
  const at = `neighbor ${sure(neighbor).address}`
  const { localAs, vrf } = sure(block)
  const header = `router bgp ${localAs}${vrf === null ? '' : ` vrf ${vrf}`}`
  await applyAll(t, bench.frr, stepsOf(sure(want), await bench.frr.read()))
  await bench.type(
    header,
    `${at} solo`,
    `${at} timers 1 3`,
    'address-family ipv4 unicast',
    `${at} soft-reconfiguration inbound`,
    `${at} default-originate`,
    'exit-address-family',
    'exit',
  )
  const list = stepsOf(sure(want), await bench.frr.read())
  t.equal(list.length, 1, 'there is something to repair')
  await applyAll(t, bench.frr, list)
  t.strictSame(stepsOf(sure(want), await bench.frr.read()), [])
}

async function refuses(t: Test, open: () => Promise<ContractBench>): Promise<void> {
  const bench = await open()
  const before = await bench.frr.read()
  const step: FrrStep = {
    do: 'frr',
    daemon: 'bgpd',
    lines: [
      'router bgp 65010',
      'neighbor 10.0.0.1 remote-as 65020',
      'neighbor 10.0.0.1 description demarc net-a',
      'neighbor 10.0.0.9 timers 3 9',
      'exit',
    ],
  }
  const refused = await bench.frr.apply(step)
  t.equal(refused?.code, 'FRR_REFUSED')
  t.match(refused?.message, 'neighbor 10.0.0.9 timers 3 9')
  t.match(refused?.message, 'Specify remote-as')
  await restore(t, bench.frr, before)
  t.strictSame(lines(await bench.frr.read()), lines(before), 'what the lines before it did is gone')
}

async function givenBack(t: Test, open: () => Promise<ContractBench>, runs: number): Promise<void> {
  const bench = await open()
  const { frr } = bench
  for (const [i, want] of samples(bench, runs, 55).entries()) {
    await applyAll(t, frr, stepsOf(want, await frr.read()))
    await applyAll(t, frr, frrSteps(releaseFrr(await frr.read())))
    const released = await frr.read()
    t.strictSame(releaseFrr(released), [], 'once more is nothing to do')
    t.strictSame(stepsOf([], released), [], `a later plan leaves what was given back, pair ${i}`)
    const list = adoptionOf(want, released)
    const marks = /^(router bgp|neighbor \S+ description demarc|route-map demarc-originate|exit$)/
    t.strictSame(
      list.flatMap((step) => step.lines).filter((line) => !marks.test(line)),
      [],
      `pair ${i} is taken over`,
    )
    await applyAll(t, frr, list)
    t.strictSame(stepsOf(want, await frr.read()), [], `pair ${i} is demarc's`)
    await restore(t, frr, released)
    t.strictSame(lines(await frr.read()), lines(released), `pair ${i} restored`)
    for (const { localAs, vrf } of want) {
      await bench.type(`no router bgp ${localAs}${vrf === null ? '' : ` vrf ${vrf}`}`)
    }
    await applyAll(t, frr, stepsOf([], await frr.read()))
  }
}

function adoptionOf(want: readonly BgpInstance[], have: HaveFrr): FrrStep[] {
  const plan = planFrrAdoption(want, have)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  return steps(plan.value)
}

async function takenOver(t: Test, open: () => Promise<ContractBench>): Promise<void> {
  const bench = await open()
  const { frr } = bench
  const want = sure(
    samples(bench, 50, 44).find(([first]) => first?.neighbors[0]?.ipv4Unicast),
  ).slice(0, 1)
  const [block] = want
  const { localAs, routerId, vrf, neighbors } = sure(block)
  const { address, peerAs } = sure(neighbors[0])
  await bench.type(
    'ip prefix-list HAND seq 5 permit 10.64.0.0/10 le 24',
    'route-map HAND-IN permit 10',
    'match ip address prefix-list HAND',
    'exit',
    `router bgp ${localAs}${vrf === null ? '' : ` vrf ${vrf}`}`,
    `bgp router-id ${routerId}`,
    `neighbor ${address} remote-as ${peerAs}`,
    `neighbor ${address} description to the cloud`,
    `neighbor ${address} bfd 4 200 200`,
    'address-family ipv4 unicast',
    `neighbor ${address} route-map HAND-IN in`,
    `neighbor ${address} prefix-list HAND out`,
    `neighbor ${address} soft-reconfiguration inbound`,
    'exit-address-family',
    'exit',
  )
  const before = await frr.read()
  t.match(planFrr(want, before), { ok: false, faults: [{ code: 'NOT_OWNED' }] })
  const list = adoptionOf(want, before)
  await applyAll(t, frr, list)
  t.strictSame(stepsOf(want, await frr.read()), [], 'a second plan is empty')
  await restore(t, frr, before)
  t.strictSame(lines(await frr.read()), lines(before), 'as it was')
  t.strictSame(steps(restoreFrr(before, await frr.read())), [])
}
