import { readFile } from 'node:fs/promises'
import { fault, type Fault } from '../../core/base/fault.js'
import { parseAgentSettings } from '../../core/config/agent-file.js'
import type { AgentSettings } from '../../core/config/settings.js'
import { readSecretFile } from '../../edge/host/secrets/secrets.js'
import { Refusal } from '../command/context.js'
import { caFile, SETTINGS_PATH, settingsFile, TOKEN_CREDENTIAL, tokenFile } from './files.js'
import { readRemote } from './observe.js'
import type { InstallFile } from './plan.js'
import type { RootShell } from './privilege.js'

/** Files on the operator's machine that only he can give. */
export interface GivenFiles {
  /** TOML to install; without it the router's own is used. */
  readonly settings?: string
  /** The hub's token. */
  readonly token?: string
  /** The authorities that signed the hub's certificate, PEM. */
  readonly ca?: string
  /** Overwrite what the router has. */
  readonly replace: boolean
}

/** What is given, and the settings the agent will run with, checked. */
export async function operatorsFiles(
  root: RootShell,
  given: GivenFiles,
): Promise<{ settings: AgentSettings; files: InstallFile[] }> {
  const toml = given.settings === undefined ? null : await readGiven(given.settings)
  const settings = checkSettings(await readRemote(root, SETTINGS_PATH), toml, given)
  const token = given.token === undefined ? null : await readPrivate(given.token)
  const ca = given.ca === undefined ? null : await readGiven(given.ca)
  const judged = await Promise.all([
    judge(root, { flag: '--token', text: token, file: tokenFile(settings, token ?? '') }),
    judge(root, { flag: '--ca', text: ca, file: caFile(settings, ca ?? '') }),
  ])
  const faults = judged.flatMap((each) => each.faults)
  if (faults.length > 0) throw new Refusal(faults)
  const unloaded = credentialFault(settings)
  if (token !== null && unloaded !== null) throw new Refusal([unloaded])
  const own = toml === null ? [] : [settingsFile(toml)]
  return { settings, files: [...own, ...judged.flatMap((each) => each.files)] }
}

/** The agent would never see a credential that its unit does not load. */
export function credentialFault({ hub }: AgentSettings): Fault | null {
  if (hub?.token.kind !== 'credential' || hub.token.name === TOKEN_CREDENTIAL) return null
  const text = `demarcd.service loads "${TOKEN_CREDENTIAL}"; say that, or give the token in a token_file`
  return fault('CONFIG_VALUE', `hub.token_credential "${hub.token.name}"`, text)
}

/** A file that the settings ask for is given or is there already; one they do not ask for is a mistake. */
async function judge(
  root: RootShell,
  asked: { flag: string; text: string | null; file: InstallFile | null },
): Promise<{ files: InstallFile[]; faults: Fault[] }> {
  const { flag, text, file } = asked
  if (file === null) {
    const says = 'the settings have no place for it'
    return { files: [], faults: text === null ? [] : [fault('CONFIG_VALUE', flag, says)] }
  }
  if (text !== null) return { files: [file], faults: [] }
  const { code } = await root.attempt(['test', '-f', file.path])
  const says = `the router does not have it yet: give it with ${flag} FILE`
  return { files: [], faults: code === 0 ? [] : [fault('SECRET_MISSING', file.path, says)] }
}

/** The settings that will be there afterwards: the router's own unless there are none or are replaced. */
function checkSettings(
  there: string | null,
  given: string | null,
  { settings: name = SETTINGS_PATH, replace }: GivenFiles,
): AgentSettings {
  const stays = there !== null && (given === null || !replace)
  const text = stays ? there : given
  if (text === null) {
    const says =
      'the router has no settings yet: give --settings FILE (config/demarc.toml shows all)'
    throw new Refusal([fault('CONFIG_UNREADABLE', SETTINGS_PATH, says)])
  }
  const settings = parseAgentSettings(text, stays ? `${SETTINGS_PATH} on the router` : name)
  if (!settings.ok) throw new Refusal(settings.faults)
  return settings.value
}

async function readPrivate(file: string): Promise<string> {
  const text = await readSecretFile(file)
  if (!text.ok) throw new Refusal(text.faults)
  return text.value
}

async function readGiven(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Refusal([fault('CONFIG_UNREADABLE', file, `cannot be read: ${why}`)])
  }
}
