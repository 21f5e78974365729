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
import { accepted, Refusal } from '../command/context.js'
import { readText } from '../command/files.js'

/** How to log in. A password is not among them, because others can read a command line. */
export interface LoginFlags {
  readonly identity?: readonly string[]
  readonly passwordFile?: string
  readonly askPassword: boolean
  readonly hostKey?: string
  readonly knownHosts?: string
}

/** `USER@HOST` at port 22; the host is a name or an address, IPv6 with or without brackets. */
export function parseDestination(text: string): Destination | undefined {
  const match = /^([A-Za-z0-9_][A-Za-z0-9._-]*)@\[?([A-Za-z0-9.:_-]+)\]?$/.exec(text)
  const [, user, host] = match ?? []
  return user === undefined || host === undefined ? undefined : { user, host, port: 22 }
}

/** Whether the text is a fingerprint as `ssh-keygen -l` prints it. */
export function isFingerprint(text: string): boolean {
  return toFingerprint(text) !== undefined
}

const PASSWORD_VARIABLE = 'DEMARC_SSH_PASSWORD'
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/**
 * The key of `--host-key`, and those of known_hosts; a file that cannot be read has none. Throws a
 * Refusal when `--host-key` is no fingerprint.
 */
export async function readTrust(flags: LoginFlags, to: Destination): Promise<Trust> {
  const expected = flags.hostKey === undefined ? null : toFingerprint(flags.hostKey)
  if (expected === undefined) {
    const message = 'must be SHA256: and 43 characters, as ssh-keygen -l prints it'
    throw new Refusal([fault('CONFIG_VALUE', '--host-key', message)])
  }
  const files =
    flags.knownHosts === undefined
      ? [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts']
      : [flags.knownHosts]
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return { known: knownKeys(texts.join('\n'), to.host, to.port), expected }
}

/**
 * The keys of `--identity`, else the usual ones and the SSH agent; and a password from its file, the
 * terminal or the environment. Throws a Refusal for a file that cannot be used.
 */
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
  if (named !== undefined) return Promise.all(named.map((file) => readText(file)))
  const usual = DEFAULT_KEYS.map((name) => join(homedir(), '.ssh', name))
  const texts = await Promise.all(usual.map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.filter((text) => text !== '')
}

async function readPassword(flags: LoginFlags, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (flags.passwordFile !== undefined) {
    const text = accepted(await readSecretFile(flags.passwordFile))
    return text.replace(/\r?\n$/, '')
  }
  if (flags.askPassword) return askPassword()
  return env[PASSWORD_VARIABLE] ?? null
}

/** Asks on the terminal, without echo. */
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
