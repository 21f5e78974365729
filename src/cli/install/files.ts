import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentSettings } from '../../core/config/settings.js'
import type { InstallFile } from './plan.js'

/** The settings file; `demarcd.service` names the same path. */
export const SETTINGS_PATH = '/etc/demarc/demarc.toml'

/** Where systemd looks for a credential that a unit names without a path (systemd.exec(5)). */
const CREDSTORE = '/etc/credstore'

/** The credential that demarcd.service loads. */
export const TOKEN_CREDENTIAL = 'demarc.token'

const SYSTEM = { mode: '0644', owner: 'root:root', keep: false } as const

/** The files of every router, in the order of installation: users come before the files they own. */
export async function systemFiles(packageDir: string): Promise<InstallFile[]> {
  const read = (name: string) => readFile(join(packageDir, 'systemd', name), 'utf8')
  const unit = async (name: string): Promise<InstallFile> => ({
    ...SYSTEM,
    path: `/etc/systemd/system/${name}`,
    content: await read(name),
    afterwards: ['systemctl', 'daemon-reload'],
    restarts: true,
  })
  return [
    {
      ...SYSTEM,
      path: '/etc/sysusers.d/demarc.conf',
      content: await read('demarc.sysusers'),
      afterwards: ['systemd-sysusers', '/etc/sysusers.d/demarc.conf'],
      restarts: false,
    },
    {
      ...SYSTEM,
      path: '/etc/tmpfiles.d/demarc.conf',
      content: await read('demarc.tmpfiles'),
      afterwards: ['systemd-tmpfiles', '--create', '/etc/tmpfiles.d/demarc.conf'],
      restarts: false,
    },
    {
      ...SYSTEM,
      path: '/etc/sysctl.d/60-demarc.conf',
      content: await read('demarc.sysctl'),
      afterwards: ['/usr/lib/systemd/systemd-sysctl', '/etc/sysctl.d/60-demarc.conf'],
      restarts: false,
    },
    await unit('demarc-rollback.service'),
    await unit('demarc-rollback.timer'),
    await unit('demarcd.service'),
  ]
}

/** The operator's settings. They hold no secret, only the places of secrets. */
export function settingsFile(content: string): InstallFile {
  return { ...SYSTEM, path: SETTINGS_PATH, content, afterwards: null, restarts: true, keep: true }
}

/** The hub's token, at the place that the settings name; null: they name no hub. */
export function tokenFile(settings: AgentSettings, content: string): InstallFile | null {
  const token = settings.hub?.token
  if (token === undefined) return null
  const common = { content, afterwards: null, restarts: true, keep: true }
  return token.kind === 'file'
    ? { ...common, path: token.path, mode: '0600', owner: 'demarc:demarc' }
    : { ...common, path: join(CREDSTORE, token.name), mode: '0600', owner: 'root:root' }
}

/** The authorities that signed the hub's certificate; null: the settings name no place for them. */
export function caFile(settings: AgentSettings, content: string): InstallFile | null {
  const path = settings.hub?.caFile ?? null
  if (path === null) return null
  return { ...SYSTEM, path, content, afterwards: null, restarts: true, keep: true }
}
