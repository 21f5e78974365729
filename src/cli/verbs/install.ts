import { type Command, InvalidArgumentError, Option } from 'commander'
import { seconds } from '../../core/base/time.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import type { RunVerb, Context } from '../command/context.js'
import { verbHelp } from '../command/help.js'
import { duration, port } from '../command/options.js'
import { isFingerprint, parseDestination } from '../install/login.js'
import type { Installed, InstallFlags } from '../install/install.js'
import { printable } from '../render/table.js'

const TEXT = `The same command installs, upgrades and repairs; what is as it should be is left alone.
The router's host key is checked against known_hosts or --host-key, and never trusted at first
sight. Log-in is by key or SSH agent; a password comes from --ask-password, --password-file or the
variable DEMARC_SSH_PASSWORD, never from the command line. A user other than root needs sudo.`

const EXITS = {
  0: 'the agent runs, and has connected to its hub where the settings name one',
  64: 'the destination or an option is wrong',
  65: 'the router is of a kind that demarc does not support, or a secret is missing',
  69: 'the router, its agent or the hub does not answer',
  77: 'the host key is unknown or wrong, or the log-in was refused',
  78: 'the settings for the agent are wrong',
}

type Destination = NonNullable<ReturnType<typeof parseDestination>>

/** `demarc install USER@HOST` */
export function addInstall(program: Command, run: RunVerb): void {
  program
    .command('install')
    .argument('<user@host>', 'the router', destination)
    .description('install, upgrade or repair the agent on a router over SSH')
    .option('--port <n>', 'SSH port', port, 22)
    .option('--identity <file...>', 'private keys to log in with (default: the usual ones)')
    .option('--ask-password', 'ask for the password, also for sudo', false)
    .option('--password-file <file>', 'file with the password, mode 0600')
    .option('--host-key <SHA256:…>', "the router's key, compared on its console", fingerprint)
    .option('--known-hosts <file>', 'instead of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts')
    .option('--settings <file>', "the agent's settings (default: what the router has)")
    .option('--token <file>', "the hub's token, mode 0600")
    .option('--ca <file>', "authorities that signed the hub's certificate, PEM")
    .option('--replace', 'overwrite settings, token and CA file that differ', false)
    .addOption(
      new Option('--wait <time>', 'how long to wait for the agent and its hub')
        .argParser(duration)
        .default(seconds(60), '60s'),
    )
    .addHelpText(
      'after',
      verbHelp({
        text: TEXT,
        examples: [
          'demarc install admin@192.0.2.7 --settings par-edge-1.toml --token par-edge-1.token',
        ],
        exits: EXITS,
      }),
    )
    .action((to: Destination, flags: InstallFlags & { readonly port: number }) =>
      run((context) => runInstall(context, { ...to, port: flags.port }, flags)),
    )
}

function destination(text: string): Destination {
  const parsed = parseDestination(text)
  if (parsed !== undefined) return parsed
  throw new InvalidArgumentError('Write it as USER@HOST, and give the port with --port.')
}

function fingerprint(text: string): string {
  if (isFingerprint(text)) return text
  throw new InvalidArgumentError('Write SHA256: and 43 characters, as "ssh-keygen -l" prints it.')
}

async function runInstall(
  context: Context,
  to: Destination,
  flags: InstallFlags,
): Promise<ExitStatus> {
  // Only this verb needs SSH: loaded here, it costs the other verbs no time.
  const { install } = await import('../install/install.js')
  const installed = await install(to, flags, (message) => context.err(printable(message)))
  context.out(context.json ? JSON.stringify(installed, null, 2) : render(installed))
  return EXIT.done
}

function render({ router, release, changed, kept, agent }: Installed): string {
  const hub = agent.hub === null ? 'no hub configured' : `connected to ${agent.hub}`
  const count = changed.length === 1 ? '1 change:' : `${changed.length} changes:`
  return [
    changed.length === 0 ? 'nothing to do' : count,
    ...changed.map((step) => `  ${step}`),
    ...kept.map((note) => `note: ${note}`),
    `${router} runs demarc ${agent.version} (${release}), ${agent.state}, ${hub}`,
  ]
    .map(printable)
    .join('\n')
}
