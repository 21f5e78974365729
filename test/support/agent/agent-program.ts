/**
 * An agent as a program of its own, on a fake kernel and a fake FRR, for tests with a hub of another version:
 * `node agent.mjs URL TOKEN`. Its router is `r1`. It reports health and every change, takes pushes, and prints one
 * JSON object a line: the states of its link, what it complains of, and how changes end. SIGTERM ends it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startHubLink } from '../../../src/agent/hub/link.js'
import { millis } from '../../../src/core/base/time.js'
import type { Report } from '../../../src/core/report/queue.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { localAgent } from './local-agent.js'
import { healthyDocument } from './router-state.js'

const [url = '', token = ''] = process.argv.slice(2)
const dir = mkdtempSync(join(tmpdir(), 'demarc-agent-'))
const ends: (() => unknown)[] = [() => rmSync(dir, { recursive: true })]
const test = { teardown: (end: () => unknown) => ends.push(end), testdir: () => dir }
const agent = await localAgent(test as Partial<Test> as Test, { clock: systemClock, grace: 200 })

const at = new Date().toISOString()
const event = {
  at,
  kind: 'port',
  name: 'p1',
  code: 'TEST',
  severity: 'ok',
  message: 'a test',
} as const
let reports: readonly Report[] = [
  {
    method: 'report.health',
    params: { sequence: 1, at, kind: 'full', health: healthyDocument(2) },
  },
  { method: 'report.events', params: { sequence: 2, events: [event], dropped: 0 } },
]
const drop = (to: number) => (reports = reports.filter(({ params }) => params.sequence > to))

function print(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

const stop = new AbortController()
const running = () => agent.engine.running()?.ref ?? null
const link = startHubLink({
  settings: { urls: [url], heartbeat: millis(200), silence: millis(2000), backoffCap: millis(500) },
  router: 'r1',
  token: async () => token,
  ca: async () => null,
  hello: () => ({
    router: 'r1',
    agentVersion: '0.1.0',
    protocols: [1],
    bootId: 'boot',
    platform: { os: 'Linux', kernel: '6.1', node: process.version, frr: '10.3' },
    running: running(),
    lastGood: running(),
    capabilities: ['probes'],
    lastSequence: reports.at(-1)?.params.sequence ?? 2,
  }),
  handlers: agent.methods,
  reports: {
    unacknowledged: (after) => drop(after),
    ack: (sequence) => void drop(sequence),
    refuse: (sequence) => {
      print({ refused: sequence })
      drop(sequence)
    },
    wantFull: () => undefined,
  },
  onState: (state) => print({ state }),
  onWarning: (warning) => print({ warning }),
  clock: systemClock,
  random: Math.random,
  signal: stop.signal,
})

let reported = 0
const poll = setInterval(() => {
  for (const progress of agent.seen.slice(reported)) {
    reported += 1
    link.progress(progress)
    print({ phase: progress.phase, running: running() })
  }
}, 20)

process.once('SIGTERM', () => {
  clearInterval(poll)
  stop.abort()
  void link.stopped.then(async () => {
    for (const end of ends.toReversed()) await end()
    process.exit(0)
  })
})
