import { join } from 'node:path'
import t from 'tap'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { openBench, startFrrBench, startPeer } from '../../support/frr/frr-peer.js'
import { frrPrograms, shellOf, type FrrAlone } from '../../support/frr/isolated-frr.js'
import { waitFor } from '../../support/process/wait.js'

/** What a look reads of sessions, on a real FRR: two blocks of one bgpd, in two VRFs of a veth pair. */

async function type(frr: Frr, ...lines: readonly string[]): Promise<void> {
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines })
  if (refused !== null) throw new Error(refused.message)
}

const LONG = { timeout: 180_000 }

const within = (seconds: number) => ({
  until: (isSo: boolean) => isSo,
  within: seconds,
  every: 200,
})

/** Sends a signal to bgpd; resolves when it is in that state (proc(5)). */
async function signal(alone: FrrAlone, name: 'STOP' | 'CONT'): Promise<void> {
  const state = name === 'STOP' ? 'T' : '[^T]'
  const find = `p=$(cat ${join(alone.runDir, 'bgpd.pid')}); kill -${name} $p`
  await shellOf(alone)(
    `${find}; until grep -q '^State:.${state}' /proc/$p/status; do sleep 0.01; done`,
  )
}

async function took<T>(task: () => Promise<T>): Promise<{ value: T | Error; ms: number }> {
  const began = Date.now()
  const value = await task().catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  )
  return { value, ms: Date.now() - began }
}

/** Both versions at once: daemons are waited for most of the time. */
t.jobs = 2

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 300_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program)
    const neighbor = async () => (await frr.neighbors()).find(({ vrf }) => vrf === null)

    await t.test('who holds a session down is one thing, that it is held another', async (t) => {
      await type(
        frr,
        'router bgp 65010',
        'neighbor 10.0.0.1 remote-as 65020',
        'bgp shutdown',
        'exit',
      )
      t.match(await neighbor(), { adminDown: true, peerAs: 65020, overLimit: null })
      await type(frr, 'router bgp 65010', 'no bgp shutdown', 'exit')
      t.match(await neighbor(), { adminDown: false })
      await type(
        frr,
        'router bgp 65010',
        'neighbor PG peer-group',
        'neighbor PG shutdown',
        'neighbor 10.0.0.1 peer-group PG',
        'exit',
      )
      t.match(await neighbor(), { adminDown: true, peerGroup: 'PG', listenRange: null })
      await type(frr, 'no router bgp 65010')
    })

    if (program.version !== '8.4') {
      await t.test('an AS in dot notation is read', async (t) => {
        await type(
          frr,
          'router bgp 1.10 as-notation dot',
          'neighbor 10.0.0.1 remote-as 2.20',
          'exit',
        )
        t.match(await neighbor(), { peerAs: 131_092 })
        await type(frr, 'no router bgp 1.10')
      })
    }

    await t.test(
      'a session over its limit is held, and back with a higher one',
      LONG,
      async (t) => {
        const networks = [1, 2, 3, 4].map((n) => `10.64.${n}.0/24`)
        const peer = await startPeer(alone, program, { number: 0, peerAs: 65020, networks })
        t.teardown(() => peer.close())
        const limit = (n: number) => [
          'address-family ipv4 unicast',
          `neighbor 10.0.0.1 maximum-prefix ${n}`,
          'exit-address-family',
          'exit',
        ]
        await type(
          frr,
          'router bgp 65010',
          'no bgp ebgp-requires-policy',
          'neighbor 10.0.0.1 remote-as 65020',
          'neighbor 10.0.0.1 timers 3 9',
          'neighbor 10.0.0.1 timers connect 2',
          ...limit(2),
        )
        const held = await waitFor('FRR ends the session', neighbor, {
          until: (one) =>
            one !== undefined && one.overLimit !== null && one.sessionState === 'Idle',
          ...{ within: 60, every: 200 },
        })
        t.match(held, { overLimit: { restartIn: null } })
        t.match(await frr.clear({ vrf: null, address: '10.9.9.9' }), { code: 'FRR_REFUSED' })
        await type(frr, 'router bgp 65010', ...limit(20))
        const isFull = async () => (await neighbor())?.families[0]?.received === 4
        await waitFor('it comes back with its routes', isFull, within(60))
        t.match(await neighbor(), { sessionState: 'Established', overLimit: null })
        const areInstalled = async () => (await frr.routes(null))[0]?.installed === 4
        await waitFor('zebra has installed the routes', areInstalled, within(30))
        t.match(await frr.routes(null), [{ family: 'ipv4-unicast', known: 4, failed: 0 }, {}])
      },
    )

    await t.test(
      'a daemon that hangs is known within seconds, and each further question sooner',
      LONG,
      async (t) => {
        // A view that has sent no configuration: what was sent some may be busy with it for seconds.
        const frr = openBench(alone.runDir)
        t.teardown(() => frr.close())
        await frr.read()
        await signal(alone, 'STOP')
        const first = await took(() => frr.neighbors())
        t.match(first.value, { fault: { code: 'FRR_UNAVAILABLE', at: 'bgpd' } })
        t.ok(first.ms < 8000, `${first.ms} ms`)
        const next = await took(() => frr.read())
        t.match(next.value, { bgpd: null, faults: [{ at: 'bgpd' }] })
        t.ok(next.ms < 4000, `${next.ms} ms`)
        const zebra = await took(() => frr.version('zebra'))
        t.match(zebra.value, program.version, 'the others answer')
        const step = { do: 'frr', daemon: 'bgpd', lines: ['router bgp 65010', 'exit'] } as const
        const applied = await took(() => frr.apply(step))
        t.match(applied.value, { code: 'FRR_UNAVAILABLE', at: 'bgpd' })
        t.ok(applied.ms < 4000, `${applied.ms} ms`)
        // Nobody accepts connections meanwhile: the queue fills, which is not "does not run".
        for (let i = 0; i < 3; i += 1) await took(() => frr.version('bgpd'))
        await signal(alone, 'CONT')
        await waitFor(
          'bgpd answers',
          () =>
            frr.version('bgpd').then(
              () => true,
              () => false,
            ),
          within(30),
        )
        t.equal((await frr.read()).faults.length, 0)
      },
    )

    await t.test('a dead zebra is named, while bgpd answers', async (t) => {
      await alone.kill('zebra')
      const dead = await took(() => frr.version('zebra'))
      t.match(dead.value, { fault: { code: 'FRR_UNAVAILABLE', at: 'zebra' } })
      t.match(await frr.version('bgpd'), program.version)
      await alone.start('zebra')
      t.match(await frr.version('zebra'), program.version)
    })
  })
}
