import { fault, FaultError } from '../../core/base/fault.js'
import type { CommandResult, SshSession } from '../../edge/ssh/session.js'

/** Runs words as root on the router; a program that fails is a FaultError with its own complaint. */
export interface RootShell {
  readonly run: (words: readonly string[]) => Promise<string>
  /** The result as it is, for programs whose exit status says something. */
  readonly attempt: (words: readonly string[]) => Promise<CommandResult>
}

/**
 * Root by log-in, by sudo without a password, or by sudo with the log-in's password. The password goes
 * in by standard input: it is never a word of a command, so `ps` cannot show it.
 */
export async function openRootShell(
  session: SshSession,
  options: { readonly uid: string; readonly password: string | null; readonly place: string },
): Promise<RootShell> {
  const attempt = await wayToRoot(session, options)
  return {
    attempt,
    async run(words) {
      const { code, stdout, stderr } = await attempt(words)
      if (code === 0) return stdout
      const said = stderr.trim() === '' ? `exit status ${code}` : stderr.trim()
      throw new FaultError(fault('SSH_FAILED', options.place, `${words[0]}: ${said}`))
    },
  }
}

async function wayToRoot(
  session: SshSession,
  options: { readonly uid: string; readonly password: string | null; readonly place: string },
): Promise<RootShell['attempt']> {
  if (options.uid === '0') return (words) => session.run(words)
  // -k: what sudo remembers from before does not count, so that it asks always or never.
  const free = await session.run(['sudo', '-n', '-k', 'true'])
  if (free.code === 0) return (words) => session.run(['sudo', '-n', '--', ...words])
  const { password } = options
  if (password !== null) {
    const ask = (words: readonly string[]) =>
      session.run(['sudo', '-S', '-k', '-p', '', '--', ...words], `${password}\n`)
    if ((await ask(['true'])).code === 0) return ask
  }
  const what =
    password === null
      ? 'sudo wants a password: give --ask-password or --password-file, or log in as root'
      : 'sudo did not take the password'
  throw new FaultError(fault('SSH_AUTH', options.place, what))
}
