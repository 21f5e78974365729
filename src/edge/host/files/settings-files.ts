import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, FaultError } from '../../../core/base/fault.js'
import { quote } from '../../../core/base/quote.js'
import type { TomlFile } from '../../../core/toml/layers.js'
import { readSetting } from './state-files.js'

/** The files with drop-in settings: at most this many, and octets of all of them together. */
const DROP_INS_MAX = 64
const DROP_IN_BYTES_MAX = 4 * 1024 * 1024

/** ASCII, so that the order of code units is the order of octets; without a leading dot, as editors name their own files. */
const DROP_IN_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*\.toml$/

/** The text of a settings file, and what is laid over it, in this order. */
export interface SettingsFiles {
  readonly text: string
  readonly dropIns: readonly TomlFile[]
}

/** The directory of the drop-ins of a settings file. */
export function dropInDir(config: string): string {
  return `${config}.d`
}

/** Reads a settings file and its drop-ins. Rejects with CONFIG_UNREADABLE. */
export async function readSettingsFiles(config: string): Promise<SettingsFiles> {
  const text = await readSetting(config)
  const dir = dropInDir(config)
  const names = dropInNames(dir, await namesIn(dir))
  const dropIns: TomlFile[] = []
  let left = DROP_IN_BYTES_MAX
  for (const name of names) {
    const file = join(dir, name)
    const dropIn = { file, text: await readSetting(file) }
    left -= Buffer.byteLength(dropIn.text)
    if (left < 0) {
      throw unusable(dir, `its files have together more than ${DROP_IN_BYTES_MAX} octets`)
    }
    dropIns.push(dropIn)
  }
  return { text, dropIns }
}

/**
 * Those names in a directory that are drop-ins, in the order in which they are read. Throws CONFIG_UNREADABLE
 * where there are too many, and where a name has other characters, because its file would be left out unnoticed.
 */
export function dropInNames(dir: string, names: readonly string[]): readonly string[] {
  const found = names.filter((name) => name.endsWith('.toml') && !name.startsWith('.'))
  const odd = found.find((name) => !DROP_IN_NAME.test(name))
  if (odd !== undefined) {
    const allowed = 'may have only letters, digits, ".", "_" and "-"'
    throw unusable(dir, `the name of a drop-in ${allowed}; one is ${quote(odd)}`)
  }
  if (found.length > DROP_INS_MAX) {
    throw unusable(dir, `has ${found.length} drop-ins; at most ${DROP_INS_MAX} are read`)
  }
  return found.sort()
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    throw unusable(dir, `the directory cannot be read (${code ?? String(error)})`)
  }
}

function unusable(dir: string, why: string): FaultError {
  return new FaultError(fault('CONFIG_UNREADABLE', dir, why))
}
