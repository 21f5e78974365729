import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { millis, seconds } from '../../../src/core/base/time.js'
import type { ProberReading, ProbeTarget } from '../../../src/core/model/probe.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { openProber, type Prober } from '../../../src/edge/probe/prober.js'
import { assessor } from '../../support/agent/monitor.js'
import {
  healthyAttachment,
  healthyNeighbor,
  healthyRouter,
} from '../../support/agent/router-state.js'
import { ip } from '../../support/kernel/real-kernel.js'
import { waitFor } from '../../support/process/wait.js'

const near = `dp${process.pid % 100_000}`
const far = `demarc-probe-${process.pid}`
const skip = process.getuid?.() === 0 ? false : 'needs root, for a network namespace'

const NEIGHBOR = '198.18.9.2'
const HOST = '198.18.9.3'
const LOSSY = '198.18.9.4'
const NOBODY = '198.18.9.99'
const V6 = '2001:db8:79::2'

function target(address: string, over: Partial<ProbeTarget> = {}): ProbeTarget {
  return {
    attachment: 'net-a',
    address,
    kind: address === NEIGHBOR ? 'neighbor' : 'host',
    vrf: null,
    source: null,
    interval: seconds(1),
    fullSize: null,
    ...over,
  }
}

/** A far side that answers, and a prober. */
function opened(t: Test): Prober {
  t.teardown(() => ip([`netns del ${far}`, `link del ${near}`], false))
  ip([
    `netns add ${far}`,
    `link add ${near} type veth peer name far0 netns ${far}`,
    `address add 198.18.9.1/24 dev ${near}`,
    `address add 2001:db8:79::1/64 dev ${near} nodad`,
    `link set ${near} up`,
  ])
  const lines = [
    ...[NEIGHBOR, HOST, LOSSY].map((address) => `address add ${address}/24 dev far0`),
    `address add ${V6}/64 dev far0 nodad`,
    'link set lo up',
    'link set far0 up',
    'route add local 198.18.16.0/20 dev lo',
  ]
  spawnSync('ip', ['-n', far, '-batch', '-'], { input: lines.join('\n') })
  ip([`route add 198.18.16.0/20 via ${NEIGHBOR} dev ${near}`])
  const prober = openProber(systemClock)
  t.teardown(prober.stop)
  return prober
}

/** Rules of the far side for what it receives. */
function inFar(...rules: readonly string[]): void {
  const head = ['table inet t {', 'chain c {', 'type filter hook input priority 0;']
  const table = [...head, ...rules, '}', '}', ''].join('\n')
  const done = spawnSync('ip', ['netns', 'exec', far, 'nft', '-f', '-'], { input: table })
  if (done.status !== 0) throw new Error(done.stderr.toString())
}

/** The processes of fping that this one started. */
function processes(): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)])
  const lines = stdout.toString().split('\n')
  return lines.flatMap((line) =>
    line.endsWith(' fping') ? [Number(line.trim().split(' ')[0])] : [],
  )
}

test(
  'what real fping measures of a far side that answers, drops and loses',
  { skip },
  async (t) => {
    const prober = opened(t)
    const sizes = { fullSize: 1500 }
    const targets = [
      target(NEIGHBOR, sizes),
      target(HOST, { source: '198.18.9.1' }),
      target(LOSSY),
      target(NOBODY),
      target(V6, sizes),
    ]
    let changes = 0
    prober.onChange(() => (changes += 1))
    const of = (address: string) => {
      const found = prober.follow(targets).targets.find((each) => each.target.address === address)
      if (found === undefined) throw new Error(`no ${address}`)
      return found
    }
    const states = () => targets.map(({ address }) => of(address).state)
    const answering = ['answers', 'answers', 'answers', 'never-answered', 'answers']
    await waitFor('the first answers', states, {
      until: (now) => now.join() === answering.join() && of(NEIGHBOR).fullSize?.state === 'answers',
      within: 30,
    })
    t.equal(of(V6).fullSize?.state, 'answers')
    t.ok((of(NEIGHBOR).roundTripTime?.max ?? 0) > 0)
    t.equal(prober.follow(targets).fault, null)

    await t.test('a black hole behind an established session is found', async (t) => {
      const router = assessor()
      const look = () => {
        const probe = { interval: seconds(1), targets: prober.follow(targets.slice(0, 2)).targets }
        const state = healthyRouter({
          attachments: [healthyAttachment({ probe })],
          neighbors: [healthyNeighbor({ bfd: { sessionState: 'up' } })],
        })
        router.at(systemClock.now() / 1000, state)
        return router.of('net-a')?.findings.map(({ code, message }) => `${code} ${message}`) ?? []
      }
      inFar(`ip daddr ${HOST} drop`)
      const began = systemClock.now()
      const found = await waitFor('the finding', look, {
        until: (lines) => lines.length > 0,
        within: 60,
      })
      t.comment(`black hole found after ${Math.round(systemClock.now() - began)} ms`)
      t.match(
        found[0],
        /^TRAFFIC_BLACK_HOLE .*198\.18\.9\.3 for \d+ s, although BGP .* with BFD up/,
      )
      t.ok(changes > 0, 'and a look was asked for')
    })

    await t.test('large packets are dropped, half of others lost', async (t) => {
      inFar(
        `ip daddr ${NEIGHBOR} meta length > 1400 drop`,
        `ip daddr ${LOSSY} numgen random mod 2 == 0 drop`,
      )
      const mtu = () => [of(NEIGHBOR).state, of(NEIGHBOR).fullSize?.state]
      await waitFor('an MTU black hole', mtu, {
        until: (now) => now.join() === 'answers,silent',
        within: 90,
      })
      const { lost } = of(LOSSY).loss60
      t.ok(lost > 0, `${lost} lost`)
    })
  },
)

test('fping that is missing or killed is named, and started again', { skip }, async (t) => {
  const prober = opened(t)
  const targets = [target(NEIGHBOR)]
  const state = () => {
    const { fault, targets: found } = prober.follow(targets)
    return { fault, state: found[0]?.state, at: found[0]?.lastAnswerAt ?? 0 }
  }
  const path = process.env['PATH'] ?? ''
  t.teardown(() => (process.env['PATH'] = path))
  process.env['PATH'] = '/nonexistent'
  const missing = await waitFor('no program', state, {
    until: ({ fault }) => fault !== null,
    within: 20,
  })
  t.equal(missing.fault, 'fping is not installed')
  t.equal(missing.state, 'unknown')
  process.env['PATH'] = path
  const works = (since: number) => ({
    until: (now: ReturnType<typeof state>) => now.fault === null && now.at > since,
    within: 60,
  })
  await waitFor('the program is there', state, works(0))
  for (const pid of processes()) process.kill(pid, 'SIGKILL')
  const killed = await waitFor('its end', state, {
    until: ({ fault }) => fault !== null,
    within: 20,
  })
  t.match(killed.fault, /^fping ended \(SIGKILL\)/)
  await waitFor('another process', state, works(systemClock.now()))
  prober.stop()
  await waitFor('no process is left', processes, {
    until: ({ length }) => length === 0,
    within: 20,
  })
})

/** What stands in the place of fping, and what is then said of it. */
const BAD_PROBERS = [
  ['hangs', 'sleep 1000', /^fping printed nothing for 8 s$/],
  ['floods with lines', 'yes 198.18.9.2', /^fping printed far more than it was asked for$/],
  ['floods without lines', 'cat /dev/zero', /^fping printed far more than it was asked for$/],
] as const

test('fping that hangs or floods is named, and works again', { skip }, async (t) => {
  const prober = opened(t)
  const targets = [target(NEIGHBOR)]
  const reading = () => prober.follow(targets)
  const path = process.env['PATH'] ?? ''
  t.teardown(() => (process.env['PATH'] = path))
  const dir = t.testdir()
  for (const [what, command, says] of BAD_PROBERS) {
    writeFileSync(join(dir, 'fping'), `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 })
    process.env['PATH'] = `${dir}:${path}`
    prober.stop()
    const { fault } = await waitFor(what, reading, { until: isFaulty, within: 30 })
    t.match(fault, says, what)
    t.equal(reading().targets[0]?.state, 'unknown', 'and nothing is made up')
    process.env['PATH'] = path
    const works = { until: (now: ProberReading) => now.targets[0]?.state === 'answers', within: 60 }
    t.equal((await waitFor(`works after ${what}`, reading, works)).fault, null)
  }
})

const isFaulty = ({ fault }: ProberReading): boolean => fault !== null

test('a thousand targets are two processes, and hold up nothing', { skip }, async (t) => {
  const prober = opened(t)
  const targets = Array.from({ length: 1000 }, (_, i) =>
    target(`198.18.${16 + (i >> 8)}.${i & 255}`, { interval: seconds(3), fullSize: 1500 }),
  )
  const count = () =>
    prober.follow(targets).targets.filter(({ state }) => state === 'answers').length
  const before = process.cpuUsage()
  const began = systemClock.now()
  await waitFor('all answer', count, { until: (now) => now >= 990, within: 90, every: 1000 })
  const { user, system } = process.cpuUsage(before)
  const time = systemClock.now() - began
  t.comment(
    `${count()} answer after ${Math.round(time)} ms; ${Math.round((user + system) / 10 / time)} % of a core`,
  )
  t.equal(processes().length, 2)
  const asked = systemClock.now()
  prober.follow(targets)
  t.ok(systemClock.now() - asked < millis(2000), 'a reading is quick')
})
