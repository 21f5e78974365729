import { readFile } from 'node:fs/promises'
import { text as allOf } from 'node:stream/consumers'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { parseAgentSettings } from '../../core/config/agent-file.js'
import { parseSecretsFile } from '../../core/config/secrets-file.js'
import type { AgentSettings } from '../../core/config/settings.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntentText } from '../../core/wire/intent-parse.js'
import { readSecretFile } from '../../edge/host/secrets/secrets.js'
import { EXIT, exitStatus, type ExitStatus } from '../../edge/host/program.js'
import { printable } from '../render/table.js'

/** Where a verb writes and what the command line said for all verbs. */
export interface Context {
  readonly json: boolean
  readonly configFile: string
  /** null: the socket the configuration names. */
  readonly socket: string | null
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** Ends a verb early; the faults are printed, the first decides the exit code. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    super(faults[0]?.message)
    this.faults = faults
  }
}

/** Prints what went wrong, for people on stderr and for programs on stdout. */
export function showRefusal(context: Context, error: unknown): ExitStatus {
  const faults = faultsOf(error)
  if (context.json) context.out(JSON.stringify({ faults }, null, 2))
  for (const one of faults)
    context.err(`${one.code}  ${printable(one.at)}: ${printable(one.message)}`)
  return exitStatus(faults)
}

function faultsOf(error: unknown): readonly Fault[] {
  if (error instanceof Refusal) return error.faults
  if (error instanceof FaultError) return [error.fault]
  return [fault('BUG', 'demarc', error instanceof Error ? error.message : String(error))]
}

/** The checked settings, or a refusal with every fault. */
export async function readSettings(context: Context): Promise<AgentSettings> {
  const text = await readText(context.configFile, 'CONFIG_UNREADABLE')
  const settings = parseAgentSettings(text, context.configFile)
  if (!settings.ok) throw new Refusal(settings.faults)
  return settings.value
}

/** The checked intent of a file, or a refusal with every fault. */
export async function readIntent(file: string): Promise<Intent> {
  const intent = parseIntentText(await readText(file, 'INTENT_SYNTAX'))
  if (!intent.ok) throw new Refusal(intent.faults)
  return intent.value
}

/** Octets: as many passwords as one push may carry. */
const SECRETS_FILE_MAX = 1024 * 1024

/** The passwords of a private file, ready for a push; nothing where no file is given. */
export async function readSecretsFile(
  file: string | undefined,
): Promise<{ readonly secrets?: Record<string, string> }> {
  if (file === undefined) return {}
  const text = await readSecretFile(file, SECRETS_FILE_MAX)
  const secrets = text.ok ? parseSecretsFile(text.value, file) : text
  if (!secrets.ok) throw new Refusal(secrets.faults)
  return { secrets: secrets.value }
}

async function readText(
  file: string,
  code: 'CONFIG_UNREADABLE' | 'INTENT_SYNTAX',
): Promise<string> {
  try {
    return await (file === '-' ? allOf(process.stdin) : readFile(file, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Refusal([fault(code, file, `cannot be read: ${why}`)])
  }
}

/** A value for programs, or its rendering for people. */
export function show<T>(context: Context, value: T, render: (value: T) => string): ExitStatus {
  context.out(context.json ? JSON.stringify(value, null, 2) : render(value))
  return EXIT.done
}
