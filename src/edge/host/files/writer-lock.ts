import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { fault, FaultError } from '../../../core/base/fault.js'

/**
 * Who may write to this router: one process at a time for each state directory. The kernel lets go
 * of the lock when its holder dies, however it dies, so that no stale file can block anybody. Only
 * who may open the directory can take it.
 */
export interface WriterLock {
  readonly release: () => Promise<void>
}

/** Node has no flock(2); util-linux, which brings this program, is on every Debian. */
const FLOCK = '/usr/bin/flock'

/** Its exit status where another process has the lock, flock(1). */
const HELD = 1

/** Octets of what it says that are kept. */
const SAID_MAX = 1000

/** ms; it does not wait for the lock, but a file system may hang. */
const TIMEOUT = 10_000

/** null: another process has it. The directory must be there; it may be read-only. */
export async function takeWriterLock(stateDir: string): Promise<WriterLock | null> {
  // A number: a FileHandle that nobody refers to is closed, and the lock would go with it.
  const directory = opened(stateDir)
  try {
    const taken = await locked(directory, stateDir)
    if (taken) return { release: async () => closeSync(directory) }
  } catch (error) {
    closeSync(directory)
    throw error
  }
  closeSync(directory)
  return null
}

function opened(stateDir: string): number {
  try {
    return openSync(stateDir, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    const { message } = error as NodeJS.ErrnoException
    throw new FaultError(fault('STATE_UNWRITABLE', stateDir, `cannot be opened: ${message}`), error)
  }
}

/**
 * The lock belongs to the open directory (open file description, flock(2)), which the child shares: it
 * stays when the child is gone, for as long as this process has the directory open. No other child
 * gets it, as Node opens with O_CLOEXEC.
 */
async function locked(directory: number, stateDir: string): Promise<boolean> {
  const child = started(directory)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(0, SAID_MAX)
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(unstarted(error))).once('close', resolve)
  })
  if (status === 0 || status === HELD) return status === 0
  throw unlocked(stateDir, said.trim() || (child.signalCode ?? `exit status ${status}`))
}

function started(directory: number): ChildProcess {
  try {
    return spawn(FLOCK, ['--exclusive', '--nonblock', '3'], {
      stdio: ['ignore', 'ignore', 'pipe', directory],
      env: {},
      timeout: TIMEOUT,
    })
  } catch (error) {
    throw unstarted(error)
  }
}

function unstarted(error: unknown): FaultError {
  const { code, message } = error as NodeJS.ErrnoException
  return new FaultError(
    code === 'ENOENT'
      ? fault('PLATFORM_UNSUPPORTED', FLOCK, 'is not there; install the package util-linux')
      : fault('KERNEL_UNAVAILABLE', FLOCK, `cannot be started: ${message}`),
    error,
  )
}

/** Tried again by systemd: what keeps a file system from locking may pass. */
function unlocked(stateDir: string, why: string): FaultError {
  const text = `cannot be locked (flock: ${why}); it must be on a file system of this machine`
  return new FaultError(fault('KERNEL_UNAVAILABLE', stateDir, text))
}
