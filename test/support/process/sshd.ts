import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort, isListening } from './listening.js'

/** A real sshd on a loopback port of its own, with host keys and an authorised key made for it. */
export interface TestSshd {
  readonly port: number
  readonly user: string
  /** `SHA256:…` of its ED25519 key. */
  readonly fingerprint: string
  /** Lines for known_hosts, of its ED25519 and its RSA key. */
  readonly knownHosts: { readonly ed25519: string; readonly rsa: string }
  /** A known_hosts line with an ED25519 key that sshd does not have. */
  readonly strangersHosts: string
  /** Private key that may log in. */
  readonly key: string
  readonly stop: () => void
}

/** Small keys are quick to make, and no secret. */
const KEY_BITS = { ed25519: [], rsa: ['-b', '2048'] }

/** Starts it as this user; only this user can log in, by key. */
export async function startSshd(options: readonly string[] = []): Promise<TestSshd> {
  // Not below the project: sshd refuses files in a directory that others may write.
  const dir = mkdtempSync(join(tmpdir(), 'demarc-sshd-'))
  const keygen = (type: keyof typeof KEY_BITS, file: string) =>
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      type,
      '-N',
      '',
      '-f',
      join(dir, file),
      ...KEY_BITS[type],
    ])
  keygen('ed25519', 'host_ed25519')
  keygen('rsa', 'host_rsa')
  keygen('ed25519', 'user')
  writeFileSync(join(dir, 'authorized'), readFileSync(join(dir, 'user.pub')))
  chmodSync(join(dir, 'authorized'), 0o600)
  const port = await freePort()
  const child = spawn(
    '/usr/sbin/sshd',
    ['-D', '-e', '-f', '/dev/null', ...flags(dir, port, options)],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const output: string[] = []
  child.stderr.on('data', (chunk: Buffer) => void output.push(chunk.toString()))
  await listening(port, child, output)
  const keyLine = (file: string) => {
    const [kind, blob] = readFileSync(join(dir, `${file}.pub`), 'utf8').split(' ')
    return `[127.0.0.1]:${port} ${kind} ${blob}\n`
  }
  return {
    port,
    user: userInfo().username,
    fingerprint:
      execFileSync('ssh-keygen', ['-lf', join(dir, 'host_ed25519.pub')], {
        encoding: 'utf8',
      }).split(' ')[1] ?? '',
    knownHosts: { ed25519: keyLine('host_ed25519'), rsa: keyLine('host_rsa') },
    strangersHosts: keyLine('user'),
    key: readFileSync(join(dir, 'user'), 'utf8'),
    stop() {
      child.kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function flags(dir: string, port: number, options: readonly string[]): string[] {
  // sshd separates privileges in this directory; a service manager would have made it.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const settings = [
    'ListenAddress=127.0.0.1',
    `Port=${port}`,
    `HostKey=${join(dir, 'host_ed25519')}`,
    `HostKey=${join(dir, 'host_rsa')}`,
    `AuthorizedKeysFile=${join(dir, 'authorized')}`,
    'PidFile=none',
    'PermitRootLogin=yes',
    'PasswordAuthentication=yes',
    'UsePAM=no',
    'StrictModes=no',
    ...options,
  ]
  return settings.flatMap((setting) => ['-o', setting])
}

/** Waits at most 10 s; rejects with sshd's output where it ended or does not listen. */
async function listening(
  port: number,
  child: ChildProcess,
  output: readonly string[],
): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${output.join('')}`)
    if (await isListening({ port })) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`sshd does not listen: ${output.join('')}`)
}
