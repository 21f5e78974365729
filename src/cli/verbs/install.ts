import { type Command, InvalidArgumentError } from 'commander'
import type { Context } from '../command/context.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import type { Installed, InstallFlags } from '../install/install.js'
import { printable } from '../render/table.js'

const HELP = `
The router's host key is checked against known_hosts or --host-key, never trusted at first sight.
Log-in is by key or SSH agent; a password comes from --ask-password, --password-file or the variable
DEMARC_SSH_PASSWORD, never from the command line. Who is not root needs sudo.
Safe to repeat: what is as it should be is left alone, and settings that are there are kept.

Example: demarc install admin@192.0.2.7 --settings par-edge-1.toml --token par-edge-1.token`

function port(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('say a number from 1 to 65535.')
  }
  return Number(text)
}

function seconds(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('say seconds, 1 to 9999.')
  return Number(text)
}

/** Adds `demarc install`. */
export function addInstall(
  program: Command,
  run: (verb: (context: Context) => Promise<ExitStatus>) => Promise<void>,
): void {
  program
    .command('install <user@host>')
    .description(
      'install, upgrade or repair the agent on a router over SSH, and wait for its hello',
    )
    .option('--port <n>', 'SSH port', port, 22)
    .option('--identity <file...>', 'private keys to log in with (default: the usual ones)')
    .option('--ask-password', 'ask for the password, also for sudo', false)
    .option('--password-file <file>', 'file with the password, mode 0600')
    .option('--host-key <SHA256:…>', "the router's key, compared on its console")
    .option('--known-hosts <file>', 'instead of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts')
    .option('--settings <file>', "the agent's TOML (default: what the router has)")
    .option('--token <file>', "the hub's token, mode 0600")
    .option('--ca <file>', "authorities that signed the hub's certificate, PEM")
    .option('--replace', 'overwrite settings, token and CA file that differ', false)
    .option('--wait <seconds>', 'how long to wait for the first hello', seconds, 60)
    .addHelpText('after', HELP)
    .action((target: string, flags: InstallFlags) =>
      run((context) => runInstall(context, target, flags)),
    )
}

async function runInstall(
  context: Context,
  target: string,
  flags: InstallFlags,
): Promise<ExitStatus> {
  // Only this verb needs SSH: loaded here, it costs the other verbs nothing.
  const { install } = await import('../install/install.js')
  const done = await install(target, flags, (says) => context.err(printable(says)))
  context.out(context.json ? JSON.stringify(done, null, 2) : render(done))
  return EXIT.done
}

function render({ router, release, changed, kept, agent }: Installed): string {
  const hub = agent.hub === null ? 'no hub configured' : `said hello to ${agent.hub}`
  return [
    changed.length === 0 ? 'nothing to do' : `${changed.length} changes:`,
    ...changed.map((says) => `  ${says}`),
    ...kept.map((says) => `note: ${says}`),
    `${router} runs demarc ${agent.version} (${release}), ${agent.state}, ${hub}`,
  ]
    .map(printable)
    .join('\n')
}
