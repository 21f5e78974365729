import { chown, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { faultsOf, ok, refused, type Result } from '../../core/base/result.js'
import { parseAgentSettings } from '../../core/config/agent-file.js'
import { parseHubSettings } from '../../core/config/hub-file.js'
import { userIds, type UserIds } from '../../edge/host/facts/users.js'
import { isServerName, makeAuthority, signServer } from './authority.js'
import { madeFiles, places, type FirstHub, type MadeFile } from './made-files.js'

/** The user of demarc-hub.service. */
const SERVICE_USER = 'demarc-hub'

/**
 * Makes every file of a first hub, or none: a file that exists already is never replaced. The made settings are
 * parsed before anything is written. Rejects where a folder cannot be written or openssl is missing.
 */
export async function initHub(hub: FirstHub): Promise<Result<readonly MadeFile[]>> {
  const wrong = hub.names.filter((name) => !isServerName(name))
  if (wrong.length > 0) {
    const detail = 'must be a name of the DNS or an IP address, without a port'
    return refused(...wrong.map((name) => fault('CONFIG_VALUE', name, detail)))
  }
  const authority = await makeAuthority(hub.names[0] ?? '')
  const files = madeFiles(hub, authority, await signServer(authority, hub.names))
  const faults = [...settingsFaults(hub, files), ...(await existing(files))]
  if (faults.length > 0) return refused(...faults)
  await writeAll(files, await serviceOwner())
  return ok(files)
}

/** Faults of the settings as the hub and an agent will read them; a wrong router's id is among them. */
function settingsFaults(hub: FirstHub, files: readonly MadeFile[]): Fault[] {
  const at = places(hub.dir)
  const text = (path: string) => files.find((file) => file.path === path)?.text ?? ''
  const ids = hub.routers.length > 0 ? hub.routers : ['router']
  return [
    ...faultsOf(parseHubSettings(text(at.settings), at.settings)),
    ...ids.flatMap((id) =>
      faultsOf(
        parseAgentSettings(text(at.routerSettings).replaceAll('{id}', id), at.routerSettings),
      ),
    ),
  ]
}

async function existing(files: readonly MadeFile[]): Promise<Fault[]> {
  const found = await Promise.all(
    files.map(async ({ path }) => ((await stat(path).catch(() => undefined)) ? [path] : [])),
  )
  const detail =
    'exists already and is not overwritten: give another --dir, or move it away. "demarc-hub renew" renews a certificate'
  return found.flat().map((path) => fault('CONFIG_VALUE', path, detail))
}

/** Those of the service where root makes the files and the service has a user; else null: nobody else. */
async function serviceOwner(): Promise<UserIds | null> {
  return process.getuid?.() === 0 ? ((await userIds(SERVICE_USER)) ?? null) : null
}

/** Takes away what it has written where one file cannot be written. */
async function writeAll(files: readonly MadeFile[], service: UserIds | null): Promise<void> {
  const written: string[] = []
  try {
    for (const { path, text, mode, isForService } of files) {
      await mkdir(dirname(path), { recursive: true, mode: 0o755 })
      // `wx` fails where somebody has made the file in the meantime, also as a symbolic link.
      await writeFile(path, text, { flag: 'wx', mode })
      written.push(path)
      if (isForService && service !== null) await chown(path, service.uid, service.gid)
    }
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })))
    const reason = error instanceof Error ? error.message : String(error)
    throw new FaultError(fault('STATE_UNWRITABLE', 'demarc-hub init', reason), error)
  }
}
