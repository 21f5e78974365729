import { access, constants, mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, FaultError, type Fault } from '../../../core/base/fault.js'
import { createSerialQueue, type SerialQueue } from '../../../core/base/serial-queue.js'
import { readBounded } from './bounded-read.js'
import {
  appendDurable,
  removeDurable,
  renameDurable,
  UNFINISHED,
  writeDurable,
} from './durable-file.js'

/** Files of the state directory by name. Methods that fail reject with STATE_UNWRITABLE or STATE_DAMAGED. */
export interface StateFiles {
  /** undefined: there is no such file. */
  readonly read: (name: string) => Promise<string | undefined>
  /** Replaces the file; resolves when it would survive a power cut. Writes of one name keep their order. */
  readonly write: (name: string, text: string) => Promise<void>
  /** Appends to an existing file; after a power cut its last line may be incomplete. */
  readonly append: (name: string, text: string) => Promise<void>
  readonly remove: (name: string) => Promise<void>
  /** Gives a file another name; a file that has the name already is replaced. */
  readonly rename: (name: string, to: string) => Promise<void>
  readonly list: () => Promise<readonly string[]>
  /** Renames a file that cannot be used, replacing one renamed before; resolves with its new name. */
  readonly setAside: (name: string) => Promise<string>
  /** Why files cannot be written, or soon cannot; found without writing. null: they can. */
  readonly trouble: () => Promise<Fault | null>
}

/** Free octets below which the next change journal may not fit. */
const ROOM_MIN = 1024 * 1024

/** Octets. An intent has at most 8 MiB, and no state file is larger than a few of them. */
const STATE_BYTES_MAX = 64 * 1024 * 1024

/** Octets of a settings file or of a file of CA certificates. */
const SETTING_BYTES_MAX = 4 * 1024 * 1024

/**
 * Makes the directory (mode 0700) where there is none, and removes unfinished files that a crash left. The
 * directory may be read-only. Rejects with STATE_UNWRITABLE.
 */
export async function openStateFiles(dir: string): Promise<StateFiles> {
  await prepare(dir)
  const queues = new Map<string, SerialQueue>()

  function inOrder(name: string, write: () => Promise<void>): Promise<void> {
    const queue = queues.get(name) ?? createSerialQueue()
    queues.set(name, queue)
    return queue.run(write)
  }

  return {
    read: (name) => readState(join(dir, name)),
    write: (name, text) => inOrder(name, () => writeDurable(join(dir, name), text)),
    append: (name, text) => inOrder(name, () => appendDurable(join(dir, name), text)),
    remove: (name) => inOrder(name, () => removeDurable(join(dir, name))),
    rename: (name, to) => inOrder(name, () => renameDurable(join(dir, name), join(dir, to))),
    list: () => readdir(dir),
    async setAside(name) {
      const aside = `${name}.damaged`
      await inOrder(name, () => renameDurable(join(dir, name), join(dir, aside)))
      return aside
    },
    trouble: () => troubleOf(dir),
  }
}

async function troubleOf(dir: string): Promise<Fault | null> {
  try {
    await access(dir, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(dir)
    if (bavail * bsize >= ROOM_MIN) return null
    return fault(
      'STATE_UNWRITABLE',
      dir,
      `only ${bavail * bsize} octets are free; at least ${ROOM_MIN} are needed`,
    )
  } catch (error) {
    return fault('STATE_UNWRITABLE', dir, `the directory cannot be written: ${reasonOf(error)}`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Makes the state directory with mode 0700; an existing one may be read-only. Rejects with STATE_UNWRITABLE. */
export async function makeStateDir(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unusable(dir, error)
  }
}

async function prepare(dir: string): Promise<void> {
  await makeStateDir(dir)
  try {
    const names = await readdir(dir)
    const unfinished = names.filter((name) => UNFINISHED.test(name))
    // A file that cannot be removed takes room and does no harm, so it does not stop the agent.
    await Promise.allSettled(unfinished.map((name) => rm(join(dir, name), { force: true })))
  } catch (error) {
    throw unusable(dir, error)
  }
}

function unusable(dir: string, error: unknown): FaultError {
  const detail = `the directory cannot be used: ${reasonOf(error)}`
  return new FaultError(fault('STATE_UNWRITABLE', dir, detail), error)
}

/** The text of a state file; undefined: there is none. Rejects with STATE_DAMAGED. */
export async function readState(path: string): Promise<string | undefined> {
  const reading = await readBounded(path, STATE_BYTES_MAX)
  switch (reading.kind) {
    case 'text':
      return reading.text
    case 'missing':
      return undefined
    case 'too-long':
      throw damaged(path, `the file has more than ${STATE_BYTES_MAX} octets`)
    case 'not-text':
      throw damaged(path, 'the file is not UTF-8 text')
    case 'refused':
      throw damaged(path, `the file cannot be read: ${reading.reason}`)
  }
}

/** The text of a file that the operator wrote: settings, CA certificates. Rejects with CONFIG_UNREADABLE. */
export async function readSetting(path: string): Promise<string> {
  const reading = await readBounded(path, SETTING_BYTES_MAX)
  if (reading.kind === 'text') return reading.text
  const reason = {
    missing: 'there is no such file',
    'too-long': `the file has more than ${SETTING_BYTES_MAX} octets`,
    'not-text': 'the file is not UTF-8 text',
    refused: reading.kind === 'refused' ? `the file cannot be read (${reading.reason})` : '',
  }[reading.kind]
  throw new FaultError(fault('CONFIG_UNREADABLE', path, reason))
}

function damaged(path: string, what: string): FaultError {
  return new FaultError(fault('STATE_DAMAGED', path, what))
}
