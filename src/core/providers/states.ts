import type { ServiceKind, ServiceState } from '../model/health.js'
import type { Profile } from './profile.js'

/** What the provider calls a state of a connection or an attachment; undefined: it has no word for it. */
export function stateName(
  profile: Profile | undefined,
  { kind, state }: { readonly kind: ServiceKind; readonly state: ServiceState },
): string | undefined {
  return profile?.states[kind].find((each) => each.state === state)?.name
}
