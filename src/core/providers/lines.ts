import { groupBy } from '../base/group-by.js'
import type { Intent, IntentAttachment } from '../wire/intent.js'
import type { Profile, ProfileRule } from './profile.js'
import type { Line, Reading } from './subjects/line.js'
import { SUBJECTS } from './subjects/subjects.js'

/** The profiles by the names that an intent uses. */
export type Profiles = ReadonlyMap<string, Profile>

/** The lengths of passwords in characters, by the names of their secrets. */
export type PasswordLengths = ReadonlyMap<string, number>

/** A line, and the profile of its provider. */
export interface ProfiledLine {
  readonly line: Line
  readonly profile: Profile
}

/**
 * The connections of an intent whose provider has a profile. A router at the provider's end has none: the rules
 * are what a provider demands of its customers.
 */
export function linesOf(
  intent: Intent,
  profiles: Profiles,
  passwords: PasswordLengths,
): readonly ProfiledLine[] {
  if (intent.router.role !== 'customer') return []
  const attachments = intent.attachments.map((attachment, place) => ({ attachment, place }))
  const byConnection = groupBy(attachments, ({ attachment }) => attachment.connection)
  return intent.connections.flatMap((connection, place) => {
    const profile = profiles.get(connection.provider ?? '')
    if (profile === undefined) return []
    const own = byConnection.get(connection.name) ?? []
    return [{ profile, line: { intent, connection, place, attachments: own, passwords } }]
  })
}

/** The reason why the connection does not keep a rule; undefined: it keeps it. */
export function reasonAgainst({ connection }: Line, rule: ProfileRule): string | undefined {
  return connection.accept?.find((accepted) => accepted.rule === rule.id)?.reason
}

/** What the intent says about the subject of a rule, where the rule holds. */
export function readingsOf({ line, profile }: ProfiledLine, rule: ProfileRule): readonly Reading[] {
  const { services } = rule
  const all = SUBJECTS[rule.subject].read(line)
  if (services === undefined) return all
  return all.filter(({ attachment }) => {
    const named = serviceAt({ line, profile }, attachment)
    return named !== undefined && services.includes(named)
  })
}

/** The service that is said, or that of an intent that says none. */
function serviceAt(
  { line, profile }: ProfiledLine,
  attachment: IntentAttachment | null,
): string | undefined {
  const { serviceOf, services = [] } = profile
  const said = serviceOf === 'connection' ? line.connection.service : attachment?.service
  return said ?? services.find((service) => service.default === true)?.id
}
