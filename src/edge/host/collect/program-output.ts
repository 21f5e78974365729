import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { wholeLines, type Collected, type Extent } from './collected.js'

/** Octets of standard error that may become a reason. */
const STDERR_MAX = 2000

/** What a program prints. It is killed when `stop` aborts, and when it has printed all that is kept. Never rejects. */
export async function programOutput(
  [program = '', ...words]: readonly string[],
  extent: Extent,
  stop: AbortSignal,
): Promise<Collected> {
  if (stop.aborted) return { kind: 'missing', reason: 'there was no time left' }
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that what it starts ends with it.
    detached: true,
    env: { PATH: PATH_OF_ROOT, LC_ALL: 'C.UTF-8' },
  })
  const kill = (): void => killGroup(child.pid)
  stop.addEventListener('abort', kill)
  try {
    const [out, err, end] = await Promise.all([
      readEnd(child.stdout, extent, kill),
      readEnd(child.stderr, { most: STDERR_MAX, keep: 'tail' }, () => undefined),
      ended(once(child, 'close') as Promise<[number | null, string | null]>),
    ])
    const isCut = out.cut && extent.keep === 'head'
    if (stop.aborted && !isCut) return { kind: 'missing', reason: `${program} did not end in time` }
    if (end.reason !== null) return { kind: 'missing', reason: `${program}: ${end.reason}` }
    // Programs such as "systemctl status" have words on their output also where their status is not 0.
    if (end.status !== 0 && out.octets.length === 0) {
      const last = err.octets.toString('utf8').trim().split('\n').at(-1) ?? ''
      return { kind: 'missing', reason: `${program} ended with status ${end.status}: ${last}` }
    }
    return wholeLines(out.octets, out.cut, extent.keep)
  } finally {
    stop.removeEventListener('abort', kill)
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** An operator without root has no sbin in PATH. */
const PATH_OF_ROOT = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not installed',
  EACCES: 'this user may not run it',
}

async function ended(
  close: Promise<[number | null, string | null]>,
): Promise<{ readonly status: number | null; readonly reason: string | null }> {
  try {
    const [status] = await close
    return { status, reason: null }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return { status: null, reason: REASONS[code] ?? message }
  }
}

/** Keeps the first or the last octets of a stream; `full` is called when no more of it is needed. */
async function readEnd(
  stream: Readable,
  { most, keep }: Extent,
  full: () => void,
): Promise<{ readonly octets: Buffer; readonly cut: boolean }> {
  let kept: Buffer[] = []
  let length = 0
  let cut = false
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (cut && keep === 'head') continue
    kept.push(chunk)
    length += chunk.length
    if (length <= most) continue
    cut = true
    if (keep === 'head') full()
    // Joined only when twice as much is there, so that each octet is copied about once.
    else if (length > 2 * most) {
      kept = [Buffer.concat(kept).subarray(-most)]
      length = most
    }
  }
  const all = Buffer.concat(kept)
  return { octets: keep === 'head' ? all.subarray(0, most) : all.subarray(-most), cut }
}
