import { fault, type Fault } from '../../core/base/fault.js'
import { faultsOf, refused, type Result } from '../../core/base/result.js'
import { parseSecret } from '../../core/config/secret.js'
import type { AgentSettings } from '../../core/config/settings.js'
import { changedSecrets, secretsFor, unusedSecrets } from '../../core/intent/secret-names.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntent } from '../../core/wire/intent-parse.js'
import type { PushedSecrets } from '../../core/wire/pushed-secrets.js'
import { readOwnSecret, type OwnSecret } from '../../edge/host/secrets/secrets.js'
import { openPushedSecrets, type SecretLayers } from './pushed-secrets.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Vault } from '../../edge/host/secrets/vault.js'

/** A push as far as its passwords go. */
export interface PushedWith {
  readonly intent: unknown
  readonly secrets: PushedSecrets | undefined
  readonly dryRun: boolean
}

/** Passwords by name: this router's own, and those that came with a push. Calls must not overlap. */
export interface SecretStore {
  /** Digests of those that can be used; the rest is logged and left out. */
  readonly named: (
    names: readonly string[],
    generation: number,
  ) => Promise<ReadonlyMap<string, SecretDigest>>
  /** Does the push with its passwords at hand; they are kept if it is accepted. */
  readonly during: <T>(push: PushedWith, deed: () => Promise<Result<T>>) => Promise<Result<T>>
  /** Forgets the passwords of intents that nobody needs any more. */
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

/** Names that the log was told of; intents that are tried may name ever new ones. */
const TOLD_MAX = 10_000

export async function openSecretStore(options: SecretStoreOptions): Promise<SecretStore> {
  const { settings, world } = options
  const { vault, log } = world
  const pushed = await openPushedSecrets(world.files, vault, log)
  /** Of a dry run: known while it lasts, never written down. */
  let trial: SecretLayers = {}
  let unusable: readonly Fault[] = []
  /** What the log was last told of a name; every look asks again. */
  const told = new Map<string, string>()

  const own = (name: string): Promise<OwnSecret> =>
    readOwnSecret({
      name,
      ...settings,
      ...(options.env === undefined ? {} : { env: options.env }),
    })

  const layer = (generation: number): PushedSecrets =>
    trial[generation] ?? pushed.layers()[generation] ?? NONE

  /** The router's own comes first, and one that cannot be used is not passed over. */
  async function lookUp(name: string, generation: number): Promise<Result<string>> {
    const found = await own(name)
    if (found.kind === 'text') return parseSecret(found.text, found.from)
    const came = found.kind === 'missing' ? textOf(layer(generation), name) : undefined
    return came === undefined ? refused(found.fault) : { ok: true, value: came }
  }

  async function named(names: readonly string[], generation: number) {
    const results = await Promise.all(
      names.map(async (name) => [name, await lookUp(name, generation)] as const),
    )
    unusable = results.flatMap(([, result]) => faultsOf(result))
    const news = results.flatMap(([name, result]) => (isNews(name, result) ? faultsOf(result) : []))
    if (news.length > 0) {
      log.warn({ event: 'secret-unusable', faults: news }, 'a named secret cannot be used')
    }
    return new Map(
      results.flatMap(([name, result]) =>
        result.ok ? [[name, vault.conceal(result.value)] as const] : [],
      ),
    )
  }

  function isNews(name: string, result: Result<string>): boolean {
    const before = told.get(name)
    told.delete(name)
    if (result.ok) return false
    if (told.size >= TOLD_MAX) told.clear()
    const says = result.faults.map(({ at, message }) => `${at}: ${message}`).join('\n')
    told.set(name, says)
    return says !== before
  }

  async function tidy(): Promise<void> {
    const needed = new Set(options.needed().map(String))
    const layers = Object.entries(pushed.layers())
    const left = layers.filter(([generation]) => needed.has(generation))
    if (left.length < layers.length) await pushed.write(Object.fromEntries(left))
  }

  /** What this router has of its own cannot be replaced from afar. */
  async function contradictions(secrets: PushedSecrets): Promise<readonly Fault[]> {
    const faults = Object.entries(secrets).map(async ([name, text]) => {
      const found = await own(name)
      const same = found.kind === 'text' && textLine(found) === text
      if (found.kind !== 'text' || same) return []
      const why = `the router has another of its own (${found.from}): leave it out of the push`
      return [fault('INTENT_CONFLICT', `secrets.${name}`, why)]
    })
    return (await Promise.all(faults)).flat()
  }

  async function judged(intent: Intent, secrets: PushedSecrets): Promise<readonly Fault[]> {
    const unused = unusedSecrets(intent, secrets)
    if (unused.length > 0) return unused
    const changed = changedSecrets(secrets, pushed.layers()[intent.generation] ?? NONE)
    return changed.length > 0 ? changed : contradictions(secrets)
  }

  /** What the intent needs of what came with it and with the intent that is in force. */
  function layerFor(intent: Intent, secrets: PushedSecrets): SecretLayers {
    const before = [...options.needed(), intent.generation].flatMap((generation) =>
      Object.entries(layer(generation)),
    )
    const needed = secretsFor(intent, secrets, Object.fromEntries(before))
    return Object.keys(needed).length === 0 ? {} : { [intent.generation]: needed }
  }

  async function kept<T>(added: SecretLayers, deed: () => Promise<Result<T>>): Promise<Result<T>> {
    const before = pushed.layers()
    await pushed.write({ ...before, ...added })
    const result = await deed()
    if (!result.ok) await pushed.write(before)
    return result
  }

  async function tried<T>(added: SecretLayers, deed: () => Promise<Result<T>>): Promise<Result<T>> {
    trial = added
    try {
      return await deed()
    } finally {
      trial = {}
    }
  }

  async function during<T>(push: PushedWith, deed: () => Promise<Result<T>>): Promise<Result<T>> {
    const { secrets = NONE } = push
    const none = Object.keys(secrets).length === 0 && Object.keys(pushed.layers()).length === 0
    // Most routers never see a password in a push: nothing to parse twice for them.
    const intent = none ? null : parseIntent(push.intent)
    if (intent === null || !intent.ok) return explained(await deed(), unusable)
    await tidy()
    const faults = await judged(intent.value, secrets)
    if (faults.length > 0) return refused(...faults)
    const added = layerFor(intent.value, secrets)
    return explained(await (push.dryRun ? tried : kept)(added, deed), unusable)
  }

  return {
    named,
    during: async (push, deed) => {
      unusable = []
      return during(push, deed)
    },
    tidy,
  }
}

/** A refusal for want of a secret also says what is wrong with the one that is there. */
function explained<T>(result: Result<T>, unusable: readonly Fault[]): Result<T> {
  if (result.ok || !result.faults.some(({ code }) => code === 'SECRET_MISSING')) return result
  return refused(...result.faults, ...unusable)
}

function textLine(found: Extract<OwnSecret, { kind: 'text' }>): string | undefined {
  const text = parseSecret(found.text, found.from)
  return text.ok ? text.value : undefined
}

function textOf(secrets: PushedSecrets, name: string): string | undefined {
  return Object.hasOwn(secrets, name) ? secrets[name] : undefined
}
