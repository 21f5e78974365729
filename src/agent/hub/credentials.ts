import { attempt } from '../../core/base/attempt.js'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
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
  /** Reads both files again and logs what is wrong with them. */
  readonly reread: () => Promise<Reread>
}

/** What reading files again has brought. */
export interface Reread {
  /** What differs from what was in use, for people. */
  readonly changed: readonly string[]
  /** Files that cannot be used, so that what was read of them before stays in force. */
  readonly faults: readonly Fault[]
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
      const found = [
        { what: 'token', ...(await token.reread()) },
        { what: 'certificate authorities', ...(await ca.reread()) },
      ]
      return {
        changed: found.filter(({ changed }) => changed).map(({ what }) => what),
        faults: found.flatMap(({ faults }) => faults),
      }
    },
  }
}

/** Reads a file at each use, and goes on with its last good content. */
function keepLast<T>(read: () => Promise<Result<T>>, log: Pick<Log, 'warn'>) {
  let last: { readonly value: T } | undefined
  let faults: readonly Fault[] = []

  async function use(): Promise<T> {
    const now = await read()
    faults = faultsOf(now)
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
    async reread(): Promise<{ readonly changed: boolean; readonly faults: readonly Fault[] }> {
      const before = last
      const value = await attempt(use)
      const changed = value.ok && before !== undefined && value.value !== before.value
      return { changed, faults }
    },
  }
}

async function readToken(place: TokenPlace): Promise<Result<string>> {
  const text =
    place.kind === 'file' ? await readSecretFile(place.path) : await readCredential(place.name)
  return text.ok ? parseToken(text.value, place.kind === 'file' ? place.path : place.name) : text
}
