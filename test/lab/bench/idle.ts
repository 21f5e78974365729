import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { readHave } from '../../../src/agent/router/steps.js'
import { planRouter } from '../../../src/core/router/plan.js'
import { toWant } from '../../../src/core/intent/want.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { openFrr } from '../../../src/edge/frr/frr.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import type { FrrDaemons } from '../peers/frr-daemons.js'
import { startHub, type HubProcess } from '../topology/hub.js'
import type { AgentProcess } from '../topology/programs.js'
import { cpuOf, cpuOfMainThread, cpuOfProcess, cpuOfWaitedFor, memoryOf } from './processes.js'
import { ROUTER, startBenchRouter, type BenchRouter } from './router.js'
import { row } from './row.js'
import { manyAttachments, PORT } from './thousand.js'

/**
 * Measures demarcd when nothing changes: memory without an intent and with a thousand attachments and
 * neighbours, and processor time of an empty plan and of a minute at the default intervals. Prints rows of
 * JSON; `docs/performance.md` explains what is counted and why it is compared with these rivals.
 */

const COUNT = Number(process.argv[2] ?? 1000)
/** `minute` as second argument: only minutes at the default intervals, as many as the third one says. */
const IS_MINUTE = process.argv[3] === 'minute'
const MINUTES = Number(process.argv[4] ?? 1)
/** Seconds to wait before memory is read, and seconds over which processor time is measured. */
const IDLE_TIME = 60
/** Seconds after which the alarms of the neighbours that are not there are over. */
const SETTLED_AFTER = 120
const ROUNDS = 5

/** The rival: a Node process that loads the same packages, keeps the parsed files and does nothing. */
const PLAIN = `
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'
import { pino } from 'pino'
globalThis.kept = [WebSocket, pino(), ...process.argv.slice(1).map((file) => JSON.parse(readFileSync(file, 'utf8')))]
setInterval(() => undefined, 60_000)
process.stdout.write('ready\\n')
`

const dir = mkdtempSync(join(tmpdir(), 'demarc-bench-'))
const hub = await startHub({
  dir: join(dir, 'hub'),
  router: ROUTER,
  address: '127.0.0.1',
  port: 7480,
})
const router = await startBenchRouter(
  dir,
  `urls = ["${hub.agentUrl}"]\ntoken_file = "${hub.tokenFile}"\nca_file = "${hub.caFile}"\n`,
)
try {
  if (IS_MINUTE) await minuteAtRest(router, hub)
  else await measure(router, hub)
} finally {
  await router.close()
  await hub.stop()
}
process.exit()

async function measure({ agent, frr }: BenchRouter, hub: HubProcess): Promise<void> {
  await waitForAgent(hub)
  await sleep(IDLE_TIME * 1000)
  await memoryRows('at rest, no intent', agent, [])
  await pushIntent(hub)
  await sleep(IDLE_TIME * 1000)
  await memoryRows(`${COUNT} attachments and neighbours`, agent, [links(), addresses()])
  await minute(agent)
  await memoryRows(`${COUNT} attachments and neighbours, a minute later`, agent, [])
  // The agent must not use the processor during the next measurement.
  await agent.stop()
  await emptyPlan(frr)
}

async function minuteAtRest({ agent }: BenchRouter, hub: HubProcess): Promise<void> {
  await waitForAgent(hub)
  await pushIntent(hub)
  await sleep(SETTLED_AFTER * 1000)
  for (let count = 0; count < MINUTES; count++) await minute(agent)
}

async function minute(agent: AgentProcess): Promise<void> {
  const pid = pidOf(agent.process)
  const before = { all: cpuOf(pid), process: cpuOfProcess(pid), main: cpuOfMainThread(pid) }
  await sleep(IDLE_TIME * 1000)
  const name = 'demarcd for a minute at its default intervals: processor'
  const ofProcess = cpuOfProcess(pid) - before.process
  const ofMain = cpuOfMainThread(pid) - before.main
  row(name, cpuOf(pid) - before.all, null, 'ms')
  row(`${name}, main thread`, ofMain, null, 'ms')
  row(`${name}, threads of V8 and libuv`, ofProcess - ofMain, null, 'ms')
}

async function waitForAgent(hub: HubProcess): Promise<void> {
  const Router = z.looseObject({ connected: z.boolean() })
  await waitFor('the agent connects', () => hub.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => Router.safeParse(body).data?.connected === true,
    within: 180,
  })
}

async function pushIntent(hub: HubProcess): Promise<void> {
  const History = z.looseObject({ changes: z.array(z.looseObject({ phase: z.string() })) })
  const path = `/v1/routers/${ROUTER}`
  const { status, body } = await hub.api('PUT', `${path}/intent`, manyAttachments(ROUTER, COUNT))
  if (status >= 300) throw new Error(`the hub refused: ${JSON.stringify(body)}`)
  await waitFor('confirmed', () => hub.api('GET', `${path}/history`), {
    until: ({ body }) => History.parse(body).changes.some(({ phase }) => phase === 'confirmed'),
    within: 900,
    every: 1000,
  })
}

/** Prints the memory of demarcd and of a plain Node process that keeps these JSON texts parsed. */
async function memoryRows(
  name: string,
  agent: AgentProcess,
  texts: readonly string[],
): Promise<void> {
  const files = texts.map((text, index) => {
    const file = join(dir, `parsed-${index}.json`)
    writeFileSync(file, text)
    return file
  })
  const rival = spawn(process.execPath, ['--input-type=module', '-e', PLAIN, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => rival.stdout.once('data', resolve))
  const plain = memoryOf(pidOf(rival))
  const ours = memoryOf(pidOf(agent.process))
  rival.kill()
  row(`${name}: resident memory of demarcd`, ours.rss, plain.rss, 'MB')
  row(`${name}: with its child processes`, ours.rss + ours.children, plain.rss, 'MB')
  row(`${name}: peak resident memory`, ours.peak, plain.peak, 'MB')
}

/** Processor time to read everything and plan nothing, against the tools that read the same. */
async function emptyPlan(frr: FrrDaemons): Promise<void> {
  const kernel = await openKernel()
  const edge = openFrr({ runDir: frr.runDir, conceal: never, reveal: () => undefined })
  const intent = parseIntent(manyAttachments(ROUTER, COUNT))
  if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
  const ours: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    const want = toWant(intent.value, { managedPorts: [PORT], secrets: new Map() })
    if (!want.ok) throw new Error(JSON.stringify(want.faults))
    const plan = planRouter(want.value, await readHave({ kernel, frr: edge }))
    const { user, system } = process.cpuUsage(before)
    if (!plan.ok || plan.value.steps.length > 0) throw new Error('the plan is not empty')
    ours.push((user + system) / 1000)
  }
  edge.close()
  kernel.close()
  const rivals = rivalRounds(frr)
  row(`empty plan, first time: processor`, ours[0] ?? Number.NaN, rivals[0] ?? Number.NaN, 'ms')
  row(`empty plan, median of ${ROUNDS}: processor`, median(ours), median(rivals), 'ms')
}

function rivalRounds(frr: FrrDaemons): readonly number[] {
  const file = join(dir, 'wanted.conf')
  const text = frr.vtysh('show running-config')
  writeFileSync(file, text.slice(Math.max(0, text.indexOf('frr version'))))
  writeFileSync(join(dir, 'vtysh.conf'), '')
  return Array.from({ length: 3 }, () => {
    const before = cpuOfWaitedFor()
    links()
    addresses()
    reloadTest(frr, file)
    return cpuOfWaitedFor() - before
  })
}

function links(): string {
  return run('ip', '-d', '-j', 'link', 'show')
}

function addresses(): string {
  return run('ip', '-d', '-j', 'address', 'show')
}

function reloadTest(frr: FrrDaemons, file: string): void {
  const places = ['--vty_socket', frr.runDir, '--confdir', dir, '--rundir', frr.runDir]
  const words = ['/usr/lib/frr/frr-reload.py', '--test', '--daemon', 'bgpd', ...places, file]
  const { status, stdout, stderr } = spawnSync('python3', words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`frr-reload.py: ${status} ${stdout} ${stderr}`)
}

function never(): never {
  throw new Error('there is no secret in this intent')
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process did not start')
  return pid
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
