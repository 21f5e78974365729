import type { Command } from 'commander'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { decide, history, repair } from './verbs/change.js'

const CHANGE_ARGUMENT = ['[change]', 'its name (default: the one that waits)'] as const

/** `demarc confirm [CHANGE]` */
export function addConfirm(program: Command, run: RunVerb): void {
  program
    .command('confirm')
    .argument(...CHANGE_ARGUMENT)
    .description('keep the change that waits to be confirmed')
    .addHelpText(
      'after',
      verbHelp({
        examples: ['demarc confirm'],
        exits: { 0: 'the change is kept', 65: 'no change waits, or another one' },
      }),
    )
    .action((change: string | undefined) => run((context) => decide(context, 'confirm', change)))
}

/** `demarc cancel [CHANGE]` */
export function addCancel(program: Command, run: RunVerb): void {
  program
    .command('cancel')
    .argument(...CHANGE_ARGUMENT)
    .description('roll back the change that waits to be confirmed')
    .addHelpText(
      'after',
      verbHelp({
        examples: ['demarc cancel'],
        exits: {
          0: 'the change is rolled back',
          1: 'the rollback failed, and the change is stuck: see "demarc help repair"',
          65: 'no change waits, or another one',
        },
      }),
    )
    .action((change: string | undefined) => run((context) => decide(context, 'cancel', change)))
}

/** `demarc repair` */
export function addRepair(program: Command, run: RunVerb): void {
  program
    .command('repair')
    .description('end a stuck change: roll it back once more')
    .option(
      '--accept',
      'if that fails too, leave the router as it is and repair it towards the last good intent',
      false,
    )
    .addHelpText(
      'after',
      verbHelp({
        text: 'A change is stuck when its rollback failed; "demarc status" shows the faults.',
        examples: ['demarc repair', 'demarc repair --accept'],
        exits: { 0: 'nothing is stuck any more', 1: 'the change is still stuck' },
      }),
    )
    .action(({ accept }: { readonly accept: boolean }) => run((context) => repair(context, accept)))
}

/** `demarc history` */
export function addHistory(program: Command, run: RunVerb): void {
  program
    .command('history')
    .description('list finished changes with their phases and reasons, the newest last')
    .addHelpText(
      'after',
      verbHelp({ examples: ['demarc history'], exits: { 0: 'the list was printed' } }),
    )
    .action(() => run(history))
}
