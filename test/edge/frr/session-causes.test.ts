import t from 'tap'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { peerAddresses, startFrrBench, startPeer } from '../../support/frr/frr-peer.js'
import { frrPrograms, shellOf } from '../../support/frr/isolated-frr.js'
import { waitFor } from '../../support/process/wait.js'
import { watchSession } from '../../support/agent/session-looks.js'

/** Faults of a BGP session made for real, and the cause that is reported: a real FRR and a real kernel on both sides. */

/** Both versions at once: the faults are waited for most of the time. */
t.jobs = 2

const [PEER] = peerAddresses(0)

async function type(frr: Frr, as: number, ...lines: readonly string[]): Promise<void> {
  const typed = [`router bgp ${as}`, ...lines, 'exit']
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines: typed })
  if (refused !== null) throw new Error(refused.message)
}

const typeFamily = (frr: Frr, as: number, line: string): Promise<void> =>
  type(frr, as, 'address-family ipv4 unicast', line, 'exit-address-family')

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 300_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program)
    const peer = await startPeer(alone, program, {
      ...{ number: 0, peerAs: 65020, networks: ['10.5.0.0/24', '10.6.0.0/24'] },
    })
    t.teardown(() => peer.close())
    await type(
      frr,
      65010,
      ...['no bgp ebgp-requires-policy', `neighbor ${PEER} remote-as 65020`],
      ...[`neighbor ${PEER} timers 10 30`, `neighbor ${PEER} timers connect 2`],
      ...['address-family ipv6 unicast', `neighbor ${PEER} activate`, 'exit-address-family'],
    )
    const { up, becomes } = watchSession({
      neighbor: async () => (await frr.neighbors())[0],
      intent: { localAs: 65010 },
      shell: shellOf(alone),
      dir: alone.runDir,
    })
    await up()
    /** Both ends have failed, and would wait longer before each attempt. */
    const upAgain = async () => {
      await frr.clear({ vrf: null, address: PEER })
      await peer.clear({ vrf: null, address: '10.0.0.2' })
      await up()
    }

    await t.test('what both ends agreed on, and a far end that drains', async (t) => {
      const negotiated = { holdTime: 9000, lackingFamilies: ['ipv6-unicast'] }
      t.match((await frr.neighbors())[0]?.negotiated, { ...negotiated, lackingCapabilities: [] })
      t.equal((await frr.draining(null))?.size, 0)
      const lines = ['route-map OUT permit 10', 'set community graceful-shutdown', 'exit']
      await peer.apply({ do: 'frr', daemon: 'bgpd', lines })
      await typeFamily(peer, 65020, 'neighbor 10.0.0.2 route-map OUT out')
      const marked = async () => (await frr.draining(null))?.get(PEER)
      t.equal(await waitFor('marked', marked, { until: (count) => count === 2, within: 30 }), 2)
      await typeFamily(peer, 65020, 'no neighbor 10.0.0.2 route-map OUT out')
    })

    await t.test('no family is offered by both ends', async (t) => {
      const v6 = ['address-family ipv6 unicast', `no neighbor ${PEER} activate`]
      await type(frr, 65010, ...v6, 'exit-address-family')
      await typeFamily(peer, 65020, 'no neighbor 10.0.0.2 activate')
      const only = ['address-family ipv6 unicast', 'neighbor 10.0.0.2 activate']
      await type(peer, 65020, ...only, 'exit-address-family')
      t.match((await becomes('CAPABILITIES_DIFFER'))?.what, /address famil/)
      await typeFamily(peer, 65020, 'neighbor 10.0.0.2 activate')
      await upAgain()
    })

    await t.test('the far end shuts the session down, with a message', async (t) => {
      await type(peer, 65020, 'neighbor 10.0.0.2 shutdown message Maintenance until 5')
      t.match((await becomes('PEER_SHUTDOWN'))?.what, /writes "Maintenance until 5"/)
      await type(peer, 65020, 'no neighbor 10.0.0.2 shutdown')
      await upAgain()
    })

    // FRR keeps no NOTIFICATION of a connection that the peer opened: here only the router under test opens one.
    await type(peer, 65020, 'neighbor 10.0.0.2 passive')
    await t.test('the far end expects another AS', async (t) => {
      await type(peer, 65020, 'neighbor 10.0.0.2 remote-as 65011')
      t.match((await becomes('LOCAL_AS_REFUSED'))?.what, /refuses AS 65010/)
      await type(peer, 65020, 'neighbor 10.0.0.2 remote-as 65010')
      await upAgain()
    })

    await t.test('the far end has another AS', async (t) => {
      await type(frr, 65010, `neighbor ${PEER} remote-as 65021`)
      t.match((await becomes('PEER_AS_DIFFERS'))?.what, /another AS than AS 65021/)
      await type(frr, 65010, `neighbor ${PEER} remote-as 65020`)
      await upAgain()
    })
    await type(peer, 65020, 'no neighbor 10.0.0.2 passive')
    await upAgain()

    await t.test('the far end answers ARP and drops all packets', async (t) => {
      alone.shell('nsenter -t $peer -n ip route add blackhole 10.0.0.2')
      t.match((await becomes('TCP_SILENT'))?.what, /answers at layer 2/)
      alone.shell('nsenter -t $peer -n ip route del blackhole 10.0.0.2')
      await upAgain()
    })

    await t.test('the BGP of the far end does not run', async (t) => {
      alone.shell(`kill -9 $(cat ${alone.runDir}/peer0/bgpd.pid)`)
      t.match((await becomes('TCP_REFUSED'))?.what, /refuses TCP port 179/)
    })

    await t.test('the far end has lost its address', async (t) => {
      alone.shell(`nsenter -t $peer -n ip addr flush dev w0; ip neigh flush dev v0`)
      t.match((await becomes('LINK_LAYER_ADDRESS_LOST'))?.what, /does not answer ARP/)
    })
  })
}
