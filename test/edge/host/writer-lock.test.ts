import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { takeWriterLock } from '../../../src/edge/host/files/writer-lock.js'

/** `npm run build` makes it. */
const DAEMON = join(process.cwd(), 'dist/demarcd.js')

/** A router of its own, so that the agent finds nothing of this machine's. */
const ALONE = ['--user', '--map-root-user', '--net', '--mount', 'sh', '-c']

function settings(dir: string): string {
  const file = join(dir, 'demarc.toml')
  const state = `dir = "${join(dir, 'state')}"\nsocket = "${join(dir, 'sock')}"`
  writeFileSync(file, `[agent]\nid = "r1"\n[ports]\nmanage = ["p*"]\n[state]\n${state}\n`)
  return file
}

/** Short: a socket's path has a limit. */
function folder(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'lock-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  return dir
}

/** The agent, once it has logged that it has started; the shell command `first` runs before it. */
async function agent(t: Test, dir: string, first = 'true'): Promise<ChildProcess> {
  const command = `${first} && exec "$0" "$@"`
  const words = [process.execPath, DAEMON, '--config', settings(dir)]
  const child = spawn('unshare', [...ALONE, command, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) if (line.includes('"started"')) return child
  throw new Error('it never started')
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

t.test('one process at a time has the lock of a state directory, until it lets go', async (t) => {
  const dir = t.testdir({ one: {}, other: {} })
  const lock = await takeWriterLock(join(dir, 'one'))
  t.ok(lock)
  t.equal(await takeWriterLock(join(dir, 'one')), null)
  const other = await takeWriterLock(join(dir, 'other'))
  t.ok(other, 'another directory has another lock')
  await lock?.release()
  const again = await takeWriterLock(join(dir, 'one'))
  t.ok(again)
  await Promise.all([again?.release(), other?.release()])
})

t.test('an agent that is killed lets go at once, and no child of its own holds on', async (t) => {
  const dir = folder(t)
  const state = join(dir, 'state')
  const running = await agent(t, dir)
  t.equal(await takeWriterLock(state), null, 'it has the lock of the directory that it made')
  t.strictSame(holders(running.pid, state), [running.pid])
  await end(running)
  const lock = await takeWriterLock(state)
  t.ok(lock)
  await lock?.release()
})

/** The process and its children, as far as they have the path open. */
function holders(pid: number | undefined, path: string): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  return [pid ?? 0, ...children.map(Number)].filter((process) =>
    readdirSync(`/proc/${process}/fd`).some((fd) => linkOf(`/proc/${process}/fd/${fd}`) === path),
  )
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

t.test('a state directory that takes no writes is locked as well', async (t) => {
  const dir = folder(t)
  await end(await agent(t, dir))
  const state = join(dir, 'state')
  const frozen = `mount --bind ${state} ${state} && mount -o remount,bind,ro ${state}`
  const running = await agent(t, dir, `${frozen} && ! touch ${state}/x 2>/dev/null`)
  t.equal(await takeWriterLock(state), null)
  await end(running)
})

t.test('a path that cannot be locked is named in the fault', async (t) => {
  const dir = t.testdir({ file: '' })
  for (const name of ['none', 'file']) {
    const error: unknown = await takeWriterLock(join(dir, name)).catch((thrown: unknown) => thrown)
    t.match(error, { fault: { code: 'STATE_UNWRITABLE', at: join(dir, name) } })
  }
})
