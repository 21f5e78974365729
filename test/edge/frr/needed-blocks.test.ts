import t, { type Test } from 'tap'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { restoreFrr } from '../../../src/core/frr/plan/restore.js'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { EVPN_VRF, evpnProgram } from '../../support/frr/evpn-frr.js'
import { configLines } from '../../support/frr/frr-contract.js'
import { frrPrograms } from '../../support/frr/isolated-frr.js'
import { sweptWant } from '../../support/frr/sweep/baseline.js'
import { openBench, type SweepBench } from '../../support/frr/sweep/bench.js'
import { toIfname } from '../../../src/core/model/names.js'
import { waitFor } from '../../support/process/wait.js'

/** What stands outside a block and makes FRR refuse to remove it, or breaks by it, judged by a real bgpd. */

/** The same neighbour in a VRF. */
function inVrf(vrf: string): readonly BgpInstance[] {
  return sweptWant(100).map((instance) => ({ ...instance, vrf: sure(toIfname(vrf)) }))
}

const [DEFAULT, OTHER_MED] = [sweptWant(100), sweptWant(200)]
const BLUE = inVrf(EVPN_VRF)

/** The lines that demarc did not make. */
async function foreign(bench: SweepBench): Promise<readonly string[]> {
  const { bgpd } = await bench.read()
  return configLines(bgpd).filter((line) => !/demarc-|neighbor |router-id|maximum-paths/.test(line))
}

/** A block that FRR refuses to remove is left with a reason, and everything else is done. */
async function leavesBlock(t: Test, bench: SweepBench, header: string) {
  const before = await foreign(bench)
  const planned = planFrr(OTHER_MED, await bench.read())
  t.match(planned, { ok: true })
  const effects = planned.ok ? planned.value.effects : []
  const stays = effects.find(({ subject, why }) => subject === header && why.startsWith('stays'))
  t.ok(stays, 'the plan says it beforehand')
  t.equal(await bench.reach(OTHER_MED), null, 'FRR takes the whole plan')
  t.strictSame(await foreign(bench), before, 'nothing else of FRR has changed')
  const after = configLines((await bench.read()).bgpd)
  t.ok(after.includes(header), 'the block is there')
  t.notOk(after.some((line) => line.startsWith(header) && line.includes('neighbor ')))
  t.ok(
    after.some((line) => line.includes('set metric 200')),
    'what has nothing to do with it is done',
  )
  return stays?.why ?? ''
}

/** What another block may need of that of VRF blue. */
const IN_OTHER_BLOCKS: readonly (readonly string[])[] = [
  ['router bgp 65010 vrf red', 'address-family ipv4 unicast', 'import vrf blue'],
  ['router bgp 65010 vrf red', 'address-family ipv6 unicast', 'import vrf blue'],
  ['router bgp 65010', 'address-family ipv4 unicast', 'import vrf blue'],
]

/** What an operator may have typed elsewhere, and what does not keep the block of VRF blue. */
const HARMLESS: readonly (readonly string[])[] = [
  ['router bgp 65010', 'address-family l2vpn evpn', 'advertise-all-vni'],
  ['router bgp 65010 vrf red', 'address-family ipv4 unicast', 'import vrf default'],
  [
    'router bgp 65010 vrf red',
    'address-family ipv4 unicast',
    'rd vpn export 65010:7',
    'rt vpn both 65010:7',
    'export vpn',
    'import vpn',
  ],
  ['router bgp 65010 vrf red', 'address-family l2vpn evpn', 'advertise ipv4 unicast'],
  ['router bgp 65010', 'segment-routing srv6', 'locator one'],
]

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, async (t) => {
    const bench = await openBench(program)
    t.teardown(bench.close)

    for (const lines of IN_OTHER_BLOCKS) {
      await t.test(`${lines.join(' / ')} needs the block of the VRF`, async (t) => {
        await bench.restart(new Map())
        t.equal(await bench.reach([...DEFAULT, ...BLUE]), null)
        t.equal(await bench.type('bgpd', lines), null)
        t.match(
          await leavesBlock(t, bench, 'router bgp 65010 vrf blue'),
          /leaks of routes.*remove those lines/,
        )
      })
    }

    for (const lines of HARMLESS) {
      await t.test(`${lines.join(' / ')} does not`, async (t) => {
        await bench.restart(new Map())
        t.equal(await bench.reach([...DEFAULT, ...BLUE]), null)
        t.equal(await bench.type('bgpd', lines), null)
        t.equal(await bench.reach(OTHER_MED), null)
        t.notOk(configLines((await bench.read()).bgpd).includes('router bgp 65010 vrf blue'))
        t.equal(await bench.reach([]), null, 'nor is the default block in the way')
      })
    }
  })

  t.test(`FRR ${program.version} with an L3VNI in the VRF`, async (t) => {
    const evpn = evpnProgram(program)
    const bench = await openBench(evpn.program, evpn.prepare)
    t.teardown(async () => {
      await bench.close()
      evpn.close()
    })
    const evpnLines = ['router bgp 65010', 'address-family l2vpn evpn', 'advertise-all-vni']
    t.equal(await bench.type('bgpd', [...evpnLines, 'exit-address-family', 'exit']), null)
    t.equal(await bench.reach(DEFAULT), null)
    const before = await bench.read()
    t.equal(await bench.reach([...DEFAULT, ...BLUE]), null)
    const vnis = await waitFor(
      'bgpd learns of the L3VNI',
      async () => (await bench.read()).l3Vnis,
      { until: (found) => found !== undefined, within: 20, every: 100 },
    )
    t.strictSame(vnis, [{ vni: 5000, vrf: 'blue' }])

    await t.test('another AS there is refused, with the line and the remedy', async (t) => {
      const other = BLUE.map((instance) => ({ ...instance, localAs: 65099 }))
      const planned = planFrr([...DEFAULT, ...other], await bench.read())
      const message = /`vrf blue \/ vni 5000`/
      t.match(planned, { ok: false, faults: [{ code: 'NOT_OWNED', message }] })
      t.equal(planned.ok ? 0 : planned.faults.length, 1)
    })

    await t.test('a rollback does not try to remove the block', async (t) => {
      const { remove, change } = restoreFrr(before, await bench.read())
      for (const { step } of [...remove, ...change]) {
        if (step.do === 'frr') t.equal(await bench.type(step.daemon, step.lines), null)
      }
      t.equal(await bench.reach([...DEFAULT, ...BLUE]), null, 'and the next change is made')
    })

    await t.test('its removal is left, and the rest is done', async (t) => {
      const why = await leavesBlock(t, bench, 'router bgp 65010 vrf blue')
      t.match(why, /needs it; .*`vrf blue` and `no vni 5000` in vtysh/)
    })
  })
}
