#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { VERSION } from '../core/base/version.js'
import { IMPACTS, type Impact } from '../core/model/plan.js'
import { probeOption, type ProbeParam } from './command/probe-option.js'
import { showRefusal, type Context } from './command/context.js'
import { EXIT, type ExitStatus } from '../edge/host/program.js'
import { addInstall } from './verbs/install.js'
import { apply, decide, history, plan, release, repair, rollback } from './verbs/change.js'
import { writeIntent } from './verbs/export.js'
import { checkConfig, validate } from './verbs/offline.js'
import { SHOWN, showThing, status, watch, type Shown } from './verbs/see.js'

const EXIT_HELP = `
Exit codes: 0 done or nothing to do; 1 failed; 2 differences (plan) or unhealthy (status);
64 usage; 65 refused input; 69 agent or router not reachable; 75 try again; 77 not permitted;
78 configuration. Every verb takes --json.`

type Verb = (context: Context) => Promise<ExitStatus>

/** Seconds of a span such as `90`, `90s`, `5m`, `1h`. */
function seconds(text: string): number {
  const match = /^(\d{1,6})(s|m|h)?$/.exec(text)
  const unit = { s: 1, m: 60, h: 3600 }[match?.[2] ?? 's'] ?? 1
  if (match === null) throw new InvalidArgumentError('say 90, 90s, 5m or 1h.')
  return Number(match[1]) * unit
}

function count(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('say a number from 1 to 999.')
  return Number(text)
}

function generation(text: string): number {
  const value = Number(text)
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(value)) return value
  throw new InvalidArgumentError('say a generation, as "demarc history" lists them.')
}

function build(run: (verb: Verb) => Promise<void>): Command {
  const program = new Command('demarc')
    .description('Operates demarc, the agent at the end of a dedicated cloud interconnect.')
    .version(VERSION)
    .option('--json', 'print JSON for programs instead of tables', false)
    .option('--config <file>', "the agent's settings", '/etc/demarc/demarc.toml')
    .option('--socket <path>', "the agent's local socket (default: as the settings say)")
    .addHelpText('after', EXIT_HELP)
    .exitOverride()
  addOffline(program, run)
  addChange(program, run)
  addTakeOver(program, run)
  addSee(program, run)
  addInstall(program, run)
  return program
}

function addOffline(program: Command, run: (verb: Verb) => Promise<void>): void {
  program
    .command('check-config')
    .description('check the settings file; every fault with its line and key')
    .action(() => run(checkConfig))
  program
    .command('validate <file>')
    .description('check an intent without a router: shape, limits, cross-checks')
    .option(
      '--managed <glob...>',
      'ports to take as managed (default: as the settings say, or all)',
    )
    .addHelpText('after', '\nExample: demarc validate intent.json --managed "enp1s0*"')
    .action((file: string, options: { managed?: string[] }) =>
      run((context) => validate(context, file, { managed: options.managed })),
    )
}

interface ApplyFlags {
  readonly confirm?: number
  readonly maxImpact?: Impact
  readonly name?: string
  readonly secrets?: string
  readonly probe?: readonly ProbeParam[]
  readonly require?: readonly ProbeParam[]
  readonly timeout: number
}

const SECRETS_OPTION = [
  '--secrets <file>',
  'passwords the intent names: JSON or TOML, mode 0600; the router keeps them encrypted',
] as const

/** The options of a verb that changes the router by an intent. */
function withTerms(command: Command): Command {
  return command
    .option('--confirm <span>', 'undo it unless "demarc confirm" comes within this time', seconds)
    .addOption(
      new Option('--max-impact <impact>', 'refuse a plan that does more to traffic').choices(
        IMPACTS,
      ),
    )
    .option('--name <name>', 'name of the change (default: made up)')
    .option(...SECRETS_OPTION)
    .option(
      '--probe <probe>',
      'ping:ADDRESS@ATTACHMENT or prefix:PREFIX@NEIGHBOUR, may be given again: undo the change when it worked before and does not after',
      probeOption(false),
    )
    .option('--require <probe>', 'the same, even if it did not work before', probeOption(true))
    .option('--timeout <span>', 'how long to wait for it to settle', seconds, 300)
}

function terms({
  confirm,
  maxImpact,
  name,
  secrets,
  timeout,
  probe = [],
  require = [],
}: ApplyFlags) {
  return { confirm, maxImpact, name, secrets, timeout, probes: [...probe, ...require] }
}

/** Bringing a router that runs under management, and giving it back. */
function addTakeOver(program: Command, run: (verb: Verb) => Promise<void>): void {
  program
    .command('export')
    .description('write an intent from what the router has today; changes nothing')
    .addHelpText(
      'after',
      `
The intent goes to stdout. What is on the router and not in it goes to stderr, one line for each thing
with the reason and what to do; it stays as it is when the router is taken over. Passwords are named
and never exported. Read the intent and complete it before you take the router over:
  demarc export > intent.json
  demarc adopt intent.json --dry-run
  demarc adopt intent.json --confirm 5m`,
    )
    .action(() => run(writeIntent))
  withTerms(program.command('adopt <file>'))
    .description(
      'take over the bonds, VLANs, addresses and neighbours that are there and match the intent',
    )
    .option('--dry-run', 'show what would be marked and what would change, and do nothing', false)
    .addHelpText(
      'after',
      `
What matches gets demarc's marks and carries on; what else differs is changed as "apply" would,
up to the impact "soft" unless --max-impact allows more. What does not match is refused.
Example: demarc adopt intent.json --dry-run`,
    )
    .action((file: string, flags: ApplyFlags & { dryRun: boolean }) =>
      run((context) =>
        flags.dryRun
          ? plan(context, file, { secrets: flags.secrets, adopt: true })
          : apply(context, file, { ...terms(flags), adopt: true }),
      ),
    )
  program
    .command('release')
    .description("take demarc's marks off the router, leave all in place, and forget the intent")
    .action(() => run(release))
}

function addChange(program: Command, run: (verb: Verb) => Promise<void>): void {
  program
    .command('plan <file>')
    .description('show what an intent would change and what that does to traffic; changes nothing')
    .option(...SECRETS_OPTION)
    .action((file: string, { secrets }: { secrets?: string }) =>
      run((context) => plan(context, file, { secrets, adopt: false })),
    )
  withTerms(program.command('apply <file>'))
    .description('make the router as the intent says, and follow the change to its end')
    .addHelpText(
      'after',
      '\nExample: demarc apply intent.json --confirm 5m --max-impact soft --probe ping:10.0.0.1@net-a',
    )
    .action((file: string, flags: ApplyFlags) =>
      run((context) => apply(context, file, { ...terms(flags), adopt: false })),
    )
  program
    .command('confirm <change>')
    .description('keep a change that waits to be confirmed')
    .action((change: string) => run((context) => decide(context, 'change.confirm', change)))
  program
    .command('cancel <change>')
    .description('undo a change that waits to be confirmed')
    .action((change: string) => run((context) => decide(context, 'change.cancel', change)))
  withTerms(program.command('rollback'))
    .argument('[generation]', 'one that was in force, see "demarc history"', generation)
    .description('go back to an intent that was in force before; without a number, to the newest')
    .option('--dry-run', 'show what would change, and do nothing', false)
    .addHelpText(
      'after',
      `
The router keeps the last 20. It is pushed again as a new generation, so that a hub has to push a
newer one still. "demarc cancel" is what undoes a change that waits to be confirmed.
Example: demarc rollback 41 --dry-run`,
    )
    .action((former: number | undefined, flags: ApplyFlags & { dryRun: boolean }) =>
      run((context) => rollback(context, former, { ...terms(flags), dryRun: flags.dryRun })),
    )
  program
    .command('repair')
    .description('lead out of a stuck change: undo it once more')
    .option(
      '--accept',
      'if that fails too, take the router as it is and hold it to the last good intent',
    )
    .addHelpText(
      'after',
      '\nA change is stuck when its undo did not come through; "demarc status" says what is left.',
    )
    .action((flags: { accept?: boolean }) =>
      run((context) => repair(context, flags.accept === true)),
    )
  program
    .command('history')
    .description('settled changes, newest last')
    .action(() => run(history))
}

function addSee(program: Command, run: (verb: Verb) => Promise<void>): void {
  program
    .command('status')
    .description('the whole router at a glance; exit 2 when something is not well')
    .action(() => run(status))
  program
    .command('show')
    .description(`show ${SHOWN.join(', ')} or the running intent`)
    .addArgument(program.createArgument('<thing>').choices([...SHOWN]))
    .option('--limit <n>', 'how many events', count, 50)
    .action((thing: Shown, flags: { limit: number }) =>
      run((context) => showThing(context, thing, flags.limit)),
    )
  program
    .command('watch')
    .description('print changes, health and events as they happen, until interrupted')
    .action(() => run(watch))
}

async function main(): Promise<number> {
  let exit: number = EXIT.done
  const program = build(async (verb) => {
    const flags = program.opts<{ json: boolean; config: string; socket?: string }>()
    const context: Context = {
      json: flags.json,
      configFile: flags.config,
      socket: flags.socket ?? null,
      out: (text) => void process.stdout.write(`${text}\n`),
      err: (text) => void process.stderr.write(`${text}\n`),
    }
    exit = await verb(context).catch((error: unknown) => showRefusal(context, error))
  })
  try {
    await program.parseAsync()
    return exit
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.done : EXIT.usage
  }
}

process.exitCode = await main()
