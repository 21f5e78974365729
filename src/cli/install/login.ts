import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { fault } from '../../core/base/fault.js'
import { readSecretFile } from '../../edge/host/secrets/secrets.js'
import { knownKeys, toFingerprint } from '../../edge/ssh/host-keys.js'
import type { Credentials, Destination } from '../../edge/ssh/session.js'
import type { Trust } from '../../edge/ssh/trust.js'
import { Refusal } from '../command/context.js'

/** How the operator says to log in. A password is never among them: a command line is no secret. */
export interface LoginFlags {
  readonly port: number
  readonly identity?: readonly string[]
  readonly passwordFile?: string
  readonly askPassword: boolean
  readonly hostKey?: string
  readonly knownHosts?: string
}

const PASSWORD_VARIABLE = 'DEMARC_SSH_PASSWORD'
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** `USER@HOST`; the host is a name or an address, IPv6 with or without brackets. */
export function readDestination(text: string, port: number): Destination {
  const match = /^([A-Za-z0-9_][A-Za-z0-9._-]*)@\[?([A-Za-z0-9.:_-]+)\]?$/.exec(text)
  const [, user, host] = match ?? []
  if (user === undefined || host === undefined) {
    throw new Refusal([fault('CONFIG_VALUE', text, 'say USER@HOST, and --port where it is not 22')])
  }
  return { user, host, port }
}

/**
 * The key that was named, or those of known_hosts; a file that cannot be read has none. Throws a
 * Refusal for a fingerprint that is none.
 */
export async function readTrust(flags: LoginFlags, to: Destination): Promise<Trust> {
  const expected = flags.hostKey === undefined ? null : toFingerprint(flags.hostKey)
  if (expected === undefined) {
    const says = 'say SHA256: and 43 characters, as ssh-keygen -l prints it'
    throw new Refusal([fault('CONFIG_VALUE', '--host-key', says)])
  }
  const files =
    flags.knownHosts === undefined
      ? [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts']
      : [flags.knownHosts]
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return { known: knownKeys(texts.join('\n'), to.host, to.port), expected }
}

/** Keys named, or the usual ones; the SSH agent where there is one; a password where asked for. */
export async function readCredentials(
  flags: LoginFlags,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Credentials> {
  return {
    keys: await readKeys(flags.identity),
    agent: flags.identity === undefined ? (env['SSH_AUTH_SOCK'] ?? null) : null,
    password: await readPassword(flags, env),
  }
}

async function readKeys(named: readonly string[] | undefined): Promise<string[]> {
  if (named !== undefined) return Promise.all(named.map(readNamedKey))
  const usual = DEFAULT_KEYS.map((name) => join(homedir(), '.ssh', name))
  const texts = await Promise.all(usual.map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.filter((text) => text !== '')
}

async function readNamedKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Refusal([fault('CONFIG_UNREADABLE', file, `the key cannot be read: ${why}`)])
  }
}

async function readPassword(flags: LoginFlags, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (flags.passwordFile !== undefined) {
    const text = await readSecretFile(flags.passwordFile)
    if (!text.ok) throw new Refusal(text.faults)
    return text.value.replace(/\r?\n$/, '')
  }
  if (flags.askPassword) return askPassword()
  return env[PASSWORD_VARIABLE] ?? null
}

/** Asks on the terminal and does not echo. */
async function askPassword(): Promise<string> {
  process.stderr.write('Password: ')
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: mute, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
