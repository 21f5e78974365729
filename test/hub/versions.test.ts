import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { buildSync } from 'esbuild'
import { t, type Test } from 'tap'
import { waitFor } from '../support/process/wait.js'
import { call, hubBench, intent } from './bench.js'

/** Bundles of earlier commits; `scripts/previous-release.mjs` makes them. */
const PREVIOUS_AGENT = resolve('test/fixtures/previous-release/agent.mjs')
const PREVIOUS_HUB = resolve('test/fixtures/previous-release/hub.mjs')
/** `npm run build` makes it. */
const PROGRAM = resolve('dist/demarc-hub.js')
const FIRST_HUB = resolve('test/fixtures/hub-0.1.0/hub.mjs')

const within = { within: 20, every: 50 }

/** A program that prints one JSON object a line. */
interface Program {
  readonly lines: Record<string, unknown>[]
  readonly child: ChildProcess
}

function start(t: Test, args: readonly string[]): Program {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: Record<string, unknown>[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>)
  })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  })
  return { lines, child }
}

/** A hub, whatever its version: where it listens, and its API. */
interface AnyHub {
  readonly port: number
  readonly api: (
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ readonly status: number; readonly body: Record<string, unknown> }>
}

function dataDir(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-hub-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  return dir
}

async function hubProgram(
  t: Test,
  main: string,
  dir = dataDir(t),
): Promise<AnyHub & Pick<Program, 'lines'> & { readonly stop: () => Promise<void> }> {
  const { lines, child } = start(t, [main, '--data', dir, '--listen', '127.0.0.1:0'])
  const listening = () => lines.find(({ event }) => event === 'listening')
  const found = await waitFor('listening', listening, {
    until: (line) => line !== undefined,
    ...within,
  })
  const port = Number(found?.['port'])
  const operator = readFileSync(join(dir, 'operator-token'), 'utf8').trim()
  return {
    port,
    lines,
    api: async (method, path, body) => call(port, operator, method, { path, body }),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function presentHub(t: Test): Promise<AnyHub> {
  const at = await hubBench()
  t.teardown(at.close)
  return { port: at.port(), api: at.api }
}

function presentAgent(): string {
  const outfile = resolve('.cache/versions/agent.mjs')
  buildSync({
    entryPoints: ['test/support/agent/agent-program.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: ['classic-level', 'netlink', 'node-ssh'],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  })
  return outfile
}

async function startAgent(t: Test, hub: AnyHub, main: string): Promise<Program> {
  const made = await hub.api('POST', '/v1/routers', { id: 'r1' })
  return start(t, [main, `ws://127.0.0.1:${hub.port}/agent`, String(made.body['token'])])
}

const PHASES_OF_A_CHANGE = ['planned', 'applying', 'provisional', 'confirmed'] as const

/** What agent and hub of two versions must do together: reports, a push, a change to its end. */
async function worksTogether(t: Test, hub: AnyHub, agent: Program): Promise<void> {
  const router = async () => (await hub.api('GET', '/v1/routers/r1')).body
  await waitFor('connected', router, { until: ({ connected }) => connected === true, ...within })
  await waitFor('reports', async () => (await hub.api('GET', '/v1/routers/r1/events')).body, {
    until: ({ events }) => (events as unknown[]).length === 1,
    ...within,
  })
  t.match(await hub.api('GET', '/v1/routers/r1/health'), {
    body: { current: true, health: { router: { cpus: 2 }, ports: { p1: { severity: 'ok' } } } },
  })
  t.match(await hub.api('PUT', '/v1/routers/r1/intent', intent(1, 'r1')), {
    status: 200,
    body: { delivery: 'accepted' },
  })
  const ended = async () => {
    const { body } = await hub.api('GET', '/v1/routers/r1/history')
    return (body['changes'] as { readonly phase: string }[]).map(({ phase }) => phase)
  }
  const phases = await waitFor('the change ends', ended, {
    until: (seen) => seen.includes('confirmed'),
    ...within,
  })
  t.strictSame(phases, PHASES_OF_A_CHANGE)
  t.match(await router(), { running: { generation: 1 }, lastGood: { generation: 1 } })
  t.strictSame(
    agent.lines.filter(({ warning, refused }) => warning !== undefined || refused !== undefined),
    [],
    'the agent complains of nothing',
  )
}

t.test('the agent of the previous version works with this hub', async (t) => {
  const hub = await presentHub(t)
  await worksTogether(t, hub, await startAgent(t, hub, PREVIOUS_AGENT))
})

t.test('this agent works with the hub of the previous version', async (t) => {
  const hub = await hubProgram(t, PREVIOUS_HUB)
  await worksTogether(t, hub, await startAgent(t, hub, presentAgent()))
})

t.test('this agent works with the hub of 0.1.0, which has other words for a change', async (t) => {
  const hub = await hubProgram(t, FIRST_HUB)
  await worksTogether(t, hub, await startAgent(t, hub, presentAgent()))
})

t.test('this agent and this hub work together as the same test sees it', async (t) => {
  const hub = await presentHub(t)
  await worksTogether(t, hub, await startAgent(t, hub, presentAgent()))
})

async function hasIntents(hub: AnyHub, last: number): Promise<readonly unknown[]> {
  const asked = Array.from({ length: last }, (_, i) => i + 1)
  const answers = asked.map((each) => hub.api('GET', `/v1/routers/r1/intent?generation=${each}`))
  return (await Promise.all(answers)).map(({ body }) => body['generation'])
}

t.test(
  'a hub opens the data of the version before; a downgrade without a backup loses nothing',
  async (t) => {
    const dir = dataDir(t)
    const old = await hubProgram(t, PREVIOUS_HUB, dir)
    await old.api('POST', '/v1/routers', { id: 'r1' })
    t.match(await old.api('PUT', '/v1/routers/r1/intent', intent(1, 'r1')), { status: 202 })
    await old.stop()
    const now = await hubProgram(t, PROGRAM, dir)
    t.strictSame(await hasIntents(now, 1), [1])
    t.match(await now.api('PUT', '/v1/routers/r1/intent', intent(2, 'r1')), { status: 202 })
    await now.stop()
    // Its store has no hashes yet, and it cannot read one that has.
    const back = spawn(process.execPath, [PREVIOUS_HUB, '--data', dir, '--listen', '127.0.0.1:0'], {
      stdio: 'ignore',
    })
    t.not((await once(back, 'exit'))[0], 0)
    const again = await hubProgram(t, PROGRAM, dir)
    t.strictSame(await hasIntents(again, 2), [1, 2])
    t.notMatch(JSON.stringify(again.lines), /damage/)
    await again.stop()
  },
)
