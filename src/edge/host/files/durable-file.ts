import { randomUUID } from 'node:crypto'
import { constants, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fault, FaultError } from '../../../core/base/fault.js'

/** Name of an unfinished file, `.NAME.UUID.tmp`; a crash may leave one. */
export const UNFINISHED = /^\..*\.[0-9a-f-]{36}\.tmp$/

/**
 * Replaces a file and resolves when the new one would survive a power cut: it is written under another
 * name, synced, renamed, and the directory is synced. A reader sees the old or the new text, never a part.
 * Rejects with STATE_UNWRITABLE.
 */
export async function writeDurable(
  path: string,
  data: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await writeNew(unfinished, data, mode)
    await rename(unfinished, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw unwritable(path, error)
  }
}

/** Each write returns when it would survive a power cut (open(2)), which saves a call of its own to sync. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_DSYNC | constants.O_NOFOLLOW

/**
 * Appends to an existing file; resolves when that would survive a power cut, and does not wait until the file is closed: the hub's
 * first word of a cut fibre waits for this. Rejects with STATE_UNWRITABLE.
 */
export async function appendDurable(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, APPEND)
    const closed = (): Promise<void> => file.close().catch(() => undefined)
    await file.writeFile(text).finally(() => void closed())
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** Removes a file, if there is one, and syncs its directory. Rejects with STATE_UNWRITABLE. */
export async function removeDurable(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
    await syncDirectory(dirname(path))
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** Renames a file within its directory, replacing one of that name. Rejects with STATE_UNWRITABLE. */
export async function renameDurable(path: string, to: string): Promise<void> {
  try {
    await rename(path, to)
    await syncDirectory(dirname(path))
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** `wx` refuses to write through a symbolic link that somebody placed under the name. */
async function writeNew(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    // The umask may have removed bits of the mode.
    await file.chmod(mode)
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function unwritable(path: string, error: unknown): FaultError {
  const reason = error instanceof Error ? error.message : String(error)
  return new FaultError(
    fault('STATE_UNWRITABLE', path, `the file cannot be written: ${reason}`),
    error,
  )
}
