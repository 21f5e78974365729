import { join } from 'node:path'
import { fault, type Fault } from '../../../core/base/fault.js'
import { ok, refused, type Result } from '../../../core/base/result.js'
import { readBounded, type Reading } from '../files/bounded-read.js'

/** Octets of one secret's file. */
const SECRET_BYTES_MAX = 4096

/** Variable with the directory of the credentials of `LoadCredential=` (systemd.exec(5), Credentials). */
const CREDENTIALS = 'CREDENTIALS_DIRECTORY'

/** Reads a file that belongs to root or to this process's user, and that no other user may read or write. */
export async function readPrivate(path: string, limit = SECRET_BYTES_MAX): Promise<Reading> {
  const reading = await readBounded(path, limit)
  const user = process.getuid?.() ?? 'root'
  if (reading.kind === 'refused' && reading.reason === 'EACCES') {
    return { kind: 'refused', reason: `this user may not read it; run: chown ${user} ${path}` }
  }
  if (reading.kind !== 'text') return reading
  if ((reading.mode & 0o077) !== 0) {
    const mode = reading.mode.toString(8).padStart(4, '0')
    return {
      kind: 'refused',
      reason: `its mode ${mode} lets other users read or write it; run: chmod 600 ${path}`,
    }
  }
  if (reading.owner !== 0 && reading.owner !== user) {
    return {
      kind: 'refused',
      reason: `it belongs to user ${reading.owner}, not to root or the user of this service; run: chown ${user} ${path}`,
    }
  }
  return reading
}

/** The text of a private file, its line end included, or SECRET_MISSING; `limit` is in octets. */
export async function readSecretFile(
  path: string,
  limit = SECRET_BYTES_MAX,
): Promise<Result<string>> {
  return secretIn(path, await readPrivate(path, limit), limit)
}

/**
 * The text of a systemd credential, or SECRET_MISSING. The mode of the file is not checked (0400, or 0440
 * with an ACL), because systemd lets only root and the service's user into the directory.
 */
export async function readCredential(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Result<string>> {
  const dir = env[CREDENTIALS]
  if (dir === undefined || !isPlainName(name)) {
    return refused(fault('SECRET_MISSING', name, 'the service has no such systemd credential'))
  }
  const path = join(dir, name)
  return secretIn(path, await readBounded(path, SECRET_BYTES_MAX))
}

/** What this router has stored under the name of a secret. */
export type OwnSecret =
  | { readonly kind: 'text'; readonly text: string; readonly from: string }
  | { readonly kind: 'missing'; readonly fault: Fault }
  /** There is one that must not or cannot be read. No secret from another place is used instead. */
  | { readonly kind: 'unusable'; readonly fault: Fault }

/** Looks first for a systemd credential named `credentialPrefix` and `name`, then for a file `name` in `dir`. */
export async function readOwnSecret(options: {
  readonly name: string
  readonly dir: string
  readonly credentialPrefix: string
  readonly env?: NodeJS.ProcessEnv
}): Promise<OwnSecret> {
  const { name, dir, env = process.env } = options
  if (!isPlainName(name)) return { kind: 'missing', fault: fault('SECRET_MISSING', name) }
  const credential = `${options.credentialPrefix}${name}`
  const given = env[CREDENTIALS]
  const found: Reading =
    given === undefined || !isPlainName(credential)
      ? { kind: 'missing' }
      : await readBounded(join(given, credential), SECRET_BYTES_MAX)
  if (found.kind !== 'missing') return ownSecret(`systemd credential ${credential}`, found)
  const path = join(dir, name)
  return ownSecret(path, await readPrivate(path))
}

function ownSecret(from: string, reading: Reading): OwnSecret {
  const text = secretIn(from, reading)
  if (text.ok) return { kind: 'text', text: text.value, from }
  const [why = fault('SECRET_MISSING', from)] = text.faults
  return { kind: reading.kind === 'missing' ? 'missing' : 'unusable', fault: why }
}

/** One path component, so that the name cannot lead out of its directory. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)
}

function secretIn(path: string, reading: Reading, limit = SECRET_BYTES_MAX): Result<string> {
  switch (reading.kind) {
    case 'text':
      return ok(reading.text)
    case 'missing':
      return refused(fault('SECRET_MISSING', path, 'there is no such file'))
    case 'too-long':
      return refused(fault('SECRET_MISSING', path, `the file has more than ${limit} octets`))
    case 'not-text':
      return refused(fault('SECRET_MISSING', path, 'the file is not UTF-8 text'))
    case 'refused':
      return refused(fault('SECRET_MISSING', path, `the file cannot be used: ${reading.reason}`))
  }
}
