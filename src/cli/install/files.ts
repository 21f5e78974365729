import { join } from 'node:path'
import type { AgentSettings } from '../../core/config/settings.js'
import type { InstallFile } from './plan.js'

/** The settings file; `demarcd.service` names the same path. */
export const SETTINGS_PATH = '/etc/demarc/demarc.toml'

/** Where systemd looks for a credential that a unit names without a path (systemd.exec(5)). */
const CREDSTORE = '/etc/credstore'

/** The credential that demarcd.service loads. */
export const TOKEN_CREDENTIAL = 'demarc.token'

const OPEN = { mode: '0644', owner: 'root:root' } as const

/** The operator's settings. They hold no secret, only the places of secrets. */
export function settingsFile(content: string): InstallFile {
  return { ...OPEN, path: SETTINGS_PATH, content }
}

/** The hub's token, at the place that the settings name; null: they name no hub. */
export function tokenFile(settings: AgentSettings, content: string): InstallFile | null {
  const token = settings.hub?.token
  if (token === undefined) return null
  return token.kind === 'file'
    ? { content, path: token.path, mode: '0600', owner: 'demarc:demarc' }
    : { content, path: join(CREDSTORE, token.name), mode: '0600', owner: 'root:root' }
}

/** The authorities that signed the hub's certificate; null: the settings name no place for them. */
export function caFile(settings: AgentSettings, content: string): InstallFile | null {
  const path = settings.hub?.caFile ?? null
  return path === null ? null : { ...OPEN, path, content }
}
