import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { NodeSSH, type Config } from 'node-ssh'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { shellWords } from './shell-words.js'
import { hostKey } from './host-keys.js'
import { judgeHostKey, keyTypes, type Trust } from './trust.js'

/** Where to, and as whom. */
export interface Destination {
  readonly host: string
  readonly port: number
  readonly user: string
}

/** Every way to log in that the operator offers, tried in this order: keys, agent, password. */
export interface Credentials {
  /** Private keys in a format ssh2 reads, not encrypted. */
  readonly keys: readonly string[]
  /** Path of the SSH agent's socket. */
  readonly agent: string | null
  readonly password: string | null
}

export interface CommandResult {
  /** null: killed by a signal. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Commands on one router, one after the other. */
export interface SshSession {
  /** Words, not shell text: each reaches the program as it is. `stdin` is sent and closed. */
  readonly run: (words: readonly string[], stdin?: string) => Promise<CommandResult>
  /** Writes a local file to a remote path with mode 0600; SFTP is not needed. */
  readonly upload: (local: string, remote: string) => Promise<void>
  readonly close: () => void
}

/** Milliseconds until a router that does not answer is given up. */
const CONNECT_TIMEOUT = 20_000

/** Milliseconds of one command, and of one upload. */
const COMMAND_TIMEOUT = 120_000
const UPLOAD_TIMEOUT = 600_000

/** Octets one command may say; what talks more is cut off. */
const OUTPUT_MAX = 1024 * 1024

/** Logs in, or throws a FaultError: SSH_HOST_KEY, SSH_AUTH or SSH_FAILED. */
export async function openSsh(
  to: Destination,
  credentials: Credentials,
  trust: Trust,
): Promise<SshSession> {
  const place = `${to.user}@${to.host}`
  const ssh = new NodeSSH()
  const judged: { fault: Fault | undefined } = { fault: undefined }
  const config: Config = {
    host: to.host,
    port: to.port,
    username: to.user,
    readyTimeout: CONNECT_TIMEOUT,
    keepaliveInterval: 10_000,
    authHandler: ways(to.user, credentials),
    algorithms: { serverHostKey: keyTypes(trust) },
    hostVerifier: (blob: Buffer) => {
      judged.fault = judgeHostKey(trust, hostKey(blob), place)
      return judged.fault === undefined
    },
  }
  try {
    await ssh.connect(config)
  } catch (error) {
    ssh.dispose()
    throw new FaultError(judged.fault ?? connectFault(place, credentials, error), error)
  }
  // node-ssh takes its own listener away once connected; without one a lost connection is a crash.
  ssh.connection?.on('error', () => undefined)
  return sessionOn(ssh, place)
}

function sessionOn(ssh: NodeSSH, place: string): SshSession {
  const lost = new Promise<never>((_, reject) => {
    ssh.connection?.once('close', () => reject(failed(place, 'the connection was lost')))
  })
  // Nobody may be waiting when it is lost.
  lost.catch(() => undefined)

  async function exec(
    words: readonly string[],
    stdin: string | Readable,
    timeout: number,
  ): Promise<CommandResult> {
    const limit = new OutputLimit(timeout)
    try {
      const done = ssh.execCommand(shellWords(words), {
        stdin,
        noTrim: true,
        onChannel: (channel) => limit.watch(channel),
        onStdout: (chunk) => limit.heard(chunk.length),
        onStderr: (chunk) => limit.heard(chunk.length),
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
    run: (words, stdin = '') => exec(words, stdin, COMMAND_TIMEOUT),
    async upload(local, remote) {
      const data = Readable.from([await readFile(local)])
      const words = ['sh', '-c', 'umask 077 && cat >"$1"', 'upload', remote]
      const { code, stderr } = await exec(words, data, UPLOAD_TIMEOUT)
      if (code !== 0) throw failed(place, `${remote} cannot be written: ${stderr.trim()}`)
    },
    close: () => ssh.dispose(),
  }
}

/** Ends a command that runs too long or talks too much. */
class OutputLimit {
  private channel: { close: () => void } | undefined
  private octets = 0
  private readonly timer: NodeJS.Timeout

  constructor(timeout: number) {
    this.timer = setTimeout(() => this.channel?.close(), timeout)
  }

  watch(channel: { close: () => void }): void {
    this.channel = channel
  }

  heard(octets: number): void {
    this.octets += octets
    if (this.octets > OUTPUT_MAX) this.channel?.close()
  }

  end(): void {
    clearTimeout(this.timer)
  }
}

function ways(
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

/** What went wrong before the log-in was through; ssh2 says at which level. */
function connectFault(place: string, offered: Credentials, error: unknown): Fault {
  const level = (error as { level?: string }).level
  if (level !== 'client-authentication') return fault('SSH_FAILED', place, reasonOf(error))
  const tried = [
    offered.keys.length > 0 ? `${offered.keys.length} key(s)` : '',
    offered.agent === null ? '' : 'the SSH agent',
    offered.password === null ? '' : 'the password',
  ].filter((way) => way !== '')
  const what = tried.length === 0 ? 'nothing was offered' : `it did not take ${tried.join(', ')}`
  return fault('SSH_AUTH', place, `the log-in was refused: ${what}`)
}

function failed(place: string, what: string, cause?: unknown): FaultError {
  return new FaultError(fault('SSH_FAILED', place, what), cause)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
