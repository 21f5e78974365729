import { neighborSubject } from '../model/names.js'
import type { Intent } from '../wire/intent.js'
import { allowedIn } from './allowed.js'
import { linesOf, readingsOf, type ProfiledLine, type Profiles } from './lines.js'
import type { ProfileRule } from './profile.js'
import type { Path } from './subjects/line.js'

/** The most routes that a provider takes in a session, and what it does beyond: the rest of `…, … above 100`. */
export interface ProviderLimit {
  readonly limit: number
  readonly beyond: string
}

const BEYOND = {
  'ends-session': 'the provider ends the session',
  'takes-no-more': 'the provider takes no more routes',
} as const

const FAMILIES = [
  ['ipv4Unicast', 'ipv4-unicast'],
  ['ipv6Unicast', 'ipv6-unicast'],
] as const

/**
 * What the providers of an intent take of each session, by its subject and family. It is the providers' own limit,
 * also where the intent accepts to break the rule or says another limit: the provider does what it does.
 */
export function announceLimits(
  intent: Intent,
  profiles: Profiles,
): (subject: string, family: string) => ProviderLimit | undefined {
  const limits = new Map<string, ProviderLimit>()
  for (const line of linesOf(intent, profiles, new Map())) {
    for (const rule of line.profile.rules) {
      for (const [key, found] of limitsOf(line, rule)) {
        if (found.limit < (limits.get(key)?.limit ?? Infinity)) limits.set(key, found)
      }
    }
  }
  return (subject, family) => limits.get(`${subject} ${family}`)
}

function limitsOf(line: ProfiledLine, rule: ProfileRule): readonly [string, ProviderLimit][] {
  const { beyond } = rule
  const limit = mostOf(rule, line.line.connection.region)
  if (beyond === undefined || limit === null) return []
  return readingsOf(line, rule).flatMap(({ path }) =>
    sessionsAt(line.line.intent, path).map((key): [string, ProviderLimit] => [
      key,
      { limit, beyond: BEYOND[beyond] },
    ]),
  )
}

/** The highest number that the rule takes; null: any. */
function mostOf(rule: ProfileRule, region: string | undefined): number | null {
  const bounds = allowedIn(rule, region).flatMap(({ numbers = [] }) =>
    numbers.map(([, most]) => most),
  )
  const known = bounds.filter((most) => most !== null)
  return known.length === 0 || known.length < bounds.length ? null : Math.max(...known)
}

/** The sessions at a place such as `attachments[0].bgp[1].ipv4Unicast`, or all of the attachment. */
function sessionsAt({ attachments }: Intent, path: Path): readonly string[] {
  const [, place, list, number, member] = path
  const attachment = attachments[Number(place)]
  const isOne = list === 'bgp'
  return (attachment?.bgp ?? []).flatMap((neighbor, i) => {
    if (isOne && number !== i) return []
    const subject = neighborSubject(neighbor.neighborAddress, attachment?.l3?.vrf ?? null)
    return FAMILIES.filter(([key]) => !isOne || key === member).map(
      ([, family]) => `${subject} ${family}`,
    )
  })
}
