import { fault, type Fault } from '../../core/base/fault.js'
import { refused, type Result } from '../../core/base/result.js'
import { parseSecret } from '../../core/config/secret.js'
import type { AgentSettings } from '../../core/config/settings.js'
import { changedSecrets, secretsFor, unusedSecrets } from '../../core/intent/secret-names.js'
import type { Intent } from '../../core/wire/intent.js'
import type { PushedSecrets } from '../../core/wire/push.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import { readOwnSecret } from '../../edge/host/secrets/secrets.js'
import type { Vault } from '../../edge/host/secrets/vault.js'
import { openPushedSecrets, type PushedSecretStore, type SecretLayers } from './pushed-secrets.js'
import { createSecretLookup, type SecretLookup, type SecretSources } from './secret-lookup.js'

/** The part of a push that concerns passwords. */
export interface PushedWith {
  readonly intent: Intent
  readonly secrets: PushedSecrets | undefined
  readonly dryRun: boolean
}

/** Passwords by name: this router's own, and those that came with a push. Calls must not overlap. */
export interface SecretStore extends Pick<SecretLookup, 'named' | 'own'> {
  /**
   * Runs the task of a push with its passwords at hand. They are stored where the push is accepted; those
   * of a dry run are never written.
   */
  readonly during: <T>(push: PushedWith, task: () => Promise<Result<T>>) => Promise<Result<T>>
  /** Removes the pushed passwords of intents that are not needed any more. */
  readonly tidy: () => Promise<void>
}

export interface SecretStoreOptions {
  readonly settings: AgentSettings['secrets']
  readonly world: { readonly files: StateFiles; readonly vault: Vault; readonly log: Log }
  /** Generations of the intents that may have to be put in force. */
  readonly needed: () => readonly number[]
  readonly env?: NodeJS.ProcessEnv
}

const NONE: PushedSecrets = {}

export async function openSecretStore(options: SecretStoreOptions): Promise<SecretStore> {
  const { settings, world, needed, env = process.env } = options
  const pushed = await openPushedSecrets(world.files, world.vault, world.log)
  let ofDryRun: SecretLayers = {}
  const sources: SecretSources = {
    own: (name) => readOwnSecret({ name, env, ...settings }),
    pushed: (generation) => ofDryRun[generation] ?? pushed.layers()[generation] ?? NONE,
    conceal: world.vault.conceal,
  }
  const lookup = createSecretLookup(sources, world.log)

  async function tidy(): Promise<void> {
    const generations = new Set(needed().map(String))
    const layers = Object.entries(pushed.layers())
    const left = layers.filter(([generation]) => generations.has(generation))
    if (left.length < layers.length) await pushed.write(Object.fromEntries(left))
  }

  async function inDryRun<T>(layers: SecretLayers, task: () => Promise<Result<T>>) {
    ofDryRun = layers
    try {
      return await task()
    } finally {
      ofDryRun = {}
    }
  }

  return {
    named: lookup.named,
    own: lookup.own,
    tidy,
    async during(push, task) {
      lookup.clearFaults()
      const { intent, secrets = NONE } = push
      const isEmpty = [secrets, pushed.layers()].every((all) => Object.keys(all).length === 0)
      if (isEmpty) return withReasons(await task(), lookup)
      await tidy()
      const ofGeneration = pushed.layers()[intent.generation] ?? NONE
      const faults = await refusals(intent, secrets, ofGeneration, sources)
      if (faults.length > 0) return refused(...faults)
      const layers = layersFor(intent, secrets, [...needed(), intent.generation], sources)
      const result = await (push.dryRun
        ? inDryRun(layers, task)
        : storedIfAccepted(pushed, layers, task))
      return withReasons(result, lookup)
    },
  }
}

/** Why these passwords cannot come with this intent; `stored` came with its generation before. */
async function refusals(
  intent: Intent,
  secrets: PushedSecrets,
  stored: PushedSecrets,
  { own }: SecretSources,
): Promise<readonly Fault[]> {
  const unused = unusedSecrets(intent, secrets)
  if (unused.length > 0) return unused
  const changed = changedSecrets(secrets, stored)
  return changed.length > 0 ? changed : contradictions(secrets, own)
}

/** A push cannot replace a password that the router has of its own. */
async function contradictions(
  secrets: PushedSecrets,
  own: SecretSources['own'],
): Promise<readonly Fault[]> {
  const faults = Object.entries(secrets).map(async ([name, text]) => {
    const found = await own(name)
    if (found.kind !== 'text') return []
    const parsed = parseSecret(found.text, found.from)
    if (parsed.ok && parsed.value === text) return []
    const why = `the router has another of its own (${found.from}): leave it out of the push`
    return [fault('INTENT_CONFLICT', `secrets.${name}`, why)]
  })
  return (await Promise.all(faults)).flat()
}

/** The passwords that the intent needs, from its push and from the pushes of these generations. */
function layersFor(
  intent: Intent,
  secrets: PushedSecrets,
  generations: readonly number[],
  { pushed }: SecretSources,
): SecretLayers {
  const earlier = Object.fromEntries(
    generations.flatMap((generation) => Object.entries(pushed(generation))),
  )
  const needed = secretsFor(intent, secrets, earlier)
  return Object.keys(needed).length === 0 ? {} : { [intent.generation]: needed }
}

/** On the disk before the task runs, so that a crash cannot separate an intent from its passwords. */
async function storedIfAccepted<T>(
  pushed: PushedSecretStore,
  added: SecretLayers,
  task: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const before = pushed.layers()
  await pushed.write({ ...before, ...added })
  const result = await task()
  if (!result.ok) await pushed.write(before)
  return result
}

/** A push that is refused for a missing secret also gets the faults of those that cannot be used. */
function withReasons<T>(result: Result<T>, lookup: Pick<SecretLookup, 'faults'>): Result<T> {
  const isMissing = !result.ok && result.faults.some(({ code }) => code === 'SECRET_MISSING')
  return isMissing ? refused(...result.faults, ...lookup.faults()) : result
}
