import { test } from 'tap'
import { readBgp } from '../../../src/core/frr/export/bgp.js'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { parseConfig } from '../../../src/core/frr/tree.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import type { HaveFrr } from '../../../src/core/model/plan.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { fakeFrr } from '../../support/frr/fake-frr.js'
import { stepsOf } from '../../support/frr/frr-contract.js'

/*
 * What somebody else typed over demarc's part of FRR. `test/edge/frr/sweep.test.ts` types every setting of a real
 * FRR; here are the lines of a plan for those that needed a rule of their own.
 */

const POLICY = 'demarc-net-a-10.0.0.1-v4'
const WANT = [plainInstance(plainNeighbor('10.0.0.1'))]

/** FRR's configuration as demarc leaves it, with one text of it replaced. */
async function edited(find: string, put: string, want = WANT): Promise<HaveFrr> {
  const frr = fakeFrr()
  for (const step of stepsOf(want, await frr.read())) await frr.apply(step)
  const text = frr.config()
  if (!text.includes(find)) throw new Error(`${text} has no ${find}`)
  const bgpd = parseConfig(text.replace(find, put))
  return { ...(await frr.read()), bgpd }
}

function linesOf(have: HaveFrr, want: readonly BgpInstance[] = WANT): readonly string[] {
  return stepsOf(want, have).flatMap(({ lines }) => lines)
}

function effectsOf(have: HaveFrr, want: readonly BgpInstance[] = WANT): readonly string[] {
  const plan = planFrr(want, have)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  return plan.value.effects.map(({ subject, impact, why }) => `${subject}: ${impact}: ${why}`)
}

function faultsOf(have: HaveFrr, want: readonly BgpInstance[] = WANT): readonly string[] {
  const plan = planFrr(want, have)
  return plan.ok ? [] : plan.faults.map(({ code, at, message }) => `${code} ${at}: ${message}`)
}

test('a rule is taken away in the words that FRR prints, and not in demarc’s', async (t) => {
  const deny = `ip prefix-list ${POLICY}-out seq 5 deny 0.0.0.0/0 le 32`
  for (const rule of ['permit any', 'permit 0.0.0.0/0 ge 1 le 32', 'deny 10.0.0.0/8 ge 8 le 16']) {
    const have = await edited(deny, `${deny}\nip prefix-list ${POLICY}-out seq 50 ${rule}`)
    t.strictSame(linesOf(have), [`no ip prefix-list ${POLICY}-out ${rule}`])
  }
  t.strictSame(linesOf(await edited(deny, deny.replace('0.0.0.0/0 le 32', 'any'))), [])
})

test('an entry of a map with a setting of another kind is made anew in one transaction', async (t) => {
  const head = `route-map ${POLICY}-out permit 10`
  const body = ` match ip address prefix-list ${POLICY}-out`
  for (const setting of ['description hello', 'set table 10', 'match rpki valid']) {
    const have = await edited(`${head}\n${body}`, `${head}\n ${setting}\n${body}`)
    t.strictSame(linesOf(have), [`no ${head}`, head, body.trim(), 'exit'])
    t.strictSame(effectsOf(have), ['neighbor 10.0.0.1: soft: ipv4 unicast: export policy changes'])
  }
  const have = await edited(
    `${head}\n${body}`,
    `${head}\n set metric-type type-1\n set metric 5\n${body}`,
  )
  t.ok(linesOf(have).includes(`no ${head}`), 'another setting that begins like `set metric`')
})

test('settings that begin alike are different settings', async (t) => {
  const timers = ' neighbor 10.0.0.1 timers 10 30'
  const have = await edited(timers, `${timers}\n neighbor 10.0.0.1 timers delayopen 30`)
  t.strictSame(linesOf(have).slice(1, -1), ['no neighbor 10.0.0.1 timers delayopen'])
  const rtt = await edited(timers, `${timers}\n neighbor 10.0.0.1 shutdown rtt 77 count 3`)
  t.strictSame(linesOf(rtt).slice(1, -1), ['no neighbor 10.0.0.1 shutdown rtt'])
})

test('a neighbour with a setting that `no` may not take away is made anew, and that is said', async (t) => {
  const timers = ' neighbor 10.0.0.1 timers 10 30'
  for (const setting of ['path-attribute discard 26', 'peer-group LAN', 'something-new 5']) {
    const have = await edited(timers, `${timers}\n neighbor 10.0.0.1 ${setting}`)
    t.strictSame(linesOf(have).slice(1, 3), [
      'no neighbor 10.0.0.1',
      'neighbor 10.0.0.1 remote-as 64512',
    ])
    t.notOk(linesOf(have).some((line) => line.startsWith('no ') && line.includes(setting)))
    t.match(effectsOf(have), [`neighbor 10.0.0.1: session-reset: it is made anew, because FRR may`])
  }
})

test('an export names a setting that an intent does not have in FRR’s words', async (t) => {
  const timers = ' neighbor 10.0.0.1 timers 10 30'
  const added = [' neighbor 10.0.0.1 timers delayopen 30', ' no neighbor 10.0.0.1 capability fqdn']
  const { notExported } = readBgp(await edited(timers, [timers, ...added].join('\n')))
  t.match(notExported, [
    { at: 'neighbor 10.0.0.1', why: /`timers delayopen 30`.*`no capability fqdn`/ },
  ])
})

test('an edited or removed description is a difference of one line', async (t) => {
  const mark = ' neighbor 10.0.0.1 description demarc net-a'
  for (const other of ['', ' neighbor 10.0.0.1 description ticket 77']) {
    const have = await edited(mark, other)
    t.strictSame(linesOf(have).slice(1, -1), [mark.trim()])
    t.strictSame(effectsOf(have), [
      'neighbor 10.0.0.1: none: description ' + (other === '' ? 'is set' : 'changes'),
    ])
  }
  const others = await edited(
    mark,
    ' neighbor 10.0.0.1 description ticket 77\n neighbor 10.0.0.1 remote-as 64999',
  )
  t.match(faultsOf(others), [/^NOT_OWNED neighbor 10\.0\.0\.1/], 'not with another peer AS')
})

test('a family that somebody adds goes, and one that the block gives is switched off', async (t) => {
  const end = 'exit\n'
  const evpn = (line: string) =>
    ` address-family l2vpn evpn\n  ${line}\n exit-address-family\n${end}`
  const tail = ' exit-address-family\nexit'
  const have = await edited(tail, ` exit-address-family\n${evpn('neighbor 10.0.0.1 activate')}`)
  t.strictSame(linesOf(have).slice(1, -1), [
    'address-family l2vpn evpn',
    'no neighbor 10.0.0.1 activate',
    'exit-address-family',
  ])
  t.match(effectsOf(have), [
    'neighbor 10.0.0.1: session-reset: l2vpn evpn: address family is removed',
  ])
  const block = ['router bgp 65010', ' bgp router-id 10.255.0.1', ' bgp default l2vpn-evpn']
  const defaults = { ...have, bgpd: parseConfig([...block, ' bgp default shutdown'].join('\n')) }
  const lines = linesOf(defaults)
  const off = lines.indexOf('address-family l2vpn evpn')
  t.equal(lines[off + 1], 'no neighbor 10.0.0.1 activate')
  t.equal(lines.at(-2), 'no neighbor 10.0.0.1 shutdown', 'FRR shut the new neighbour down')
})

test('paths of another form are put right in a block of demarc’s own, and its own stay', async (t) => {
  const paths = '  maximum-paths ibgp 4'
  const have = await edited(paths, '  maximum-paths ibgp 8 equal-cluster-length')
  t.strictSame(linesOf(have).slice(2, -2), ['maximum-paths ibgp 4'])
  const foreign = '\n neighbor 198.51.100.2 remote-as 65077'
  const shared = await edited('router bgp 65010', `router bgp 65010${foreign}`)
  const text = (node: HaveFrr['bgpd']): string => JSON.stringify(node)
  const conflict = JSON.parse(
    text(shared.bgpd).replace('maximum-paths ibgp 4', 'maximum-paths ibgp 8 equal-cluster-length'),
  ) as NonNullable<HaveFrr['bgpd']>
  t.match(faultsOf({ ...shared, bgpd: conflict }), [
    /^NOT_OWNED .*ipv4 unicast: .*maximum-paths ibgp 8 equal-cluster-length.*maximum-paths ibgp 4/,
  ])
})

test('a block that other VRFs depend on stays, and only the neighbours go', async (t) => {
  for (const line of ['import vpn', 'export vpn', 'import vrf default']) {
    const blue = `router bgp 65010 vrf blue\n address-family ipv4 unicast\n  ${line}\n exit-address-family\nexit\n`
    const have = await edited('router bgp 65010', `${blue}router bgp 65010`)
    const lines = linesOf(have, [])
    t.ok(lines.includes('no neighbor 10.0.0.1'), line)
    t.notOk(lines.includes('no router bgp 65010'), line)
  }
  t.ok(linesOf(await edited('!', '!'), []).includes('no router bgp 65010'))
})

test('an address inside a listen range is refused with the range, and its return is reported', async (t) => {
  const range = 'bgp listen range 10.0.0.0/24 peer-group LAN'
  const block = `router bgp 65010\n bgp router-id 10.255.0.1\n neighbor LAN peer-group\n ${range}\n`
  const have = { ...(await fakeFrr().read()), bgpd: parseConfig(block) }
  t.match(faultsOf(have), [new RegExp(`^NOT_OWNED neighbor 10\\.0\\.0\\.1: .*${range}`)])
  t.match(readBgp(have).notExported, [{ at: 'router bgp 65010', why: new RegExp(range) }])
  const inside = await edited('router bgp 65010', `router bgp 65010\n ${range}`)
  t.strictSame(linesOf(inside), [], 'one that is there already works')
  t.match(effectsOf(inside, []), [
    `neighbor 10.0.0.1: traffic-loss: the neighbour is removed; \`${range}\``,
  ])
})

test('a setting of the whole block that changes the intent stands in the plan', async (t) => {
  const have = await edited(
    'router bgp 65010',
    'router bgp 65010\n bgp shutdown\n bgp minimum-holdtime 60',
  )
  t.strictSame(linesOf(have), [])
  t.match(effectsOf(have), [
    /^router bgp 65010: none: `bgp shutdown` holds every session.*; `bgp minimum-holdtime 60` refuses/,
  ])
  t.match(sure(effectsOf(have)[0]), 'never come up')
})
