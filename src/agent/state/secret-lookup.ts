import type { Fault } from '../../core/base/fault.js'
import { faultsOf, refused, type Result } from '../../core/base/result.js'
import { parseSecret } from '../../core/config/secret.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { PushedSecrets } from '../../core/wire/push.js'
import type { Log } from '../../edge/host/log.js'
import type { OwnSecret } from '../../edge/host/secrets/secrets.js'

/** Where passwords come from. */
export interface SecretSources {
  /** A credential or a file of this router. */
  readonly own: (name: string) => Promise<OwnSecret>
  /** Those that came with the push of this generation. */
  readonly pushed: (generation: number) => PushedSecrets
  /** Remembers a password; its digest stands for it from then on. */
  readonly conceal: (text: string) => SecretDigest
}

/** Finds passwords by name. */
export interface SecretLookup {
  /** Digests of the passwords that can be used; the others are logged and left out. */
  readonly named: (
    names: readonly string[],
    generation: number,
  ) => Promise<ReadonlyMap<string, SecretDigest>>
  /** The texts of this router's own passwords that can be used. */
  readonly own: (names: readonly string[]) => Promise<PushedSecrets>
  /** What is wrong with the others that the last lookup asked for. */
  readonly faults: () => readonly Fault[]
  readonly clearFaults: () => void
}

/** A fault of a password is logged when it first appears and whenever it changes, not at every lookup. */
export function createSecretLookup(sources: SecretSources, log: Pick<Log, 'warn'>): SecretLookup {
  const isNews = createChangeDetector()
  let faults: readonly Fault[] = []

  return {
    async named(names, generation) {
      const found = await Promise.all(
        names.map(async (name) => ({ name, text: await lookUp(sources, name, generation) })),
      )
      faults = found.flatMap(({ text }) => faultsOf(text))
      const news = found.filter(({ name, text }) => isNews(name, faultsOf(text)))
      if (news.length > 0) {
        const newFaults = news.flatMap(({ text }) => faultsOf(text))
        log.warn({ event: 'secret-unusable', faults: newFaults }, 'a named secret cannot be used')
      }
      return new Map(
        found.flatMap(({ name, text }) =>
          text.ok ? [[name, sources.conceal(text.value)] as const] : [],
        ),
      )
    },
    async own(names) {
      const found = await Promise.all(names.map((name) => ownText(sources, name)))
      return Object.fromEntries(found.flat())
    },
    faults: () => faults,
    clearFaults() {
      faults = []
    },
  }
}

/** The name and the text of a password of the router's own; empty where there is none, or none that can be used. */
async function ownText({ own }: SecretSources, name: string) {
  const found = await own(name)
  const text = found.kind === 'text' ? parseSecret(found.text, found.from) : undefined
  return text?.ok === true ? [[name, text.value] as const] : []
}

/** The router's own password comes first; where that cannot be used, a pushed one does not replace it. */
async function lookUp(
  { own, pushed }: SecretSources,
  name: string,
  generation: number,
): Promise<Result<string>> {
  const found = await own(name)
  if (found.kind === 'text') return parseSecret(found.text, found.from)
  const text = found.kind === 'missing' ? textOf(pushed(generation), name) : undefined
  return text === undefined ? refused(found.fault) : { ok: true, value: text }
}

function textOf(secrets: PushedSecrets, name: string): string | undefined {
  return Object.hasOwn(secrets, name) ? secrets[name] : undefined
}

/** Names whose faults are remembered. Refused pushes may name new ones without end. */
const NAMES_MAX = 10_000

/** Whether a name has faults, and others than the last time. */
function createChangeDetector(): (name: string, faults: readonly Fault[]) => boolean {
  const logged = new Map<string, string>()
  return (name, faults) => {
    const before = logged.get(name)
    logged.delete(name)
    if (faults.length === 0) return false
    if (logged.size >= NAMES_MAX) logged.clear()
    const text = faults.map(({ at, message }) => `${at}: ${message}`).join('\n')
    logged.set(name, text)
    return text !== before
  }
}
