import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { NodeSSH, type Config } from 'node-ssh'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { millis, type Millis } from '../../core/base/time.js'
import { shellWords } from './shell-words.js'
import { hostKey } from './host-keys.js'
import { judgeHostKey, keyTypes, type Trust } from './trust.js'

/** The router, and the user to log in as. */
export interface Destination {
  readonly host: string
  readonly port: number
  readonly user: string
}

/** What the operator offers to log in with, tried in this order: keys, agent, password. */
export interface Credentials {
  /** Unencrypted private keys in a format that ssh2 reads. */
  readonly keys: readonly string[]
  /** Path of the SSH agent's socket. */
  readonly agent: string | null
  readonly password: string | null
}

export interface CommandResult {
  /** Exit status; null: a signal ended the command. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs commands on one router. Methods reject with SSH_FAILED where the connection fails. */
export interface SshSession {
  /** The words are not shell text; each reaches the program unchanged. `stdin` is sent and then closed. `timeout` is 120 s without it. */
  readonly run: (
    words: readonly string[],
    stdin?: string,
    timeout?: Millis,
  ) => Promise<CommandResult>
  /** Copies a local file to a remote path with mode 0600, by `cat`; the router need not have SFTP. */
  readonly upload: (local: string, remote: string) => Promise<void>
  readonly close: () => void
}

/** Time until the login to a router that does not answer is given up. */
const CONNECT_TIMEOUT = millis(20_000)

const KEEPALIVE_INTERVAL = millis(10_000)

/** Time that one command may take where its caller names none, and one upload. */
const COMMAND_TIMEOUT = millis(120_000)
const UPLOAD_TIMEOUT = millis(600_000)

/** Octets that one command may print; a command that prints more is ended. */
const OUTPUT_MAX = 1024 * 1024

/** Logs in. Rejects with SSH_HOST_KEY, SSH_AUTH or SSH_FAILED. */
export async function openSsh(
  to: Destination,
  credentials: Credentials,
  trust: Trust,
): Promise<SshSession> {
  const place = `${to.user}@${to.host}`
  const ssh = new NodeSSH()
  let keyFault: Fault | undefined
  const config: Config = {
    host: to.host,
    port: to.port,
    username: to.user,
    readyTimeout: CONNECT_TIMEOUT,
    keepaliveInterval: KEEPALIVE_INTERVAL,
    authHandler: authMethods(to.user, credentials),
    algorithms: { serverHostKey: keyTypes(trust) },
    hostVerifier: (blob: Buffer) => {
      keyFault = judgeHostKey(trust, hostKey(blob), place)
      return keyFault === undefined
    },
  }
  try {
    await ssh.connect(config)
  } catch (error) {
    ssh.dispose()
    throw new FaultError(keyFault ?? connectFault(place, credentials, error), error)
  }
  // node-ssh removes its own listener once connected; without one a lost connection would end the process.
  ssh.connection?.on('error', () => undefined)
  return sessionOn(ssh, place)
}

function sessionOn(ssh: NodeSSH, place: string): SshSession {
  const lost = new Promise<never>((_, reject) => {
    ssh.connection?.once('close', () => reject(failed(place, 'the connection was lost')))
  })
  // The connection may be lost while no command runs; this rejection is handled then as well.
  lost.catch(() => undefined)

  async function exec(
    words: readonly string[],
    stdin: string | Readable,
    timeout: Millis,
  ): Promise<CommandResult> {
    const limit = new OutputLimit(timeout)
    try {
      const done = ssh.execCommand(shellWords(words), {
        stdin,
        noTrim: true,
        onChannel: (channel) => limit.watch(channel),
        onStdout: (chunk) => limit.received(chunk.length),
        onStderr: (chunk) => limit.received(chunk.length),
      })
      const { code, stdout, stderr } = await Promise.race([done, lost])
      return { code, stdout, stderr }
    } catch (error) {
      throw error instanceof FaultError ? error : failed(place, reasonOf(error), error)
    } finally {
      limit.end()
    }
  }

  return {
    run: (words, stdin = '', timeout = COMMAND_TIMEOUT) => exec(words, stdin, timeout),
    async upload(local, remote) {
      const data = Readable.from([await readFile(local)])
      const words = ['sh', '-c', 'umask 077 && cat >"$1"', 'upload', remote]
      const { code, stderr } = await exec(words, data, UPLOAD_TIMEOUT)
      if (code !== 0)
        throw failed(place, `${remote} cannot be written on the router: ${stderr.trim()}`)
    },
    close: () => ssh.dispose(),
  }
}

/** Ends a command that runs too long or prints too much. */
class OutputLimit {
  private channel: { close: () => void } | undefined
  private octets = 0
  private readonly timer: NodeJS.Timeout

  constructor(timeout: Millis) {
    this.timer = setTimeout(() => this.channel?.close(), timeout)
  }

  watch(channel: { close: () => void }): void {
    this.channel = channel
  }

  received(octets: number): void {
    this.octets += octets
    if (this.octets > OUTPUT_MAX) this.channel?.close()
  }

  end(): void {
    clearTimeout(this.timer)
  }
}

function authMethods(
  username: string,
  { keys, agent, password }: Credentials,
): NonNullable<Config['authHandler']> {
  const methods = [
    ...keys.map((key) => ({ type: 'publickey', username, key }) as const),
    ...(agent === null ? [] : [{ type: 'agent', username, agent } as const]),
    ...(password === null ? [] : [{ type: 'password', username, password } as const]),
  ]
  return methods
}

/** SSH_AUTH where ssh2 reports that authentication failed, SSH_FAILED for anything else before the login. */
function connectFault(place: string, offered: Credentials, error: unknown): Fault {
  const level = (error as { level?: string }).level
  if (level !== 'client-authentication') return fault('SSH_FAILED', place, reasonOf(error))
  const tried = [
    offered.keys.length > 0 ? `${offered.keys.length} key(s)` : '',
    offered.agent === null ? '' : 'the SSH agent',
    offered.password === null ? '' : 'the password',
  ].filter((method) => method !== '')
  const reason =
    tried.length === 0
      ? 'no key, agent or password was offered'
      : `the router did not accept ${tried.join(', ')}`
  return fault('SSH_AUTH', place, `the login failed: ${reason}`)
}

function failed(place: string, what: string, cause?: unknown): FaultError {
  return new FaultError(fault('SSH_FAILED', place, what), cause)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
