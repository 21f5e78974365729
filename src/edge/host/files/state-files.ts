import { access, constants, mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, FaultError, type Fault } from '../../../core/base/fault.js'
import { readBounded } from './bounded-read.js'
import {
  appendDurable,
  removeDurable,
  renameDurable,
  UNFINISHED,
  writeDurable,
} from './durable-file.js'

/** Files of the state directory by name; each is replaced whole and durably. */
export interface StateFiles {
  readonly read: (name: string) => Promise<string | undefined>
  /** Resolves when the text would survive a power cut; writes of one name keep their order. */
  readonly write: (name: string, text: string) => Promise<void>
  /** Adds to the end of a file that is there; a power cut may leave the last line unfinished. */
  readonly append: (name: string, text: string) => Promise<void>
  readonly remove: (name: string) => Promise<void>
  /** Gives a file another name; a file that has the name already is replaced. */
  readonly rename: (name: string, to: string) => Promise<void>
  readonly list: () => Promise<readonly string[]>
  /** Keeps what cannot be used under another name, in the place of what was there; gives the name. */
  readonly setAside: (name: string) => Promise<string>
  /** Why nothing, or soon nothing, can be written, found without writing; null: it can. */
  readonly trouble: () => Promise<Fault | null>
}

/** Octets; below this the next journal may not find room. */
const ROOM_MIN = 1024 * 1024

/** Octets. An intent has at most 8 MiB; nothing the agent keeps is larger than a few of them. */
const STATE_BYTES_MAX = 64 * 1024 * 1024

/** Octets of a TOML file or a bundle of CA certificates. */
const SETTING_BYTES_MAX = 4 * 1024 * 1024

/** Makes the directory (0700) and clears what a crash left unfinished, where it can be written. */
export async function openStateFiles(dir: string): Promise<StateFiles> {
  await prepare(dir)
  const queues = new Map<string, Promise<void>>()

  function inOrder(name: string, deed: () => Promise<void>): Promise<void> {
    const before = queues.get(name) ?? Promise.resolve()
    const done = before.then(deed)
    // The queue goes on after a failure; the caller of the failed write hears of it.
    const settled = done.catch(() => undefined)
    queues.set(name, settled)
    return done
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
    return fault('STATE_UNWRITABLE', dir, `only ${bavail * bsize} octets are free there`)
  } catch (error) {
    return fault('STATE_UNWRITABLE', dir, `cannot be written: ${reasonOf(error)}`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A directory that is there already may be read-only. */
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
    // What is left over takes room and does no harm: it keeps no agent from its work.
    await Promise.allSettled(unfinished.map((name) => rm(join(dir, name), { force: true })))
  } catch (error) {
    throw unusable(dir, error)
  }
}

function unusable(dir: string, error: unknown): FaultError {
  return new FaultError(fault('STATE_UNWRITABLE', dir, `cannot be used: ${reasonOf(error)}`), error)
}

/** The file's text, or undefined where there is none. */
export async function readState(path: string): Promise<string | undefined> {
  const reading = await readBounded(path, STATE_BYTES_MAX)
  switch (reading.kind) {
    case 'text':
      return reading.text
    case 'missing':
      return undefined
    case 'too-long':
      throw damaged(path, `is larger than ${STATE_BYTES_MAX} octets`)
    case 'not-text':
      throw damaged(path, 'is not UTF-8 text')
    case 'refused':
      throw damaged(path, `cannot be read: ${reading.reason}`)
  }
}

/** Text of a file the operator wrote: settings, CA certificates. */
export async function readSetting(path: string): Promise<string> {
  const reading = await readBounded(path, SETTING_BYTES_MAX)
  if (reading.kind === 'text') return reading.text
  const reason = {
    missing: 'there is no such file',
    'too-long': `it is larger than ${SETTING_BYTES_MAX} octets`,
    'not-text': 'it is not UTF-8 text',
    refused: reading.kind === 'refused' ? `it cannot be read (${reading.reason})` : '',
  }[reading.kind]
  throw new FaultError(fault('CONFIG_UNREADABLE', path, reason))
}

function damaged(path: string, what: string): FaultError {
  return new FaultError(fault('STATE_DAMAGED', path, what))
}
