import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { fault, FaultError } from '../../../core/base/fault.js'
import { millis } from '../../../core/base/time.js'

/**
 * The right to write to this router, which one process at a time has for each state directory. The kernel
 * releases the lock when its holder ends in whatever way, so no stale lock can remain. Only a process that
 * may open the directory can take it.
 */
export interface WriterLock {
  readonly release: () => Promise<void>
}

/** Node has no flock(2); this program is part of util-linux, which every Debian has. */
const FLOCK = '/usr/bin/flock'

/** Exit status of flock(1) where another process has the lock. */
const HELD = 1

/** Characters of the program's error output that are kept. */
const OUTPUT_MAX = 1000

/** The program does not wait for the lock, but a file system may hang. */
const TIMEOUT = millis(10_000)

/**
 * Takes the lock; null: another process has it. The directory must exist; it may be read-only. Rejects
 * with a FaultError where it cannot be locked.
 */
export async function takeWriterLock(stateDir: string): Promise<WriterLock | null> {
  // A file descriptor: Node would close a FileHandle that is not referenced any more, and release the lock.
  const directory = openDirectory(stateDir)
  try {
    if (await lock(directory, stateDir)) {
      return { release: async () => closeSync(directory) }
    }
  } catch (error) {
    closeSync(directory)
    throw error
  }
  closeSync(directory)
  return null
}

function openDirectory(stateDir: string): number {
  try {
    return openSync(stateDir, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    const { message } = error as NodeJS.ErrnoException
    const detail = `the state directory cannot be opened: ${message}`
    throw new FaultError(fault('STATE_UNWRITABLE', stateDir, detail), error)
  }
}

/**
 * Runs flock(1) with the directory as its descriptor 3; false: another process has the lock. The lock
 * belongs to the open file description (flock(2)), which both processes share. So it stays when the child
 * has ended, as long as this process has the directory open. Node opens files with O_CLOEXEC, so no other
 * child gets the descriptor.
 */
async function lock(directory: number, stateDir: string): Promise<boolean> {
  const child = startFlock(directory)
  let output = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = `${output}${text}`.slice(0, OUTPUT_MAX)
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(cannotStart(error))).once('close', resolve)
  })
  if (status === 0 || status === HELD) return status === 0
  throw cannotLock(stateDir, output.trim() || (child.signalCode ?? `exit status ${status}`))
}

function startFlock(directory: number): ChildProcess {
  try {
    return spawn(FLOCK, ['--exclusive', '--nonblock', '3'], {
      stdio: ['ignore', 'ignore', 'pipe', directory],
      env: {},
      timeout: TIMEOUT,
    })
  } catch (error) {
    throw cannotStart(error)
  }
}

function cannotStart(error: unknown): FaultError {
  const { code, message } = error as NodeJS.ErrnoException
  return new FaultError(
    code === 'ENOENT'
      ? fault('PLATFORM_UNSUPPORTED', FLOCK, 'there is no such program; install util-linux')
      : fault('KERNEL_UNAVAILABLE', FLOCK, `the program cannot be started: ${message}`),
    error,
  )
}

/** KERNEL_UNAVAILABLE, because the file system may accept a lock later: systemd starts the agent again. */
function cannotLock(stateDir: string, reason: string): FaultError {
  const detail = `the state directory cannot be locked (flock: ${reason}); it must be on a local file system`
  return new FaultError(fault('KERNEL_UNAVAILABLE', stateDir, detail))
}
