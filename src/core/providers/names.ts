import { fault, type Fault } from '../base/fault.js'
import { quote } from '../base/quote.js'
import { didYouMean } from '../base/suggest.js'
import type { Intent, IntentAttachment, IntentConnection } from '../wire/intent.js'
import type { Profiles } from './lines.js'
import type { Profile } from './profile.js'

/** A fault for each provider, region, service and accepted rule of an intent that no profile has. */
export function checkProviderNames(intent: Intent, profiles: Profiles): readonly Fault[] {
  const byName = new Map<string, IntentConnection>(
    intent.connections.map((connection) => [connection.name, connection]),
  )
  return [
    ...intent.connections.flatMap((connection, i) =>
      ofConnection(connection, `connections[${i}]`, profiles),
    ),
    ...intent.attachments.flatMap((attachment, i) =>
      ofAttachment(
        attachment,
        `attachments[${i}].service`,
        profiles.get(byName.get(attachment.connection)?.provider ?? ''),
      ),
    ),
  ]
}

function ofConnection(
  connection: IntentConnection,
  at: string,
  profiles: Profiles,
): readonly Fault[] {
  const { provider, service, accept = [] } = connection
  if (provider === undefined) {
    const keys = [
      ...(service === undefined ? [] : ['service']),
      ...(accept.length > 0 ? ['accept'] : []),
    ]
    return keys.map((key) =>
      fault(
        'INTENT_CONFLICT',
        `${at}.${key}`,
        'is about a provider, and the connection names none',
      ),
    )
  }
  const profile = profiles.get(provider)
  if (profile === undefined) {
    return [
      unknown(
        `${at}.provider`,
        provider,
        [...profiles.keys()],
        'no provider has a profile of the name',
      ),
    ]
  }
  const { regions, name } = profile
  const { region } = connection
  return [
    ...(region === undefined || regions === undefined || regions.includes(region)
      ? []
      : [unknown(`${at}.region`, region, regions, `${name} has no region`)]),
    ...serviceOfConnection(connection, at, profile),
    ...accept.flatMap(({ rule }, i) => {
      const ids = profile.rules.map(({ id }) => id)
      if (ids.includes(rule)) return []
      return [unknown(`${at}.accept[${i}].rule`, rule, ids, `the profile of ${name} has no rule`)]
    }),
  ]
}

function serviceOfConnection(
  { service }: IntentConnection,
  at: string,
  { name, serviceOf, services = [] }: Profile,
): readonly Fault[] {
  const place = `${at}.service`
  const ids = services.map(({ id }) => id)
  if (service === undefined) {
    const isMissing = serviceOf === 'connection' && services.every((each) => each.default !== true)
    if (!isMissing) return []
    const message = `is required: a service of ${name}, ${ids.map(quote).join(' or ')}`
    return [fault('INTENT_VALUE', place, message)]
  }
  if (serviceOf === 'connection') {
    return ids.includes(service) ? [] : [unknown(place, service, ids, `${name} has no service`)]
  }
  return [fault('INTENT_VALUE', place, elsewhere(name, serviceOf))]
}

function ofAttachment(
  { service }: IntentAttachment,
  at: string,
  profile: Profile | undefined,
): readonly Fault[] {
  if (service === undefined) return []
  if (profile === undefined) {
    const message = 'is about a provider, and the connection names none that has a profile'
    return [fault('INTENT_CONFLICT', at, message)]
  }
  const { name, serviceOf, services = [] } = profile
  if (serviceOf !== 'attachment') return [fault('INTENT_VALUE', at, elsewhere(name, serviceOf))]
  const ids = services.map(({ id }) => id)
  return ids.includes(service) ? [] : [unknown(at, service, ids, `${name} has no service`)]
}

function elsewhere(name: string, serviceOf: Profile['serviceOf']): string {
  return serviceOf === undefined
    ? `${name} has one service only, which needs no name`
    : `the service of ${name} is said at the ${serviceOf}`
}

/** At most this many names are listed. */
const LISTED = 20

function unknown(at: string, value: string, known: readonly string[], what: string): Fault {
  const list = known.slice(0, LISTED).map(quote).join(', ')
  const message = `${what} ${quote(value)}${didYouMean(value, known)}; there are ${list || 'none'}`
  return fault('INTENT_VALUE', at, message)
}
