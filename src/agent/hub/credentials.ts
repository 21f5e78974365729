import { attempt } from '../../core/base/attempt.js'
import { fault, FaultError } from '../../core/base/fault.js'
import { faultsOf, type Result } from '../../core/base/result.js'
import { parseToken } from '../../core/config/secret.js'
import type { HubLinkSettings, TokenPlace } from '../../core/config/settings.js'
import { readSetting } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import { readCredential, readSecretFile } from '../../edge/host/secrets/secrets.js'

/** The agent's token and the authorities that it trusts, as their files have them now. */
export interface HubCredentials {
  /** Rejects with a FaultError where there never was one that could be used. */
  readonly token: () => Promise<string>
  /** PEM text; null: Node's own authorities are trusted. */
  readonly ca: () => Promise<string | null>
  /** Reads both files again and logs what is wrong with them. true: they differ from those in use. */
  readonly reread: () => Promise<boolean>
}

/** A file that cannot be used any more does not replace what was read of it before. */
export function createHubCredentials(hub: HubLinkSettings, log: Pick<Log, 'warn'>): HubCredentials {
  const { token: place, caFile } = hub
  const token = keepLast(async () => readToken(place), log)
  const ca = keepLast(
    async () => attempt(async () => (caFile === null ? null : readSetting(caFile))),
    log,
  )
  return {
    token: token.read,
    ca: ca.read,
    reread: async () => {
      const changed = [await token.reread(), await ca.reread()]
      return changed.includes(true)
    },
  }
}

/** Reads a file at each use, and goes on with its last good content. */
function keepLast<T>(read: () => Promise<Result<T>>, log: Pick<Log, 'warn'>) {
  let last: { readonly value: T } | undefined

  async function use(): Promise<T> {
    const now = await read()
    if (now.ok) last = { value: now.value }
    else if (last !== undefined) {
      log.warn(
        { event: 'hub-credential-unusable', faults: now.faults },
        'a file for the connection to the hub cannot be used; what was read of it before stays in force',
      )
    }
    if (last !== undefined) return last.value
    throw new FaultError(faultsOf(now)[0] ?? fault('UNAUTHORIZED', 'hub'))
  }

  return {
    read: use,
    async reread(): Promise<boolean> {
      const before = last
      const value = await attempt(use)
      return value.ok && before !== undefined && value.value !== before.value
    },
  }
}

async function readToken(place: TokenPlace): Promise<Result<string>> {
  const text =
    place.kind === 'file' ? await readSecretFile(place.path) : await readCredential(place.name)
  return text.ok ? parseToken(text.value, place.kind === 'file' ? place.path : place.name) : text
}
