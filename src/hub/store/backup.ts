import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fault, FaultError } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import { syncDirectory, writeDurable } from '../../edge/host/files/durable-file.js'
import { readState } from '../../edge/host/files/state-files.js'
import { openCheckpoint } from './disk/checkpoint.js'
import { readStoredText } from './disk/entry.js'
import { writeFormat } from './disk/format.js'
import { openLevel } from './disk/level.js'
import { Tally, TALLY_KEY } from './disk/tally.js'
import type { Store } from './store.js'

/** The small files that a data directory holds beside its store. The hub makes the last one at its first start. */
const OTHER_FILES = ['vault.key', 'operator-token']

/** The file that marks a data directory as a backup. The first hub that starts on it renames the file. */
const MARK = 'backup.json'
const MARK_USED = 'restored.json'

/** Files of the copy that are open at a time; LevelDB needs some. */
export const COPY_FILES = 64

export interface BackupResult {
  readonly dir: string
  readonly entries: number
  /** Octets of keys and values. */
  readonly octets: number
}

/**
 * Copies the data directory of a running hub to `to`, which must not exist. The copy shows the store at one
 * moment, and the hash of every entry is checked. The directory is called `to` only when it is complete, so a
 * copy that was cut off is never taken for a backup. Rejects with a FaultError.
 */
export async function backUp(
  store: Store,
  dataDir: string,
  to: string,
  at: string,
): Promise<BackupResult> {
  const unfinished = join(dirname(to), `.${basename(to)}.unfinished`)
  try {
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
    const size = await copyStore(store, join(unfinished, 'store'))
    for (const name of OTHER_FILES) await copyPrivate(join(dataDir, name), join(unfinished, name))
    await writeDurable(join(unfinished, MARK), `${JSON.stringify({ at, ...size })}\n`)
    await mkdir(to, { mode: 0o700 })
    await rename(unfinished, to)
    await syncDirectory(dirname(to))
    return { dir: to, ...size }
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined)
    if (error instanceof FaultError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new FaultError(
      fault('STATE_UNWRITABLE', to, `the backup cannot be written: ${reason}`),
      error,
    )
  }
}

async function copyStore(store: Store, to: string) {
  const opened = await openLevel(to, COPY_FILES)
  if (!opened.ok) throw new FaultError(opened.faults[0] ?? fault('STATE_UNWRITABLE', to))
  const level = opened.value
  let entries = 0
  let octets = 0
  let tally: Tally | undefined
  try {
    for await (const page of store.snapshot()) {
      for (const [key, text] of page) {
        const { json, isIntact } = readStoredText(key, text)
        if (!isIntact) throw new FaultError(fault('STATE_DAMAGED', `store ${key}`))
        if (key === TALLY_KEY) tally = Tally.parse(parseJson(json))
        octets += key.length + Buffer.byteLength(text)
      }
      entries += page.length
      await level.batch(
        page.map(([key, value]) => ({ type: 'put', key, value })),
        { sync: true },
      )
    }
  } finally {
    await level.close()
  }
  const checkpoint = await openCheckpoint(`${to}.checkpoint`)
  if (tally !== undefined) await checkpoint.write(tally)
  await checkpoint.close()
  await writeFormat(to)
  return { entries, octets }
}

/** A file that is not there is left out: settings may name the operator's token elsewhere. */
async function copyPrivate(from: string, to: string): Promise<void> {
  const text = await readState(from)
  if (text !== undefined) await writeDurable(to, text)
}

/** When this backup was made; undefined: the directory is no backup, or a hub has run on it since. */
export async function restoredFrom(dataDir: string): Promise<string | null> {
  const text = await readState(join(dataDir, MARK))
  if (text === undefined) return null
  const { at } = (parseJson(text) ?? {}) as { readonly at?: unknown }
  return typeof at === 'string' ? at : 'an unknown time'
}

/** Called once the hub has taken note of the restore. */
export async function forgetRestore(dataDir: string): Promise<void> {
  await rename(join(dataDir, MARK), join(dataDir, MARK_USED))
  await syncDirectory(dataDir)
}
