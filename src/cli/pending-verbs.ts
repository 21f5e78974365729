import type { Command } from 'commander'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { count } from './command/options.js'
import { audit, decide, history, repair } from './verbs/change.js'

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
    .description('end a stuck change: roll it back once more; without one, try repairs that failed')
    .option(
      '--accept',
      'if the rollback fails too, leave the router as it is and repair it towards the last good\nintent; without a stuck change, try also the repair that ended an FRR daemon before',
      false,
    )
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'A change is stuck when its rollback failed; "demarc status" shows the faults. A repair that',
          'failed is tried again after 5 s, 1 min, 10 min, and then every hour, or now by this verb. One',
          'that ended an FRR daemon may end it again, with its sessions: only --accept tries it.',
        ].join('\n'),
        examples: ['demarc repair', 'demarc repair --accept'],
        exits: { 0: 'nothing is stuck any more', 1: 'the change is still stuck' },
      }),
    )
    .action(({ accept }: { readonly accept: boolean }) => run((context) => repair(context, accept)))
}

/** `demarc audit` */
export function addAudit(program: Command, run: RunVerb): void {
  program
    .command('audit')
    .description('list who asked the agent for what, and how it ended, the newest last')
    .option('--limit <n>', 'how many lines at most', count, 50)
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'Every request of a user or the hub that changes something, every end of a change, and every',
          'connection to the hub is one line of audit.jsonl in the state directory.',
        ].join('\n'),
        examples: ['demarc audit --limit 20', 'demarc --json audit'],
        exits: { 0: 'the list was printed' },
      }),
    )
    .action(({ limit }: { readonly limit: number }) => run((context) => audit(context, limit)))
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
