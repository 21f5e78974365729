import t from 'tap'
import { configLines } from '../../support/frr/frr-contract.js'
import { frrPrograms } from '../../support/frr/isolated-frr.js'
import { sweptWant } from '../../support/frr/sweep/baseline.js'
import { openBench, type SweepBench } from '../../support/frr/sweep/bench.js'
import { SWEPT_NEIGHBOR, SWEPT_POLICY } from '../../support/frr/sweep/places.js'

/** What somebody else configured before demarc came, or while it went, judged by a real bgpd. */

const WANT = sweptWant(100)

async function configured(bench: SweepBench): Promise<readonly string[]> {
  const { bgpd, bfdd } = await bench.read()
  return [...configLines(bgpd), ...configLines(bfdd)]
}

/** An L3VPN beside the default block: its VRF takes routes from it, or gives it some. */
function vrfBlue(...lines: readonly string[]): readonly string[] {
  const family = ['address-family ipv4 unicast', ...lines, 'exit-address-family']
  return ['router bgp 65010 vrf blue', 'bgp router-id 10.255.0.2', ...family, 'exit']
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, async (t) => {
    const bench = await openBench(program)
    t.teardown(bench.close)

    await t.test('a block that gives every family to a new neighbour', async (t) => {
      await bench.restart(new Map())
      const defaults = ['l2vpn-evpn', 'ipv4-vpn', 'ipv4-flowspec', 'ipv6-vpn']
      const lines = defaults.map((family) => `bgp default ${family}`)
      t.equal(await bench.type('bgpd', ['router bgp 65010', ...lines, 'exit']), null)
      t.equal(await bench.reach(WANT), null)
      for (const family of ['l2vpn evpn', 'ipv4 vpn', 'ipv4 flowspec', 'ipv6 vpn']) {
        const summary = await bench.ask('bgpd', [`show bgp ${family} summary json`])
        t.notMatch(summary, SWEPT_NEIGHBOR, family)
      }
      t.match(await bench.ask('bgpd', ['show bgp ipv4 unicast summary json']), SWEPT_NEIGHBOR)
      t.equal(await bench.reach([]), null)
    })

    const leaks = [
      ['import vpn', 'export vpn', 'rd vpn export 65010:7', 'rt vpn both 65010:7'],
      ['import vrf default'],
    ]
    for (const lines of leaks) {
      await t.test(`a VRF with \`${lines[0] ?? ''}\` when the last neighbour leaves`, async (t) => {
        await bench.restart(new Map())
        t.equal(await bench.reach(WANT), null)
        t.equal(await bench.type('bgpd', vrfBlue(...lines)), null)
        const before = (await configured(bench)).filter((line) => line.includes('vrf blue'))
        t.equal(await bench.reach([]), null)
        const after = await configured(bench)
        t.strictSame(
          after.filter((line) => line.includes('vrf blue')),
          before,
        )
        t.ok(after.includes('router bgp 65010'))
        t.strictSame(
          after.filter((line) => line.includes('demarc-') || line.includes(SWEPT_NEIGHBOR)),
          [],
        )
        t.equal(await bench.reach(WANT), null, 'and demarc comes again')
      })
    }

    await t.test('a description of a prefix list goes with the list', async (t) => {
      await bench.restart(new Map())
      t.equal(await bench.reach(WANT), null)
      const line = `ip prefix-list ${SWEPT_POLICY}-v4-out description somebody typed this`
      t.equal(await bench.type('bgpd', [line]), null)
      t.equal(await bench.reach([]), null)
      t.notMatch((await configured(bench)).join('\n'), 'demarc-')
    })
  })
}
