import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fault, type Fault } from '../../../core/base/fault.js'
import { refused } from '../../../core/base/result.js'
import { BUILT_IN } from '../../../core/providers/built-in/catalogue.js'
import type { Profiles } from '../../../core/providers/lines.js'
import type { Log } from '../log.js'
import { overlay, type Catalogue, type ProfileFile } from '../../../core/providers/overlay.js'
import { parseProfile } from '../../../core/providers/parse-profile.js'

/** The profiles of providers: the built-in ones, and those in the operator's files. */
export interface ProviderProfiles {
  /** The same object until {@link ProviderProfiles.reread} finds other files. */
  readonly profiles: () => Profiles
  /** Why files cannot be used. What was good before is in use instead. */
  readonly faults: () => readonly Fault[]
  /** Reads the files again. Never rejects. */
  readonly reread: () => Promise<void>
}

/** The directory with the operator's profiles: `providers` beside the settings file. */
export function profileDir(configFile: string): string {
  return join(dirname(configFile), 'providers')
}

/** Says in the log which files with profiles cannot be used. */
export function logProfileFaults({ faults }: ProviderProfiles, log: Pick<Log, 'error'>): void {
  const found = faults()
  if (found.length === 0) return
  log.error(
    { event: 'profile-refused', faults: found },
    'a file with the profile of a provider cannot be used; what was good before stays in use',
  )
}

/** Reads the files `*.json` and `*.toml` of a directory, which need not exist. Never rejects. */
export async function openProfiles(dir: string): Promise<ProviderProfiles> {
  let current: Catalogue = overlay(BUILT_IN, await readFiles(dir), new Map())
  return {
    profiles: () => current.profiles,
    faults: () => current.faults,
    async reread() {
      current = overlay(BUILT_IN, await readFiles(dir), current.files)
    },
  }
}

async function readFiles(dir: string): Promise<readonly ProfileFile[]> {
  try {
    const names = (await readdir(dir)).filter((name) => /\.(json|toml)$/.test(name)).sort()
    return await Promise.all(names.map(async (name) => readProfile(join(dir, name))))
  } catch (error) {
    return isMissing(error) ? [] : [{ file: dir, profile: refused(unreadable(dir, error)) }]
  }
}

async function readProfile(file: string): Promise<ProfileFile> {
  try {
    return { file, profile: parseProfile(await readFile(file, 'utf8'), file) }
  } catch (error) {
    return { file, profile: refused(unreadable(file, error)) }
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

function unreadable(file: string, error: unknown): Fault {
  const { message } = error as NodeJS.ErrnoException
  return fault('PROVIDER_PROFILE', file, `cannot be read: ${message}`)
}
