import { fault, type Fault } from '../base/fault.js'
import { toSecretDigest, type SecretDigest } from '../model/names.js'
import type { Intent } from '../wire/intent.js'
import type { PushedSecrets } from '../wire/pushed-secrets.js'

/** The secrets an intent names, each once. */
export function secretNames(intent: Intent): readonly string[] {
  const neighbors = intent.attachments.flatMap((attachment) => attachment.bgp ?? [])
  return [...new Set(neighbors.flatMap(({ authPassword }) => authPassword?.secret ?? []))]
}

/** For a look at an intent whose secrets are another's business: every name counts as known. */
export function everySecret(intent: Intent): ReadonlyMap<string, SecretDigest> {
  const stand = toSecretDigest('0'.repeat(32))
  return new Map(stand === undefined ? [] : secretNames(intent).map((name) => [name, stand]))
}

/** What is sent along without need is refused, so that nobody keeps it. */
export function unusedSecrets(intent: Intent, secrets: PushedSecrets): readonly Fault[] {
  const names = new Set(secretNames(intent))
  return Object.keys(secrets)
    .filter((name) => !names.has(name))
    .map((name) => fault('INTENT_VALUE', `secrets.${name}`, 'the intent names no such secret'))
}

/** The passwords an intent needs of those that were pushed with it and before it. */
export function secretsFor(
  intent: Intent,
  pushed: PushedSecrets,
  before: PushedSecrets,
): PushedSecrets {
  return Object.fromEntries(
    secretNames(intent).flatMap((name) => {
      const text = own(pushed, name) ?? own(before, name)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}

/** Names whose password differs from the one that came with the same intent before. */
export function changedSecrets(pushed: PushedSecrets, kept: PushedSecrets): readonly Fault[] {
  const changed = Object.keys(pushed).filter((name) => {
    const before = own(kept, name)
    return before !== undefined && before !== pushed[name]
  })
  const why = 'another password for the same intent: give it a higher generation'
  return changed.map((name) => fault('INTENT_STALE', `secrets.${name}`, why))
}

function own(secrets: PushedSecrets, name: string): string | undefined {
  return Object.hasOwn(secrets, name) ? secrets[name] : undefined
}
