import { Option, type Command } from 'commander'
import { seconds, type Seconds } from '../core/base/time.js'
import { IMPACTS, type Impact } from '../core/model/plan.js'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { duration, generation } from './command/options.js'
import { probeOption, type ProbeParam } from './command/probe-option.js'
import { apply, plan, rollback, type ChangeTerms } from './verbs/push.js'

/** What commander gives for the options of {@link withChangeOptions}. */
export interface ChangeFlags {
  readonly dryRun: boolean
  readonly confirm?: Seconds
  readonly maxImpact?: Impact
  readonly name?: string
  readonly secrets?: string
  readonly probe?: readonly ProbeParam[]
  readonly require?: readonly ProbeParam[]
  readonly timeout: Seconds
}

/** What the exit statuses mean for every verb that makes a change. */
export const CHANGE_EXITS = {
  0: 'confirmed, or nothing to do; with --confirm also: applied, and waits for "demarc confirm";\n      with --dry-run: the plan was shown',
  1: 'rolled back or stuck; the reason is printed',
  65: 'refused, and nothing was changed',
  75: 'another change is under way, or this one did not end within --timeout',
}

const SECRETS_OPTION = [
  '--secrets <file>',
  'passwords the intent names: JSON or TOML, mode 0600; the router keeps them encrypted',
] as const

/** The options of a verb that changes the router. */
export function withChangeOptions(command: Command): Command {
  return command
    .option('--dry-run', 'show the plan and change nothing', false)
    .option(
      '--confirm <time>',
      'roll back unless "demarc confirm" comes within this time',
      duration,
    )
    .addOption(
      new Option('--max-impact <impact>', 'refuse a plan that does more to traffic').choices(
        IMPACTS,
      ),
    )
    .option('--name <name>', 'name of the change (default: a random one)')
    .option(...SECRETS_OPTION)
    .option(
      '--probe <probe>',
      'roll back if this worked before the change and does not after it; can be repeated.\nping:ADDRESS@ATTACHMENT or prefix:PREFIX@NEIGHBOUR',
      probeOption(false),
    )
    .option(
      '--require <probe>',
      'like --probe, but roll back also if it did not work before',
      probeOption(true),
    )
    .addOption(
      new Option('--timeout <time>', 'how long to wait for the end of the change')
        .argParser(duration)
        .default(seconds(300), '5m'),
    )
}

/** The options of a change as the verbs take them. */
export function changeTerms(flags: ChangeFlags, adopt: boolean): ChangeTerms {
  const { dryRun, confirm, maxImpact, name, secrets, timeout, probe = [], require = [] } = flags
  const probes = [...probe, ...require]
  return { adopt, dryRun, confirm, maxImpact, name, secrets, timeout, probes }
}

/** `demarc plan FILE` */
export function addPlan(program: Command, run: RunVerb): void {
  program
    .command('plan <file>')
    .description('show what an intent would change and what that does to traffic')
    .option(...SECRETS_OPTION)
    .addHelpText(
      'after',
      verbHelp({
        text: 'Changes nothing. FILE is "-" for standard input, here and in the other verbs.',
        examples: ['demarc plan intent.json'],
        exits: { 0: 'nothing to do', 2: 'there is something to do', 65: 'the intent is refused' },
      }),
    )
    .action((file: string, { secrets }: { readonly secrets?: string }) =>
      run((context) => plan(context, file, { secrets, adopt: false })),
    )
}

/** `demarc apply FILE` */
export function addApply(program: Command, run: RunVerb): void {
  withChangeOptions(program.command('apply <file>'))
    .description('change the router to match an intent, and follow the change to its end')
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'Without --confirm the change confirms itself once every session that was up is up again,',
          'and is rolled back if that takes too long. With --confirm the verb ends as soon as the',
          'change is applied; the change is then rolled back unless "demarc confirm" comes in time.',
        ].join('\n'),
        examples: [
          'demarc apply intent.json --dry-run',
          'demarc apply intent.json --confirm 5m --max-impact soft',
          'demarc apply intent.json --probe ping:10.0.0.1@net-a',
        ],
        exits: CHANGE_EXITS,
      }),
    )
    .action((file: string, flags: ChangeFlags) =>
      run((context) => apply(context, file, changeTerms(flags, false))),
    )
}

/** `demarc rollback [GENERATION]` */
export function addRollback(program: Command, run: RunVerb): void {
  withChangeOptions(program.command('rollback'))
    .argument('[generation]', 'one that was in force, see "demarc history"', generation)
    .description('apply an intent that was in force before; without a number, the newest of them')
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'The router keeps the last 20. The intent is pushed as a new generation, so a hub has to',
          'push a newer one still. To end a change that waits to be confirmed, use "demarc cancel".',
        ].join('\n'),
        examples: ['demarc rollback --dry-run', 'demarc rollback 41'],
        exits: CHANGE_EXITS,
      }),
    )
    .action((wanted: number | undefined, flags: ChangeFlags) =>
      run((context) => rollback(context, wanted, changeTerms(flags, false))),
    )
}
