import type { Fault } from '../../core/base/fault.js'
import type { ProviderRemarks } from '../../core/model/state.js'
import { changedRules } from '../../core/providers/changed.js'
import { withNamesOf } from '../../core/intent/survey/port-names.js'
import type { Profiles } from '../../core/providers/lines.js'
import type { Intent } from '../../core/wire/intent.js'

/** An intent in force; `effective` is absent where the profiles filled in nothing. */
interface Running {
  readonly intent: Intent
  readonly effective?: Intent
}

/** The profiles in use, and why files with profiles cannot be used. */
interface ProfilesInUse {
  readonly profiles: () => Profiles
  readonly faults: () => readonly Fault[]
}

/** What the profiles say against the intent in force. It is computed anew only when one of both is another one. */
export function createProviderRemarks({
  profiles,
  faults,
}: ProfilesInUse): (running: Running | null) => ProviderRemarks {
  let last: { readonly running: Running | null; readonly profiles: Profiles } | null = null
  let changed: readonly Fault[] = []
  return (running) => {
    const now = profiles()
    if (last === null || last.running !== running || last.profiles !== now) {
      last = { running, profiles: now }
      changed = running === null ? [] : changedRules(comparable(running), now)
    }
    return { changed, broken: faults() }
  }
}

/** Both with the same names of ports: an alternative name of a link is none of the profile's business. */
function comparable({ intent, effective = intent }: Running) {
  return { intent: effective === intent ? intent : withNamesOf(intent, effective), effective }
}
