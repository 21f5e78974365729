import { fault, FaultError } from '../../core/base/fault.js'
import type { Millis } from '../../core/base/time.js'
import type { CommandResult, SshSession } from '../../edge/ssh/session.js'

/** Runs commands as root on the router. */
export interface RootShell {
  /** The output of the command; one that fails throws a FaultError with what it printed on stderr. */
  readonly run: (words: readonly string[], timeout?: Millis) => Promise<string>
  /** The result as it is, for commands whose exit status is an answer. */
  readonly attempt: (words: readonly string[], timeout?: Millis) => Promise<CommandResult>
}

/** Characters of what a command printed that a fault repeats: the last ones. */
const REASON_MAX = 2_000

/**
 * Becomes root: by the log-in itself, by sudo without a password, or by sudo with the password of the
 * log-in. The password goes to sudo's standard input and is no argument, so `ps` cannot show it.
 * `uid` is the user id of the log-in. Throws a FaultError when none of these works.
 */
export async function openRootShell(
  session: SshSession,
  options: { readonly uid: string; readonly password: string | null; readonly place: string },
): Promise<RootShell> {
  const attempt = await becomeRoot(session, options)
  return {
    attempt,
    async run(words, timeout) {
      const { code, stdout, stderr } = await attempt(words, timeout)
      if (code === 0) return stdout
      const ended = code === null ? 'was ended, or took too long' : `exit status ${code}`
      const reason = stderr.trim() === '' ? ended : stderr.trim().slice(-REASON_MAX)
      throw new FaultError(fault('SSH_FAILED', options.place, `${words[0]}: ${reason}`))
    },
  }
}

async function becomeRoot(
  session: SshSession,
  options: { readonly uid: string; readonly password: string | null; readonly place: string },
): Promise<RootShell['attempt']> {
  if (options.uid === '0') return (words, timeout) => session.run(words, '', timeout)
  // -k: sudo ignores a password it was given before, so that it asks always or never.
  const free = await session.run(['sudo', '-n', '-k', 'true'])
  if (free.code === 0) {
    return (words, timeout) => session.run(['sudo', '-n', '--', ...words], '', timeout)
  }
  const { password } = options
  if (password !== null) {
    const ask = (words: readonly string[], timeout?: Millis) =>
      session.run(['sudo', '-S', '-k', '-p', '', '--', ...words], `${password}\n`, timeout)
    if ((await ask(['true'])).code === 0) return ask
  }
  const message =
    password === null
      ? 'sudo needs a password: give --ask-password or --password-file, or log in as root'
      : 'sudo did not accept the password'
  throw new FaultError(fault('SSH_AUTH', options.place, message))
}
