import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createProgram } from '../../src/cli/program.js'
import { intent, push } from '../support/agent/engine.js'
import { localAgent } from '../support/agent/local-agent.js'
import { waitFor } from '../support/process/wait.js'

/** What becomes of a program whose output has no reader or no room: every verb, and the hub as a service. */

const DIST = join(process.cwd(), 'dist')

/** Where standard output goes: nowhere (closed by the shell), to a full disk, or to a reader that has left. */
const OUTPUTS = ['closed', 'full', 'left'] as const
type Output = (typeof OUTPUTS)[number]

interface Ended {
  readonly status: number | null
  readonly err: string
}

async function run(output: Output, ...words: readonly string[]): Promise<Ended> {
  const command = [process.execPath, join(DIST, 'demarc.js'), ...words]
  const script =
    output === 'closed' ? 'exec "$@" >&-' : output === 'full' ? 'exec "$@" >/dev/full' : 'exec "$@"'
  const child = spawn('sh', ['-c', script, 'sh', ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, err }
}

const FULL = /^the output cannot be written: ENOSPC[^\n]*\n$/

t.test(
  'the help of every verb ends quietly without a reader, and fails on a full disk',
  async (t) => {
    for (const words of [['--help'], ['--version'], ['watch', '--help']]) {
      const [closed, full, left] = await Promise.all(OUTPUTS.map((output) => run(output, ...words)))
      t.strictSame(closed, { status: 0, err: '' }, `${words.join(' ')} closed`)
      t.strictSame(left, { status: 0, err: '' }, `${words.join(' ')} left`)
      t.match(full, { status: 1, err: FULL }, `${words.join(' ')} full`)
    }
    for (const verb of createProgram(async () => Promise.resolve()).commands) {
      t.strictSame(await run('left', verb.name(), '--help'), { status: 0, err: '' }, verb.name())
    }
  },
)

t.test('a verb without a reader does its work and ends with its own exit status', async (t) => {
  const { socket, dir } = await localAgent(t)
  const file = join(dir, 'intent.json')
  writeFileSync(file, JSON.stringify(intent(1)))
  for (const output of OUTPUTS) {
    t.match(await run(output, '--socket', socket, 'plan', file), { status: 2 }, `plan ${output}`)
    t.match(await run(output, 'validate', join(dir, 'none')), { status: 66 }, `validate ${output}`)
  }
  t.match(await run('left', '--socket', socket, 'apply', file, '--confirm', '60s'), { err: '' })
  t.match(await run('left', '--socket', socket, 'confirm'), { status: 0, err: '' })
  t.match(
    await run('left', '--socket', socket, 'plan', file),
    { status: 0, err: '' },
    'nothing to do',
  )
})

t.test('watch ends when its reader leaves', async (t) => {
  const at = await localAgent(t)
  const watch = [join(DIST, 'demarc.js'), '--socket', at.socket, 'watch']
  const child = spawn(process.execPath, watch, { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const end = once(child, 'close')
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const looked = () => {
    at.look()
    return printed
  }
  await waitFor('it watches', looked, { until: (text) => text !== '', within: 30, every: 200 })
  child.stdout.destroy()
  await at.engine.push(push(intent(1)))
  t.strictSame(await end, [0, null])
})

async function startHub(t: Test, stdout: 'pipe' | number) {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-hub-'))
  const port = 20_000 + (process.pid % 10_000)
  const words = [join(DIST, 'demarc-hub.js'), '--data', dir, '--listen', `127.0.0.1:${port}`]
  const child = spawn(process.execPath, words, { stdio: ['ignore', stdout, 'ignore'] })
  const end = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await end
    rmSync(dir, { recursive: true })
  })
  const health = async (): Promise<number> =>
    fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(5000) })
      .then(({ status }) => status)
      .catch(() => 0)
  const within = { until: (status: number) => status === 200, within: 20, every: 50 }
  await waitFor('the hub answers', health, within)
  return { child, end, health, url: `http://127.0.0.1:${port}` }
}

t.test('a service goes on when nobody reads its log, or the log has no room', async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  for (const [name, stdout] of [
    ['a reader that never reads', 'pipe'],
    ['a full disk', full],
  ] as const) {
    const hub = await startHub(t, stdout)
    // Each refused login is logged; a pipe holds 64 KiB.
    for (let round = 0; round < 15; round++) {
      const headers = { authorization: `Bearer ${'x'.repeat(60)}` }
      await Promise.all(
        Array.from({ length: 40 }, async () =>
          fetch(`${hub.url}/v1/routers`, { headers }).then((answer) => answer.text()),
        ),
      )
    }
    t.equal(await hub.health(), 200, name)
    hub.child.stdout?.destroy()
    await fetch(`${hub.url}/v1/routers`)
    t.equal(await hub.health(), 200, `${name}, and leaves`)
    hub.child.kill('SIGTERM')
    t.strictSame(await hub.end, [0, null], name)
  }
})
