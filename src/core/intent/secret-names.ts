import { fault, type Fault } from '../base/fault.js'
import { toSecretDigest, type SecretDigest } from '../model/names.js'
import type { Intent } from '../wire/intent.js'
import type { PushedSecrets } from '../wire/push.js'

/** The names of all secrets of an intent, each once. */
export function secretNames(intent: Intent): readonly string[] {
  const neighbors = intent.attachments.flatMap((attachment) => attachment.bgp ?? [])
  return [...new Set(neighbors.flatMap(({ authPassword }) => authPassword?.secret ?? []))]
}

/** A stand-in for every secret of the intent, for a check that does not know which the router has. */
export function everySecret(intent: Intent): ReadonlyMap<string, SecretDigest> {
  const digest = toSecretDigest('0'.repeat(32))
  return new Map(digest === undefined ? [] : secretNames(intent).map((name) => [name, digest]))
}

/** A fault for each pushed secret that the intent does not name, so that it is not kept. */
export function unusedSecrets(intent: Intent, secrets: PushedSecrets): readonly Fault[] {
  const names = new Set(secretNames(intent))
  return Object.keys(secrets)
    .filter((name) => !names.has(name))
    .map((name) => fault('INTENT_VALUE', `secrets.${name}`, 'the intent names no such secret'))
}

/** The passwords that an intent needs: those pushed with it, else those pushed before. */
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

/** A fault for each password that differs from the one pushed with the same intent before. */
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
