import { fault, type Fault } from '../base/fault.js'
import { quote } from '../base/quote.js'
import type { Result } from '../base/result.js'
import type { Profiles } from './lines.js'
import type { Profile } from './profile.js'

/** A file of the operator with a profile, as it was read. */
export interface ProfileFile {
  readonly file: string
  readonly profile: Result<Profile>
}

/** The profiles in use. */
export interface Catalogue {
  readonly profiles: Profiles
  /** The last good profile of each file of the operator. */
  readonly files: ReadonlyMap<string, Profile>
  /** Why files cannot be used; what was good before is used instead. */
  readonly faults: readonly Fault[]
}

/**
 * The built-in profiles with those of the operator's files laid over them: a file replaces the built-in profile of
 * its id. A file that cannot be used leaves what it held `before` in use.
 */
export function overlay(
  builtIn: Profiles,
  read: readonly ProfileFile[],
  before: ReadonlyMap<string, Profile>,
): Catalogue {
  const faults: Fault[] = []
  const files = new Map<string, Profile>()
  const owners = new Map<string, string>()
  for (const { file, profile } of read) {
    if (!profile.ok) faults.push(...profile.faults)
    const usable = profile.ok ? profile.value : before.get(file)
    if (usable === undefined) continue
    const owner = owners.get(usable.id)
    if (owner === undefined) {
      owners.set(usable.id, file)
      files.set(file, usable)
    } else {
      const message = `the profile ${quote(usable.id)} is already in ${owner}, which is used`
      faults.push(fault('PROVIDER_PROFILE', file, message))
    }
  }
  const own = [...files.values()].map((profile) => [profile.id, profile] as const)
  return { profiles: new Map([...builtIn, ...own]), files, faults }
}
