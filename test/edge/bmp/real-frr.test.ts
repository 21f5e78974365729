import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createPartialLooks } from '../../../src/agent/health/partial/partial-looks.js'
import type { HealthEvent } from '../../../src/core/model/health.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { receiveBmp } from '../../../src/edge/bmp/receiver.js'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { readEndLine } from '../../../src/edge/kernel/news/ends.js'
import { assessor } from '../../support/agent/monitor.js'
import { healthyNeighbor, healthyRouter } from '../../support/agent/router-state.js'
import { peerAddresses, startPeer, startFrrBench } from '../../support/frr/frr-peer.js'
import { frrPrograms, shellOf, type FrrAlone } from '../../support/frr/isolated-frr.js'
import { freePort } from '../../support/process/listening.js'
import { relayCommand } from '../../support/process/namespace-relay.js'
import { waitFor } from '../../support/process/wait.js'

/**
 * Sessions of a real FRR that end, as BMP reports them and as the kernel does: both make the same of them. The kernel
 * notifies nothing while a peer is silent, BMP does.
 */

t.jobs = 2

const [PEER] = peerAddresses(0)
const BMP_PORT = 7482
const TARGETS = [
  'bmp targets demarc',
  `bmp connect 127.0.0.1 port ${BMP_PORT} min-retry 100 max-retry 500`,
]
const often = { within: 30, every: 10 }

async function type(frr: Frr, as: number, ...lines: readonly string[]): Promise<void> {
  const typed = [`router bgp ${as}`, ...lines, 'exit']
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines: typed })
  if (refused !== null) throw new Error(refused.message)
}

/** One agent that gets notifications of one kind, and what it makes of them. */
function watcher(frr: Frr) {
  const model = assessor()
  let state = healthyRouter()
  const events: HealthEvent[] = []
  function assess(next: RouterState): void {
    state = next
    // No time passes, so that only what happens is an event, and nothing that lasts.
    events.push(...model.at(0, next))
  }
  const partial = createPartialLooks({
    ...{ clock: systemClock, isMoving: () => false, assess, onLost: () => undefined },
    neighbor: frr.neighbor,
  })

  /** A whole look, after which nothing has happened yet. */
  async function look() {
    const began = { now: systemClock.now(), at: systemClock.wall().toISOString() }
    const found = await frr.neighbors()
    const neighbors = found.map((shown) => healthyNeighbor({ ...shown, bfd: null }))
    assess(partial.whole(healthyRouter({ neighbors }), began))
    events.length = 0
    return found[0]
  }

  return {
    end: partial.sessionEnd,
    /** For a second, because FRR may connect twice after a reset. */
    up: () =>
      waitFor('the session is up', look, {
        ...often,
        until: (one) => one?.sessionState === 'Established' && (one.upFor ?? 0) >= 1000,
      }),
    /** What it made of the end of the session. */
    async lost() {
      const isLost = () => events.some(({ code }) => code === 'SESSION_LOST')
      await waitFor('the session is lost', isLost, { ...often, until: Boolean })
      const { lastError, reset, adminDown, establishedTransitions } = state.neighbors[0] ?? {}
      const shown = { lastError, reset, adminDown, establishedTransitions }
      return { shown, said: events.map(({ code, message }) => `${code} ${message}`) }
    },
  }
}

/** A receiver outside of the namespace, which bgpd reaches. */
async function reach(
  t: Test,
  { runDir, shell }: FrrAlone,
  onPeerDown: ReturnType<typeof watcher>['end'],
) {
  const logged: string[] = []
  const write = (_: object, text: string) => void logged.push(text)
  const start = () =>
    receiveBmp({
      ...{ address: '127.0.0.1', port, clock: systemClock, log: { info: write, warn: write } },
      ...{ onPeerDown, onPeerUp: () => logged.push('up') },
    })
  const path = join(runDir, 'bmp')
  const bridge = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
  })
  const port = await freePort()
  await new Promise<void>((resolve) => bridge.listen(path, resolve))
  shell(relayCommand(path, BMP_PORT))
  let receiver = start()
  t.teardown(async () => {
    await receiver.close()
    bridge.close()
  })
  const reports = (count: number) =>
    waitFor(`${count} connections of bgpd`, () => logged, {
      ...often,
      until: (lines) =>
        lines.filter((line) => line.includes('reports its sessions')).length >= count,
    })
  async function restart(): Promise<void> {
    await receiver.close()
    logged.length = 0
    receiver = start()
  }
  const hasReported = () =>
    waitFor('a session that is up', () => logged.includes('up'), { ...often, until: Boolean })
  const isReporting = (): boolean => receiver.isReporting()
  return { logged, reports, hasReported, restart, isReporting }
}

/** Runs the child that listens to the kernel in the namespace. */
async function watchSockets({ runDir, shell }: FrrAlone, onEnd: (address: string) => void) {
  const file = join(runDir, 'news')
  const program = join(process.cwd(), 'dist/news-child.js')
  shell(`sleep 600 | ${process.execPath} ${program} > ${file} &`)
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  await waitFor('it listens', lines, { ...often, until: (all) => all.includes('listening') })
  let seen = 0
  return setInterval(() => {
    const all = lines()
    for (const line of all.slice(seen)) {
      const address = readEndLine(line)
      if (address !== null) onEnd(address)
    }
    seen = all.length
  }, 5)
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 120_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program, ['-M bmp'])
    const peer = await startPeer(alone, program, { number: 0, peerAs: 65020, networks: [] })
    t.teardown(() => peer.close())
    const [bmp, sockets] = [watcher(frr), watcher(frr)]
    const bgpd = await reach(t, alone, bmp.end)
    const timer = await watchSockets(alone, (address) => sockets.end(address))
    t.teardown(() => clearInterval(timer))
    t.notOk(bgpd.isReporting(), 'bgpd has no lines yet')
    await type(frr, 65010, 'bgp router-id 10.0.0.2', ...TARGETS, 'exit')
    await type(
      frr,
      65010,
      `neighbor ${PEER} remote-as 65020`,
      `neighbor ${PEER} timers 1 3`,
      `neighbor ${PEER} timers connect 1`,
    )
    const up = () => Promise.all([bmp.up(), sockets.up()])
    await up()
    await bgpd.reports(1)
    t.ok(bgpd.isReporting())

    await t.test('the far end shuts the session down, with a message', async (t) => {
      await type(peer, 65020, 'neighbor 10.0.0.2 shutdown message Back at 5')
      const [reported, notified] = await Promise.all([bmp.lost(), sockets.lost()])
      t.strictSame(reported, notified)
      t.match(reported, {
        shown: { reset: { notification: { direction: 'received', code: 6, subcode: 2 } } },
        said: [/SESSION_LOST .*Administrative Shutdown.* writes "Back at 5"/],
      })
      await type(peer, 65020, 'no neighbor 10.0.0.2 shutdown')
      await up()
    })

    await t.test(
      'the connection is reset, and BMP comes back after a restart of demarc',
      async (t) => {
        await bgpd.restart()
        await bgpd.reports(1)
        t.ok(await bgpd.hasReported(), 'a session that is up is a reason to look')
        await shellOf(alone)(`nsenter -t $peer -n ss -K dst 10.0.0.2 dport != 0`)
        const [reported, notified] = await Promise.all([bmp.lost(), sockets.lost()])
        t.strictSame(reported, notified)
        t.match(reported.shown, { reset: { notification: null, reason: /closed/ } })
        await up()
      },
    )

    await t.test('the far end falls silent: the hold timer', async (t) => {
      alone.shell('nsenter -t $peer -n ip route add blackhole 10.0.0.2')
      t.match(await bmp.lost(), {
        shown: { reset: { notification: { direction: 'sent', code: 4, subcode: 0 } } },
        said: [/SESSION_LOST .*Hold Timer Expired/],
      })
    })

    await t.test('bgpd reports again after a restart of its own', async (t) => {
      const config = ['router bgp 65010', ...TARGETS, 'exit', 'exit', '']
      writeFileSync(join(alone.runDir, 'bgpd.conf'), config.join('\n'))
      await alone.kill('bgpd')
      const ends = { until: (is: boolean) => !is, ...often }
      await waitFor('the end of the report', () => bgpd.isReporting(), ends)
      await alone.start('bgpd')
      await bgpd.reports(2)
      t.ok(bgpd.isReporting())
    })

    await t.test('a bgpd without the module knows no BMP', async (t) => {
      await t.rejects(type(peer, 65020, ...TARGETS, 'exit'), /bmp targets/)
    })
  })
}
