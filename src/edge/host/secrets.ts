import { join } from 'node:path'
import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { readBounded, type Reading } from './bounded-read.js'

/** Octets of one secret's file. */
const SECRET_BYTES_MAX = 4096

/** Where systemd puts what `LoadCredential=` names (systemd.exec(5), Credentials). */
const CREDENTIALS = 'CREDENTIALS_DIRECTORY'

/** Reads a file that nobody but its owner, root or this process's user, may touch. */
export async function readPrivate(path: string): Promise<Reading> {
  const reading = await readBounded(path, SECRET_BYTES_MAX)
  if (reading.kind !== 'text') return reading
  if ((reading.mode & 0o077) !== 0) {
    const mode = reading.mode.toString(8).padStart(4, '0')
    return { kind: 'refused', reason: `its mode ${mode} lets others in; run: chmod 600 ${path}` }
  }
  if (reading.owner !== 0 && reading.owner !== process.getuid?.()) {
    return { kind: 'refused', reason: `it belongs to user ${reading.owner}, not to this service` }
  }
  return reading
}

/** The text of one secret's file as it lies there, line end included. */
export async function readSecretFile(path: string): Promise<Result<string>> {
  return secretIn(path, await readPrivate(path))
}

/**
 * The text of a systemd credential. systemd owns that directory: only root and the service's user
 * can look inside, whatever the mode of the file (0400, or 0440 with an ACL).
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

export interface SecretsFound {
  readonly found: ReadonlyMap<string, string>
  readonly faults: readonly Fault[]
}

/** Looks for each name among systemd's credentials first, then as a file of that name in `dir`. */
export async function readSecrets(options: {
  readonly dir: string
  readonly names: Iterable<string>
  readonly env?: NodeJS.ProcessEnv
}): Promise<SecretsFound> {
  const names = [...new Set(options.names)]
  const results = await Promise.all(names.map((name) => readNamed(name, options.dir, options.env)))
  const found = new Map<string, string>()
  const faults: Fault[] = []
  for (const [index, result] of results.entries()) {
    if (result.ok) found.set(names[index] ?? '', result.value)
    else faults.push(...result.faults)
  }
  return { found, faults }
}

async function readNamed(
  name: string,
  dir: string,
  env: NodeJS.ProcessEnv | undefined,
): Promise<Result<string>> {
  if (!isPlainName(name)) return refused(fault('SECRET_MISSING', name))
  const credential = await readCredential(name, env)
  return credential.ok ? credential : readSecretFile(join(dir, name))
}

/** One path component: a secret's name never leads out of its directory. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)
}

function secretIn(path: string, reading: Reading): Result<string> {
  switch (reading.kind) {
    case 'text':
      return ok(reading.text)
    case 'missing':
      return refused(fault('SECRET_MISSING', path, 'there is no such file'))
    case 'too-long':
      return refused(fault('SECRET_MISSING', path, `is longer than ${SECRET_BYTES_MAX} octets`))
    case 'not-text':
      return refused(fault('SECRET_MISSING', path, 'is not UTF-8 text'))
    case 'refused':
      return refused(fault('SECRET_MISSING', path, `cannot be used: ${reading.reason}`))
  }
}
