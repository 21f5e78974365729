import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { fault, FaultError } from '../core/base/fault.js'
import { parseToken } from '../core/config/secret.js'
import type { HubLinkSettings, TokenPlace } from '../core/config/settings.js'
import type { HelloParams } from '../core/wire/messages.js'
import { readCredential, readSecretFile } from '../edge/host/secrets.js'
import type { HubLinkOptions } from './hub-link.js'

/** What the link needs of the TOML once and for all: addresses and pace. */
export function hubSettings(router: string, hub: HubLinkSettings): HubLinkOptions['settings'] {
  return {
    urls: hub.urls,
    router,
    heartbeat: hub.heartbeatInterval * 1000,
    silence: hub.heartbeatTimeout * 1000,
    backoffCap: hub.reconnectMax * 1000,
  }
}

/** Read at every dial, so that a rotated token is used without a restart. */
export async function readToken(place: TokenPlace): Promise<string> {
  const text =
    place.kind === 'file' ? await readSecretFile(place.path) : await readCredential(place.name)
  const at = place.kind === 'file' ? place.path : place.name
  const token = text.ok ? parseToken(text.value, at) : text
  if (token.ok) return token.value
  throw new FaultError(token.faults[0] ?? fault('UNAUTHORIZED', at, 'the token cannot be read'))
}

/** The platform half of `hello`. */
export async function readPlatform(frr: string | null): Promise<HelloParams['platform']> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const pretty = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1]
  return {
    os: (pretty ?? 'Linux').slice(0, 128),
    kernel: release().slice(0, 128),
    node: process.version,
    frr,
  }
}
