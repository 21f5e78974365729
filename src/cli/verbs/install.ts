import { type Command, InvalidArgumentError, Option } from 'commander'
import { seconds } from '../../core/base/time.js'
import { EXIT, exitStatus, type ExitStatus } from '../../edge/host/program.js'
import { withNext, type RunVerb, type Context } from '../command/context.js'
import { verbHelp } from '../command/help.js'
import { count, duration, port } from '../command/options.js'
import type { FleetFlags, Outcome } from '../install/fleet/fleet.js'
import { isFingerprint, parseDestination } from '../install/login.js'
import { printable } from '../render/table.js'

const TEXT = `The same command installs, upgrades and repairs; what is as it should be is left alone. Routers
are done one after the other; none is begun after one has failed, unless --continue is given.

What differs between routers stands as {NAME} in the settings and in the names of --token and --ca:
{host}, {user}, {id} (the first label of the host's name), what --set gives, and each column of
--hosts, a CSV file whose first line names the columns; host is USER@HOST, and port may be one.

An upgrade returns to the version before, and to the files before, where the router is not as well
as it was: its state, the severity of anything, a BGP session or the connection to the hub. The
package of before is what the router kept, or --previous.

The router's host key is checked against known_hosts or --host-key, and never trusted at first
sight. Log-in is by key or SSH agent; a password comes from --ask-password, --password-file or the
variable DEMARC_SSH_PASSWORD, never from the command line. A user other than root needs sudo.`

const EXITS = {
  0: 'every agent runs, and has connected to its hub where the settings name one',
  1: 'a router was worse than before, and the version before runs again',
  64: 'the destination or an option is wrong',
  65: 'the router is of a kind that demarc does not support, or a secret is missing',
  69: 'the router, its agent or the hub does not answer',
  77: 'the host key is unknown or wrong, or the log-in was refused',
  78: 'the settings for the agent are wrong',
}

type Destination = NonNullable<ReturnType<typeof parseDestination>>

/** `demarc install USER@HOST…` */
export function addInstall(program: Command, run: RunVerb): void {
  const verb = program
    .command('install')
    .argument('[user@host...]', 'the routers', destinations)
    .description('install, upgrade or repair the agent on routers over SSH')
    .option('--package <file...>', 'demarc_VERSION_ARCH.deb, one for each architecture')
    .option('--hosts <file>', 'more routers, CSV with a column host')
    .option('--set <name=value>', 'a value for {NAME}; several times', collect)
    .option('--settings <file>', "the agent's settings (default: what the router has)")
    .option('--token <file>', "the hub's token, mode 0600")
    .option('--ca <file>', "authorities that signed the hub's certificate, PEM")
    .option('--replace', 'overwrite settings, token and CA file that differ', false)
    .option('--continue', 'go on with the other routers after one has failed', false)
    .option('--parallel <n>', 'routers at the same time', count, 1)
    .option('--previous <file...>', 'the package of the version before, where a router kept none')
    .option('--no-return', 'leave a router on the new version even where it is worse than before')
  addTimes(verb)
  addLogin(verb)
  verb
    .addHelpText(
      'after',
      verbHelp({
        text: TEXT,
        examples: [
          "demarc install root@par-1 root@lon-1 --settings router.toml --token 'tokens/{id}.token'",
          'demarc install --hosts routers.csv --package demarc_0.2.0_amd64.deb --continue',
        ],
        exits: EXITS,
      }),
    )
    .action((to: readonly Destination[], flags: FleetFlags) =>
      run((context) => runInstall(context, to, flags)),
    )
}

function addTimes(verb: Command): void {
  const time = (flags: string, text: string, value: number) =>
    new Option(flags, text).argParser(duration).default(seconds(value), `${value}s`)
  verb
    .addOption(time('--wait <time>', 'how long to wait for the agent, its hub and its health', 60))
    .addOption(time('--soak <time>', 'how long a router has to stay as well as before', 10))
}

function addLogin(verb: Command): void {
  verb
    .option('--port <n>', 'SSH port', port, 22)
    .option('--identity <file...>', 'private keys to log in with (default: the usual ones)')
    .option('--ask-password', 'ask for the password, also for sudo', false)
    .option('--password-file <file>', 'file with the password, mode 0600')
    .option('--host-key <SHA256:…>', "the router's key, compared on its console", fingerprint)
    .option('--known-hosts <file>', 'instead of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts')
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function destinations(text: string, before: readonly Destination[] = []): readonly Destination[] {
  const parsed = parseDestination(text)
  if (parsed !== undefined) return [...before, parsed]
  throw new InvalidArgumentError('Write it as USER@HOST, and give the port with --port.')
}

function fingerprint(text: string): string {
  if (isFingerprint(text)) return text
  throw new InvalidArgumentError('Write SHA256: and 43 characters, as "ssh-keygen -l" prints it.')
}

async function runInstall(
  context: Context,
  to: readonly Destination[] = [],
  flags: FleetFlags,
): Promise<ExitStatus> {
  // Only this verb needs SSH: loaded here, it costs the other verbs no time.
  const { installAll } = await import('../install/fleet/fleet.js')
  const outcomes = await installAll(to, flags, (host, message) =>
    context.err(printable(`${host}: ${message}`)),
  )
  context.out(
    context.json
      ? JSON.stringify({ routers: outcomes.map(forPrograms) }, null, 2)
      : outcomes.map(render).join('\n'),
  )
  const faults = outcomes.flatMap((outcome) => (outcome.outcome === 'failed' ? outcome.faults : []))
  if (!context.json) {
    for (const { code, at, message } of faults) {
      context.err(printable(`${code}  ${at}: ${message}`))
    }
  }
  return faults.length > 0 ? exitStatus(faults) : EXIT.done
}

function forPrograms(outcome: Outcome): object {
  return outcome.outcome === 'failed'
    ? { ...outcome, faults: outcome.faults.map(withNext) }
    : outcome
}

function render(outcome: Outcome): string {
  const { host } = outcome
  if (outcome.outcome === 'failed') return printable(`${host}: failed`)
  if (outcome.outcome === 'skipped') return printable(`${host}: not begun`)
  const { router, changed, kept, agent } = outcome
  const hub = agent.hub === null ? 'no hub configured' : `connected to ${agent.hub}`
  const number = changed.length === 1 ? '1 change' : `${changed.length} changes`
  return [
    `${host}: ${outcome.outcome === 'unchanged' ? 'unchanged' : number}`,
    ...changed.map((step) => `  ${step}`),
    ...kept.map((note) => `  note: ${note}`),
    `  ${router} runs demarc ${agent.version}, ${agent.state}, ${hub}`,
  ]
    .map(printable)
    .join('\n')
}
