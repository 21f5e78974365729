import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import { openFrr, type Frr } from '../../../src/edge/frr/frr.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import {
  frrPrograms,
  startFrrAlone,
  type FrrAlone,
  type FrrProgram,
} from '../../support/frr/isolated-frr.js'
import { waitFor } from '../../support/process/wait.js'

/** What a look reads of sessions, on a real FRR: two blocks of one bgpd, in two VRFs of a veth pair. */

function open(alone: FrrAlone): Frr {
  return openFrr({
    runDir: alone.runDir,
    conceal: () => sure(toSecretDigest('c'.repeat(32))),
    reveal: () => undefined,
    timeout: millis(20_000),
  })
}

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

/** Sends a signal to a daemon by its own pid file. */
function signal(alone: FrrAlone, daemon: string, name: string): void {
  alone.shell(`kill -${name} $(cat ${join(alone.runDir, `${daemon}.pid`)})`)
}

async function took<T>(task: () => Promise<T>): Promise<{ value: T | Error; ms: number }> {
  const began = Date.now()
  const value = await task().catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  )
  return { value, ms: Date.now() - began }
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 300_000 }, async (t) => {
    const alone = await startFrrAlone(program)
    const frr = open(alone)
    t.teardown(async () => {
      for (const daemon of ['bgpd', 'zebra']) signal(alone, daemon, 'CONT')
      frr.close()
      await alone.stop()
    })
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
        await startPeer(alone, program)
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
        const isHeld = async () => ((await neighbor())?.overLimit ?? null) !== null
        await waitFor('FRR ends the session', isHeld, within(60))
        t.match(await neighbor(), { sessionState: 'Idle', overLimit: { restartIn: null } })
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
        await frr.read()
        // What was sent configuration may be busy with it for some seconds.
        await sleep(5500)
        signal(alone, 'bgpd', 'STOP')
        await sleep(500)
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
        signal(alone, 'bgpd', 'CONT')
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

/** A BGP speaker at 10.0.0.1 in a network namespace of its own, of the same version, that announces four prefixes. */
async function startPeer(alone: FrrAlone, program: FrrProgram): Promise<void> {
  const dir = join(alone.runDir, 'peer')
  const config = [
    'router bgp 65020',
    ' bgp router-id 10.0.0.1',
    ' no bgp ebgp-requires-policy',
    ' no bgp network import-check',
    ' neighbor 10.0.0.2 remote-as 65010',
    ' neighbor 10.0.0.2 timers 3 9',
    ' neighbor 10.0.0.2 timers connect 2',
    ' address-family ipv4 unicast',
    ...[1, 2, 3, 4].map((n) => `  network 10.64.${n}.0/24`),
    ' exit-address-family',
    'exit',
  ]
  mkdirSync(dir)
  writeFileSync(join(dir, 'bgpd.conf'), `${config.join('\n')}\n`)
  const words = program.words('bgpd').join(' ')
  const options = `-u root -g root -n -Z -f ${dir}/bgpd.conf --vty_socket ${dir} -i ${dir}/bgpd.pid -S`
  // The shell is alone in its process namespace, and needs a /proc that shows it.
  alone.shell('mount -t proc proc /proc')
  alone.shell('unshare --net sleep 600 & peer=$!')
  alone.shell('sleep 0.5; ip link add v0 type veth peer name v1; ip link set v1 netns $peer')
  alone.shell('ip addr add 10.0.0.2/30 dev v0; ip link set v0 up')
  const inside = 'ip link set lo up; ip addr add 10.0.0.1/30 dev v1; ip link set v1 up'
  alone.shell(`nsenter -t $peer -n sh -c "${inside}"`)
  alone.shell(`nsenter -t $peer -n ${words} ${options} --log file:${dir}/bgpd.log &`)
  await waitFor('the peer starts', () => existsSync(join(dir, 'bgpd.pid')), within(20))
}
