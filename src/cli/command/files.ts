import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { attempt } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { parseAgentSettings } from '../../core/config/agent-file.js'
import { parseSecretsFile } from '../../core/config/secrets-file.js'
import type { AgentSettings } from '../../core/config/settings.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntentText } from '../../core/wire/intent-parse.js'
import { readSettingsFiles } from '../../edge/host/files/settings-files.js'
import { readSecretFile } from '../../edge/host/secrets/secrets.js'
import { accepted, Refusal, type Context } from './context.js'

/** The checked settings, or a refusal with every fault. */
export async function readSettings({ configFile }: Context): Promise<AgentSettings> {
  const { text, dropIns } = accepted(await attempt(() => readSettingsFiles(configFile)))
  return accepted(parseAgentSettings(text, configFile, dropIns))
}

/** The checked intent of a file, or of standard input for `-`; or a refusal with every fault. */
export async function readIntent(file: string): Promise<Intent> {
  if (file === '-')
    return accepted(parseIntentText((await buffer(process.stdin)).toString(), 'stdin'))
  return accepted(parseIntentText(await readText(file), file))
}

/** Octets: as many passwords as one push may carry. */
const SECRETS_FILE_MAX = 1024 * 1024

/** The passwords of a private file, as a push takes them; nothing where no file is given. */
export async function readSecretsFile(
  file: string | undefined,
): Promise<{ readonly secrets?: Record<string, string> }> {
  if (file === undefined) return {}
  const text = accepted(await readSecretFile(file, SECRETS_FILE_MAX))
  return { secrets: accepted(parseSecretsFile(text, file)) }
}

/** The text of a file, or a refusal that says why it cannot be read. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Refusal([unreadable(file, error)])
  }
}

/** What open(2) and read(2) answer most often, in words. */
const TROUBLES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory, not a file',
}

function unreadable(file: string, error: unknown): Fault {
  const { code = '', message } = error as NodeJS.ErrnoException
  return fault('FILE_UNREADABLE', file, TROUBLES[code] ?? `cannot be read: ${message}`)
}
