import { mkdirSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import type { NeighborState } from '../../../src/core/model/state.js'
import { isDown, sessionCause } from '../../../src/core/health/session/cause.js'
import type { CauseCode, SessionCause } from '../../../src/core/health/session/terms.js'
import { followSession, type SessionTrace } from '../../../src/core/health/session/trace.js'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { bgpConnections } from '../../../src/edge/host/facts/bgp-connections.js'
import { healthyNeighbor } from '../../support/agent/router-state.js'
import { openBench, peerAddresses, startPeer } from '../../support/frr/frr-peer.js'
import { frrPrograms, startFrrAlone, type FrrAlone } from '../../support/frr/isolated-frr.js'
import { waitFor } from '../../support/process/wait.js'

/** Faults of a BGP session made for real, and the cause that is reported: a real FRR and a real kernel on both sides. */

/** Both versions at once: the faults are waited for most of the time. */
t.jobs = 2

const [PEER] = peerAddresses(0)

async function type(frr: Frr, as: number, ...lines: readonly string[]): Promise<void> {
  const typed = [`router bgp ${as}`, ...lines, 'exit']
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines: typed })
  if (refused !== null) throw new Error(refused.message)
}

/** What the kernel shows inside: its TCP tables as files, and whether somebody answers for the peer's address. */
async function readPath(alone: FrrAlone): Promise<NonNullable<NeighborState['path']>> {
  const dir = join(alone.runDir, 'proc/net')
  const ready = join(dir, 'ready')
  mkdirSync(dir, { recursive: true })
  rmSync(ready, { force: true })
  const tables = 'cat /proc/net/$f > ' + dir + '/$f'
  alone.shell(`for f in tcp tcp6 netstat; do ${tables}; done; ip neigh show ${PEER} > ${dir}/arp`)
  alone.shell(`touch ${ready}`)
  await waitFor('the kernel is read', () => existsSync(ready), {
    until: Boolean,
    within: 10,
    every: 20,
  })
  const { connecting, md5 } = await bgpConnections(alone.runDir)
  const isUnresolved = /FAILED|INCOMPLETE/.test(readFileSync(join(dir, 'arp'), 'utf8'))
  return { isUnresolved, isConnecting: connecting.has(PEER), md5 }
}

function session(frr: Frr, alone: FrrAlone) {
  let trace: SessionTrace | null = null

  /** One look; null: the session is up. */
  async function look(): Promise<SessionCause | null> {
    const [shown] = await frr.neighbors()
    const state = healthyNeighbor({ ...shown, localAs: 65010, path: await readPath(alone) })
    const now = millis(Math.round(performance.now()))
    trace = followSession(trace, state, now)
    return isDown(state) ? sessionCause(state, trace, now) : null
  }

  return {
    up: () =>
      waitFor('the session is up', look, {
        until: (cause) => cause === null,
        within: 60,
        every: 200,
      }),
    becomes: (code: CauseCode) =>
      waitFor(code, look, { until: (cause) => cause?.code === code, within: 60, every: 300 }),
  }
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 300_000 }, async (t) => {
    const alone = await startFrrAlone(program)
    const frr = openBench(alone.runDir)
    t.teardown(async () => {
      frr.close()
      await alone.stop()
    })
    const peer = await startPeer(alone, program, { number: 0, peerAs: 65020, networks: [] })
    t.teardown(() => peer.close())
    await type(
      frr,
      65010,
      `neighbor ${PEER} remote-as 65020`,
      `neighbor ${PEER} timers 3 9`,
      `neighbor ${PEER} timers connect 2`,
    )
    const { up, becomes } = session(frr, alone)
    await up()

    await t.test('the far end shuts the session down, with a message', async (t) => {
      await type(peer, 65020, 'neighbor 10.0.0.2 shutdown message Maintenance until 5')
      t.match((await becomes('PEER_SHUTDOWN'))?.what, /writes "Maintenance until 5"/)
      await type(peer, 65020, 'no neighbor 10.0.0.2 shutdown')
      await up()
    })

    await t.test('the far end expects another AS', async (t) => {
      await type(peer, 65020, 'neighbor 10.0.0.2 remote-as 65011')
      t.match((await becomes('LOCAL_AS_REFUSED'))?.what, /refuses AS 65010/)
      await type(peer, 65020, 'neighbor 10.0.0.2 remote-as 65010')
      await up()
    })

    await t.test('the far end has another AS', async (t) => {
      await type(frr, 65010, `neighbor ${PEER} remote-as 65021`)
      t.match((await becomes('PEER_AS_DIFFERS'))?.what, /another AS than AS 65021/)
      await type(frr, 65010, `neighbor ${PEER} remote-as 65020`)
      await up()
    })

    await t.test('the far end answers ARP and drops all packets', async (t) => {
      alone.shell('nsenter -t $peer -n ip route add blackhole 10.0.0.2')
      t.match((await becomes('TCP_SILENT'))?.what, /answers at layer 2/)
      alone.shell('nsenter -t $peer -n ip route del blackhole 10.0.0.2')
      await up()
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
