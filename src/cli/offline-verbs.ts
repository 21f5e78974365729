import type { Command } from 'commander'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { checkConfig, validate } from './verbs/offline.js'

/** `demarc validate FILE` */
export function addValidate(program: Command, run: RunVerb): void {
  program
    .command('validate <file>')
    .description('check an intent without a router: its shape, its limits, its contradictions')
    .option(
      '--managed <pattern...>',
      'ports to take as managed (default: as in the settings, or all)',
    )
    .addHelpText(
      'after',
      verbHelp({
        examples: ['demarc validate intent.json --managed "enp1s0*"'],
        exits: { 0: 'the intent is valid', 65: 'it is not; every fault is printed' },
      }),
    )
    .action((file: string, { managed }: { readonly managed?: readonly string[] }) =>
      run((context) => validate(context, file, managed)),
    )
}

/** `demarc check-config` */
export function addCheckConfig(program: Command, run: RunVerb): void {
  program
    .command('check-config')
    .description("check the agent's settings file; prints every fault with its line and key")
    .addHelpText(
      'after',
      verbHelp({
        examples: ['demarc check-config', 'demarc --config ./demarc.toml check-config'],
        exits: { 0: 'the settings are valid', 78: 'they are not, or cannot be read' },
      }),
    )
    .action(() => run(checkConfig))
}
