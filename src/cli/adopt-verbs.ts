import type { Command } from 'commander'
import { CHANGE_EXITS, changeTerms, withChangeOptions, type ChangeFlags } from './change-verbs.js'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { release } from './verbs/change.js'
import { writeIntent } from './verbs/export.js'
import { apply } from './verbs/push.js'

/** `demarc export` */
export function addExport(program: Command, run: RunVerb): void {
  program
    .command('export')
    .description('print the intent that describes what the router has today; changes nothing')
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'The intent goes to stdout. For everything on the router that is not in it, stderr gets one',
          'line with the reason and what to do; it stays as it is when the router is taken over.',
          'Passwords are named and never exported. Read and complete the intent before "demarc adopt".',
        ].join('\n'),
        examples: [
          'demarc export > intent.json',
          'demarc adopt intent.json --dry-run',
          'demarc adopt intent.json --confirm 5m',
        ],
        exits: { 0: 'the intent was printed', 75: 'FRR or the kernel does not answer' },
      }),
    )
    .action(() => run(writeIntent))
}

/** `demarc adopt FILE` */
export function addAdopt(program: Command, run: RunVerb): void {
  withChangeOptions(program.command('adopt <file>'))
    .description(
      'take over the bonds, VLANs, addresses and neighbours that exist and match an intent',
    )
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'What matches gets demarc\'s marks and keeps working. What differs is changed as by "apply",',
          'up to the impact "soft" unless --max-impact allows more. What conflicts is refused.',
        ].join('\n'),
        examples: ['demarc adopt intent.json --dry-run', 'demarc adopt intent.json --confirm 5m'],
        exits: CHANGE_EXITS,
      }),
    )
    .action((file: string, flags: ChangeFlags) =>
      run((context) => apply(context, file, changeTerms(flags, true))),
    )
}

/** `demarc release` */
export function addRelease(program: Command, run: RunVerb): void {
  program
    .command('release')
    .description(
      "remove demarc's marks from the router, leave everything in place, forget the intent",
    )
    .addHelpText(
      'after',
      verbHelp({
        text: '"demarc adopt" with the same intent takes everything over again.',
        examples: ['demarc release'],
        exits: { 0: "nothing on the router is demarc's", 75: 'a change is under way' },
      }),
    )
    .action(() => run(release))
}
