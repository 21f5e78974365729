import { fault, type Fault } from '../../core/base/fault.js'
import { parseAgentSettings } from '../../core/config/agent-file.js'
import type { AgentSettings } from '../../core/config/settings.js'
import type { TomlFile } from '../../core/toml/layers.js'
import { readSecretFile } from '../../edge/host/secrets/secrets.js'
import { accepted, Refusal } from '../command/context.js'
import { readText } from '../command/files.js'
import { caFile, SETTINGS_PATH, settingsFile, TOKEN_CREDENTIAL, tokenFile } from './files.js'
import { readRemote, readRemoteDropIns } from './observe.js'
import type { InstallFile } from './plan.js'
import type { RootShell } from './privilege.js'

/** Where the operator has the files that go to a router. */
export interface GivenFiles {
  /** The agent's settings; without them those on the router are used. */
  readonly settings?: string
  /** The hub's token. */
  readonly token?: string
  /** The authorities that signed the hub's certificate, PEM. */
  readonly ca?: string
}

/** What the operator has given for one router: the texts of the files, and their names for faults. */
export interface GivenTexts {
  readonly settings: { readonly name: string; readonly text: string } | null
  readonly token: string | null
  readonly ca: string | null
  /** Overwrite files on the router that differ. */
  readonly replace: boolean
}

/**
 * The files to install, and the settings that the agent will run with. Throws a Refusal with every
 * fault: of the settings, and of a token or CA file that is missing or has no place.
 */
export async function operatorsFiles(
  root: RootShell,
  given: GivenTexts,
): Promise<{ settings: AgentSettings; files: InstallFile[] }> {
  const onRouter = {
    text: await readRemote(root, SETTINGS_PATH),
    dropIns: await readRemoteDropIns(root, SETTINGS_PATH),
  }
  const settings = checkSettings(onRouter, given)
  const { token, ca } = given
  const checked = await Promise.all([
    checkFile(root, { flag: '--token', text: token, file: tokenFile(settings, token ?? '') }),
    checkFile(root, { flag: '--ca', text: ca, file: caFile(settings, ca ?? '') }),
  ])
  const faults = checked.flatMap((result) => result.faults)
  if (faults.length > 0) throw new Refusal(faults)
  const unloaded = credentialFault(settings)
  if (token !== null && unloaded !== null) throw new Refusal([unloaded])
  const own = given.settings === null ? [] : [settingsFile(given.settings.text)]
  return { settings, files: [...own, ...checked.flatMap((result) => result.files)] }
}

/** The fault of a token credential that `demarcd.service` does not load; null: it is loaded. */
export function credentialFault({ hub }: AgentSettings): Fault | null {
  if (hub?.token.kind !== 'credential' || hub.token.name === TOKEN_CREDENTIAL) return null
  const message = `demarcd.service loads "${TOKEN_CREDENTIAL}" only: write that, or use token_file`
  return fault('CONFIG_VALUE', `hub.token_credential "${hub.token.name}"`, message)
}

/**
 * A file that the settings name must be given, or be on the router already. One that they do not name
 * must not be given. `file` null: the settings do not name it; `text` null: it is not given.
 */
async function checkFile(
  root: RootShell,
  { flag, text, file }: { flag: string; text: string | null; file: InstallFile | null },
): Promise<{ files: InstallFile[]; faults: Fault[] }> {
  if (file === null) {
    const message = 'the settings name no place for it'
    return { files: [], faults: text === null ? [] : [fault('CONFIG_VALUE', flag, message)] }
  }
  if (text !== null) return { files: [file], faults: [] }
  const { code } = await root.attempt(['test', '-f', file.path])
  const message = `the router does not have it yet: give it with ${flag} FILE`
  return { files: [], faults: code === 0 ? [] : [fault('SECRET_MISSING', file.path, message)] }
}

/**
 * The settings after the installation: those on the router, unless there are none or they are replaced. The
 * drop-ins on the router stay.
 */
function checkSettings(
  onRouter: { readonly text: string | null; readonly dropIns: readonly TomlFile[] },
  { settings, replace }: GivenTexts,
): AgentSettings {
  const stays = onRouter.text !== null && (settings === null || !replace)
  const text = stays ? onRouter.text : (settings?.text ?? null)
  if (text === null) {
    const message =
      'the router has no settings yet: give --settings FILE ("demarc-hub init" makes one)'
    throw new Refusal([fault('CONFIG_UNREADABLE', SETTINGS_PATH, message)])
  }
  const name = stays ? `${SETTINGS_PATH} on the router` : (settings?.name ?? SETTINGS_PATH)
  return accepted(parseAgentSettings(text, name, onRouter.dropIns))
}

/** Reads the files of one router; `fill` puts its values in the place of `{NAME}` in the settings. Throws a Refusal. */
export async function readGivenFiles(
  given: GivenFiles & { readonly replace: boolean },
  fill: (text: string, place: string) => string,
): Promise<GivenTexts> {
  const { settings: name, token, ca, replace } = given
  const toml = name === undefined ? null : await readText(name)
  return {
    settings: name === undefined || toml === null ? null : { name, text: fill(toml, name) },
    token: token === undefined ? null : accepted(await readSecretFile(token)),
    ca: ca === undefined ? null : await readText(ca),
    replace,
  }
}
