import type { Command } from 'commander'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { checkConfig, validate, type ValidateOptions } from './verbs/offline.js'
import { providers } from './verbs/providers.js'

/** `demarc validate FILE` */
export function addValidate(program: Command, run: RunVerb): void {
  program
    .command('validate <file>')
    .description(
      'check an intent without a router: its shape, its contradictions, the rules of its providers',
    )
    .option(
      '--managed <pattern...>',
      'ports to take as managed (default: as in the settings, or all)',
    )
    .option(
      '--effective',
      'print the whole intent with what its providers fix, and the rule of each such value',
    )
    .addHelpText(
      'after',
      verbHelp({
        examples: [
          'demarc validate intent.json --managed "enp1s0*"',
          'demarc validate intent.json --effective',
        ],
        exits: { 0: 'the intent is valid', 65: 'it is not; every fault is printed' },
      }),
    )
    .action((file: string, options: ValidateOptions) =>
      run((context) => validate(context, file, options)),
    )
}

/** `demarc providers [NAME]` */
export function addProviders(program: Command, run: RunVerb): void {
  program
    .command('providers [name]')
    .description('list the providers that demarc knows, or what one demands, with its sources')
    .addHelpText(
      'after',
      verbHelp({
        examples: ['demarc providers', 'demarc providers yandex', 'demarc --json providers aws'],
        exits: { 0: 'printed', 65: 'there is no such provider' },
      }),
    )
    .action((name: string | undefined) => run((context) => providers(context, name)))
}

/** `demarc check-config` */
export function addCheckConfig(program: Command, run: RunVerb): void {
  program
    .command('check-config')
    .description(
      "check the agent's settings file and its drop-ins; prints every fault with its file, line and key",
    )
    .addHelpText(
      'after',
      verbHelp({
        examples: ['demarc check-config', 'demarc --config ./demarc.toml check-config'],
        exits: { 0: 'the settings are valid', 78: 'they are not, or cannot be read' },
      }),
    )
    .action(() => run(checkConfig))
}
