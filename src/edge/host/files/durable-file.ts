import { randomUUID } from 'node:crypto'
import { constants, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fault, FaultError } from '../../../core/base/fault.js'

/** Unfinished files are `.NAME.UUID.tmp`; a crash may leave one behind. */
export const UNFINISHED = /^\..*\.[0-9a-f-]{36}\.tmp$/

/**
 * Replaces a file whole, and only resolves when it would survive a power cut: written beside it,
 * synced, renamed over it, directory synced. Readers see the old or the new text, never half.
 */
export async function writeDurable(
  path: string,
  data: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await filled(unfinished, data, mode)
    await rename(unfinished, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw unwritable(path, error)
  }
}

/** Adds to the end of an existing file, and only resolves when it would survive a power cut. */
export async function appendDurable(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW)
    try {
      await file.writeFile(text)
      await file.datasync()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** Removes a file and syncs its directory; a file that is not there is fine. */
export async function removeDurable(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
    await syncDirectory(dirname(path))
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** Gives a file another name in its directory, in the place of what had it. */
export async function renameDurable(path: string, to: string): Promise<void> {
  try {
    await rename(path, to)
    await syncDirectory(dirname(path))
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** `wx` refuses a symbolic link that somebody planted under the name. */
async function filled(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    // The umask may have taken bits away.
    await file.chmod(mode)
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function unwritable(path: string, error: unknown): FaultError {
  const reason = error instanceof Error ? error.message : String(error)
  return new FaultError(fault('STATE_UNWRITABLE', path, `cannot be written: ${reason}`), error)
}
