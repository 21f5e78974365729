import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { fault, type Fault } from '../../core/base/fault.js'
import { parseAgentSettings } from '../../core/config/agent-file.js'
import type { AgentSettings } from '../../core/config/settings.js'
import { sha256 } from '../../edge/host/identity.js'
import { readSecretFile } from '../../edge/host/secrets.js'
import { openSsh, type SshSession } from '../../edge/ssh/session.js'
import { Refusal } from '../context.js'
import { carryOut } from './carry-out.js'
import { SETTINGS_PATH, settingsFile, systemFiles, tokenFile, tokenPath } from './files.js'
import { waitForHello, type FirstHello } from './first-hello.js'
import { readCredentials, readDestination, readTrust, type LoginFlags } from './login.js'
import { observeInstalled, readRemote } from './observe.js'
import { planInstall, type InstallFile } from './plan.js'
import { FACTS_SCRIPT, judgePlatform, parseFacts } from './platform.js'
import { openRootShell, type RootShell } from './privilege.js'
import { describeRelease } from './release.js'

export interface InstallFlags extends LoginFlags {
  /** TOML to install; without it the router's own is used. */
  readonly settings?: string
  /** File with the hub's token. */
  readonly token?: string
  readonly replace: boolean
  /** Seconds to wait for the first hello. */
  readonly wait: number
}

export interface Installed {
  readonly router: string
  readonly release: string
  /** Empty: there was nothing to do. */
  readonly changed: readonly string[]
  readonly kept: readonly string[]
  readonly agent: FirstHello
}

/** First contact, upgrade and repair are the same deed: make the router as it should be. */
export async function install(
  target: string,
  flags: InstallFlags,
  progress: (says: string) => void,
): Promise<Installed> {
  const to = readDestination(target, flags.port)
  const place = `${to.user}@${to.host}`
  const credentials = await readCredentials(flags)
  const session = await openSsh(to, credentials, await readTrust(flags, to))
  try {
    const facts = parseFacts((await session.run(['sh', '-c', FACTS_SCRIPT])).stdout)
    const complaints = judgePlatform(facts, place)
    if (complaints.length > 0) throw new Refusal(complaints)
    const { password } = credentials
    const root = await openRootShell(session, { uid: facts.uid, password, place })
    return await installAs(root, { session, flags, progress, place })
  } finally {
    session.close()
  }
}

interface Errand {
  readonly session: SshSession
  readonly flags: InstallFlags
  readonly progress: (says: string) => void
  readonly place: string
}

async function installAs(root: RootShell, errand: Errand): Promise<Installed> {
  const { flags, progress, place } = errand
  const packageDir = fileURLToPath(new URL('../../..', import.meta.url))
  const operators = await operatorsFiles(root, flags)
  const release = await describeRelease(packageDir)
  const files = [...(await systemFiles(packageDir)), ...operators.files]
  const have = await observeInstalled(
    root,
    files.map(({ path }) => path),
  )
  const want = { release: release.id, files, replace: flags.replace }
  const { steps, kept } = planInstall(want, have, sha256)
  await carryOut(steps, { ...errand, root, release })
  const hub = operators.settings.hub !== null
  if (steps.length > 0) progress(hub ? 'wait for the first hello' : 'wait for the agent')
  const agent = await waitForHello(root, { hub, seconds: flags.wait, place })
  return {
    router: operators.settings.agent.id,
    release: release.id,
    changed: steps.map(({ says }) => says),
    kept,
    agent,
  }
}

/** The files only the operator can give, and the settings the agent will run with, checked. */
async function operatorsFiles(
  root: RootShell,
  flags: InstallFlags,
): Promise<{ settings: AgentSettings; files: InstallFile[] }> {
  const given = flags.settings === undefined ? null : await readGiven(flags.settings)
  const there = await readRemote(root, SETTINGS_PATH)
  const [text, file] =
    there !== null && (given === null || !flags.replace)
      ? [there, `${SETTINGS_PATH} on the router`]
      : [given, flags.settings ?? SETTINGS_PATH]
  if (text === null) {
    const says =
      'the router has no settings yet: give --settings FILE (config/demarc.toml shows all)'
    throw new Refusal([fault('CONFIG_UNREADABLE', SETTINGS_PATH, says)])
  }
  const settings = parseAgentSettings(text, file)
  if (!settings.ok) throw new Refusal(settings.faults)
  const token = await tokenToSend(root, settings.value, flags)
  const toml = given === null ? [] : [settingsFile(given)]
  return { settings: settings.value, files: [...toml, ...token] }
}

async function tokenToSend(
  root: RootShell,
  settings: AgentSettings,
  flags: InstallFlags,
): Promise<InstallFile[]> {
  const path = tokenPath(settings)
  if (path === null) return []
  if (flags.token !== undefined) {
    const text = await readSecretFile(flags.token)
    if (!text.ok) throw new Refusal(text.faults)
    return [tokenFile(settings, text.value)].filter((file) => file !== null)
  }
  if ((await root.attempt(['test', '-f', path])).code === 0) return []
  throw new Refusal([tokenMissing(path)])
}

function tokenMissing(path: string): Fault {
  return fault(
    'SECRET_MISSING',
    path,
    'the router has no hub token there: give it with --token FILE',
  )
}

async function readGiven(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Refusal([fault('CONFIG_UNREADABLE', file, `cannot be read: ${why}`)])
  }
}
