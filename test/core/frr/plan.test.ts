import { test } from 'tap'
import { draftFrr, planFrr } from '../../../src/core/frr/plan/plan.js'
import { restoreFrr } from '../../../src/core/frr/plan/restore.js'
import { parseConfig } from '../../../src/core/frr/tree.js'
import type { BgpInstance, BgpNeighbor } from '../../../src/core/model/bgp.js'
import { BFD_DEFAULTS } from '../../../src/core/model/intent-defaults.js'
import {
  toIfname,
  toIpText,
  toLine,
  toPrefix,
  toSecretDigest,
} from '../../../src/core/model/names.js'
import type { HaveFrr } from '../../../src/core/model/plan.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { NO_EXPORT, plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { fakeFrr } from '../../support/frr/fake-frr.js'
import { planned, stepsOf } from '../../support/frr/frr-contract.js'

const EMPTY: HaveFrr = { version: '8.4.4', bgpd: [], bfdd: [], faults: [] }

const neighbor = (over: Partial<BgpNeighbor> = {}) => plainNeighbor('10.0.0.1', over)
const instance = plainInstance

/** An FRR that carries this already, and what else an operator typed. */
async function carrying(want: readonly BgpInstance[], ...typed: readonly string[]) {
  const frr = fakeFrr()
  for (const step of stepsOf(want, await frr.read())) await frr.apply(step)
  frr.type(...typed)
  return frr.read()
}

/** What is typed for a neighbour that carries `from` to carry `to`. */
async function linesBetween(from: BgpNeighbor, to: BgpNeighbor) {
  const have = await carrying([instance(from)])
  return stepsOf([instance(to)], have).flatMap(({ lines }) => lines)
}

function inBlock(...lines: readonly string[]): string[] {
  return ['router bgp 65010', ...lines, 'exit']
}

test('a new neighbour has its policy before it has routes, and is complete at once', (t) => {
  const [lists, block] = stepsOf([instance(neighbor())], EMPTY)
  t.strictSame(lists?.lines, [
    'ip prefix-list demarc-net-a-10.0.0.1-v4-in permit 10.64.0.0/10 le 24',
    'ip prefix-list demarc-net-a-10.0.0.1-v4-out deny 0.0.0.0/0 le 32',
    'route-map demarc-net-a-10.0.0.1-v4-in permit 10',
    'match ip address prefix-list demarc-net-a-10.0.0.1-v4-in',
    'exit',
    'route-map demarc-net-a-10.0.0.1-v4-out permit 10',
    'match ip address prefix-list demarc-net-a-10.0.0.1-v4-out',
    'exit',
  ])
  t.strictSame(
    block?.lines,
    inBlock(
      'bgp router-id 10.255.0.1',
      'address-family ipv4 unicast',
      'maximum-paths 4',
      'maximum-paths ibgp 4',
      'exit-address-family',
      'neighbor 10.0.0.1 remote-as 64512',
      'neighbor 10.0.0.1 description demarc net-a',
      'neighbor 10.0.0.1 timers 10 30',
      'neighbor 10.0.0.1 timers connect 10',
      'address-family ipv4 unicast',
      'neighbor 10.0.0.1 route-map demarc-net-a-10.0.0.1-v4-in in',
      'neighbor 10.0.0.1 route-map demarc-net-a-10.0.0.1-v4-out out',
      'exit-address-family',
    ),
  )
  t.end()
})

test('a neighbour with an AS alone is demarc’s where policies wait for it', async (t) => {
  const bare = ['neighbor 10.0.0.1 remote-as 64512', 'exit']
  const frr = fakeFrr()
  const [policies] = stepsOf([instance(neighbor())], await frr.read())
  if (policies !== undefined) await frr.apply(policies)
  frr.type('router bgp 65010', ...bare)
  t.ok(planFrr([instance(neighbor())], await frr.read()).ok, 'it is gone on with')
  const [gone] = stepsOf([], await frr.read())
  t.match(gone?.lines, ['no router bgp 65010'], 'or taken away')

  const blue = { ...instance(neighbor()), vrf: sure(toIfname('blue')) }
  const other = await carrying([blue], 'router bgp 65010', ...bare)
  t.strictSame(stepsOf([blue], other), [], 'in another VRF it is somebody else’s, and stays')
  t.match(planFrr([blue, instance(neighbor())], other), {
    ok: false,
    faults: [{ code: 'NOT_OWNED', at: 'neighbor 10.0.0.1' }],
  })
})

test('only what differs is typed', async (t) => {
  const plain = neighbor()
  t.strictSame(await linesBetween(plain, plain), [])
  const slow = neighbor({ holdTime: 90, keepaliveInterval: 30 })
  t.strictSame(await linesBetween(plain, slow), inBlock('neighbor 10.0.0.1 timers 30 90'))
  const digest = sure(toSecretDigest('a'.repeat(32)))
  const secret = neighbor({ password: digest })
  t.strictSame(await linesBetween(plain, secret), inBlock(`neighbor 10.0.0.1 password ${digest}`))
  t.strictSame(await linesBetween(secret, plain), inBlock('no neighbor 10.0.0.1 password'))
})

test('a prefix list that changes is never empty, which FRR would take for everything', async (t) => {
  const closed = neighbor()
  const { ipv4Unicast } = closed
  const open = neighbor({
    ipv4Unicast: {
      ...sure(ipv4Unicast ?? undefined),
      export: {
        ...NO_EXPORT,
        prefixes: [{ prefix: sure(toPrefix('192.168.0.0/16')), ge: null, le: 24 }],
      },
    },
  })
  const list = 'ip prefix-list demarc-net-a-10.0.0.1-v4-out'
  t.strictSame(await linesBetween(closed, open), [
    `${list} permit 192.168.0.0/16 le 24`,
    `no ${list} deny 0.0.0.0/0 le 32`,
  ])
  t.strictSame(await linesBetween(open, closed), [
    `${list} deny 0.0.0.0/0 le 32`,
    `no ${list} permit 192.168.0.0/16 le 24`,
  ])
})

test('a session that is released starts only when everything else is in place', async (t) => {
  const shut = neighbor({ shutdown: { message: sure(toLine('until 06:00')) } })
  const ready = neighbor({ multihop: 3, password: sure(toSecretDigest('b'.repeat(32))) })
  const lines = await linesBetween(shut, ready)
  t.equal(lines.at(-2), 'no neighbor 10.0.0.1 shutdown')
  const back = await linesBetween(ready, shut)
  const released = back.indexOf('neighbor 10.0.0.1 shutdown message until 06:00')
  t.ok(released >= 0)
})

test('an export without a range is originated, under a mark of demarc’s own', async (t) => {
  const { ipv4Unicast } = neighbor()
  const prefixes = [{ prefix: sure(toPrefix('192.168.0.0/16')), ge: null, le: null }]
  const want = [
    instance(
      neighbor({
        ipv4Unicast: {
          ...sure(ipv4Unicast ?? undefined),
          export: { ...NO_EXPORT, prefixes },
        },
      }),
    ),
  ]
  const lines = stepsOf(want, EMPTY).flatMap((step) => step.lines)
  t.ok(lines.includes('network 192.168.0.0/16 route-map demarc-originate'))
  t.ok(lines.includes('route-map demarc-originate permit 10'))
  const foreign = ['router bgp 65010', 'address-family ipv4 unicast', 'network 192.168.0.0/16']
  const have = await carrying([], ...foreign)
  const beside = stepsOf(want, have).flatMap((step) => step.lines)
  t.notOk(
    beside.some((line) => line.startsWith('network ')),
    'someone else’s line does the work',
  )
})

test('a drained neighbour announces RFC 8326’s community and is preferred by nobody', async (t) => {
  const lines = await linesBetween(neighbor(), neighbor({ drain: true }))
  t.strictSame(lines, [
    'route-map demarc-net-a-10.0.0.1-v4-in permit 10',
    'set local-preference 0',
    'exit',
    'route-map demarc-net-a-10.0.0.1-v4-out permit 10',
    'set community graceful-shutdown additive',
    'exit',
  ])
  const plan = planned(
    [instance(neighbor({ drain: true }))],
    await carrying([instance(neighbor())]),
  )
  t.strictSame(
    plan.effects.map(({ impact, why }) => `${impact}: ${why}`),
    ['soft: ipv4 unicast: import policy changes', 'soft: ipv4 unicast: export policy changes'],
  )
})

test('the block goes with its last neighbour unless something else is in it', async (t) => {
  const alone = await carrying([instance(neighbor())])
  t.strictSame(stepsOf([], alone)[0]?.lines, ['no router bgp 65010'])
  const shared = await carrying(
    [instance(neighbor())],
    'router bgp 65010',
    'bgp log-neighbor-changes',
  )
  t.strictSame(stepsOf([], shared)[0]?.lines, inBlock('no neighbor 10.0.0.1'))
})

test('a foreign part of FRR in the way is a conflict that names both sides', async (t) => {
  const refusal = async (...typed: readonly string[]) => {
    const plan = planFrr([instance(neighbor())], await carrying([], ...typed))
    return plan.ok ? [] : plan.faults.map(({ code, at, message }) => `${code} ${at}: ${message}`)
  }
  const others = ['neighbor 198.51.100.2 remote-as 65077', 'bgp router-id 10.255.0.1']
  t.strictSame(
    await refusal('router bgp 65010', ...others),
    [],
    'a neighbour that is not in the way',
  )
  t.match(await refusal('router bgp 65099', 'neighbor 198.51.100.2 remote-as 1'), [
    /^NOT_OWNED router bgp 65099: .*neighbor 198\.51\.100\.2.*AS 65010/,
  ])
  t.match(await refusal('router bgp 65010', 'neighbor 10.0.0.1 remote-as 1'), [
    /^NOT_OWNED neighbor 10\.0\.0\.1: .*router bgp 65010.*demarc net-a/,
    /^NOT_OWNED router bgp 65010: .*no bgp router-id.*bgp router-id 10\.255\.0\.1/,
  ])
  const paths = ['address-family ipv4 unicast', 'maximum-paths 2']
  t.match(await refusal('router bgp 65010', ...others, ...paths), [
    /^NOT_OWNED router bgp 65010, address-family ipv4 unicast: .*maximum-paths 2.*maximum-paths 4/,
  ])
})

test('the same address in another VRF is another neighbour', async (t) => {
  const have = await carrying([instance(neighbor())])
  const blue = { ...instance(neighbor()), vrf: sure(toIfname('blue')) }
  const plan = planned([instance(neighbor()), blue], have)
  t.strictSame(plan.remove, [])
  t.strictSame(plan.effects, [
    { subject: 'neighbor 10.0.0.1 vrf blue', impact: 'none', why: 'the neighbour is added' },
  ])
})

test('FRR that is missing or too old matters only where it is needed', (t) => {
  const gone = { code: 'FRR_UNAVAILABLE', at: 'bgpd', message: 'gone' } as const
  const nothing: HaveFrr = { version: null, bgpd: null, bfdd: null, faults: [gone] }
  t.ok(planFrr([], nothing).ok)
  t.strictSame(planFrr([instance(neighbor())], nothing), { ok: false, faults: [gone] })
  const noBfdd = { ...EMPTY, bfdd: null }
  t.ok(planFrr([instance(neighbor())], noBfdd).ok)
  t.match(planFrr([instance(neighbor({ bfd: BFD_DEFAULTS }))], noBfdd), {
    faults: [{ at: 'bfdd' }],
  })
  for (const version of ['8.3.1', '7.5', '10', null]) {
    const fault = { code: 'FRR_UNSUPPORTED', at: 'bgpd' }
    t.match(planFrr([instance(neighbor())], { ...EMPTY, version }), { faults: [fault] })
    t.ok(planFrr([], { ...EMPTY, version }).ok)
  }
  for (const version of ['8.4', '8.4.4-1~deb12', '9.1', '10.3', '11.0-dev'])
    t.ok(planFrr([instance(neighbor())], { ...EMPTY, version }).ok)
  t.end()
})

test('another AS for the router takes a block of demarc’s own down and makes it anew', async (t) => {
  const have = await carrying([instance(neighbor())])
  const plan = planned([{ ...instance(neighbor()), localAs: 65011 }], have)
  t.strictSame(plan.remove[0]?.impact, 'session-reset')
  t.match(plan.effects, [{ subject: 'neighbor 10.0.0.1', impact: 'session-reset' }])
})

test('hand-made and version-dependent spellings are read as what they mean', async (t) => {
  const want = [instance(neighbor({ multihop: 255, address: sure(toIpText('2001:db8::1')) }))]
  const frr = fakeFrr()
  for (const step of stepsOf(want, await frr.read())) await frr.apply(step)
  const text = frr
    .config()
    .replace('router bgp 65010', 'router bgp 0.65010')
    .replace('remote-as 64512', 'remote-as 0.64512')
    .replace('ebgp-multihop 255', 'ebgp-multihop')
    .replace('deny 0.0.0.0/0 le 32', 'deny any')
  t.strictSame(stepsOf(want, { ...EMPTY, bgpd: parseConfig(text) }), [])
})

test('of many neighbours only those whose policy changes are reported as touched', async (t) => {
  const many = (le: number) =>
    [1, 2, 3].map((id) => {
      const made = neighbor({ address: sure(toIpText(`10.0.0.${id}`)) })
      const family = sure(made.ipv4Unicast ?? undefined)
      const into = family.import
      const prefixes = into.prefixes.map((rule) => (id === 2 ? { ...rule, le } : rule))
      return { ...made, ipv4Unicast: { ...family, import: { ...into, prefixes } } }
    })
  const have = await carrying([instance(...many(24))])
  const { change, effects } = planned([instance(...many(28))], have)
  t.match(effects, [{ subject: 'neighbor 10.0.0.2', impact: 'soft' }])
  t.strictSame(effects.length, 1)
  const list = 'ip prefix-list demarc-net-a-10.0.0.2-v4-in'
  t.strictSame(
    change.map(({ impact, step }) => [impact, step.do === 'frr' ? step.lines : []]),
    [['soft', [`${list} permit 10.64.0.0/10 le 28`, `no ${list} permit 10.64.0.0/10 le 24`]]],
  )
})

test('lines in another order say the same', async (t) => {
  const want = [instance(neighbor())]
  const have = await carrying(want)
  const turned = (tree: NonNullable<HaveFrr['bgpd']>): NonNullable<HaveFrr['bgpd']> =>
    tree.map(({ line, children }) => ({ line, children: turned(children) })).toReversed()
  t.strictSame(stepsOf(want, { ...have, bgpd: turned(have.bgpd ?? []) }), [])
})

function found(text: string): HaveFrr {
  return { ...EMPTY, bgpd: parseConfig(text) }
}

test('a restore removes a block that died before its first neighbour, and no other empty one', (t) => {
  const begun = 'router bgp 65010 vrf blue\n bgp router-id 10.255.0.1\nexit\n'
  const others = 'router bgp 64999\n bgp router-id 10.9.9.9\nexit\n'
  const lines = (was: string, now: string) =>
    restoreFrr(found(was), found(now)).remove.flatMap(({ step }) =>
      step.do === 'frr' ? step.lines : [],
    )
  t.strictSame(lines(others, others + begun), ['no router bgp 65010 vrf blue'])
  t.strictSame(lines(others + begun, others + begun), [], 'it was there before')
  const busy = begun.replace('exit', ' bgp log-neighbor-changes\nexit')
  t.strictSame(lines(others, others + busy), [], 'somebody has typed something in it')
  t.end()
})

test('a plan is the same while FRR and the want are, and another one when the want is', (t) => {
  const [one, other] = [[instance(neighbor())], [instance(neighbor({ holdTime: 90 }))]]
  const first = draftFrr(one, EMPTY)
  t.equal(draftFrr(one, EMPTY), first)
  t.not(draftFrr(other, EMPTY), first)
  t.strictSame(draftFrr(one, EMPTY), first)
  t.end()
})
