import type { Command } from 'commander'
import { LIFECYCLE_WORDS, type LifecycleWord } from '../core/model/health.js'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { clearNeighbor } from './verbs/clear.js'
import { sayLifecycle } from './verbs/lifecycle.js'

/** `demarc clear neighbor ADDRESS` */
export function addClear(program: Command, run: RunVerb): void {
  program
    .command('clear')
    .description('end the BGP session with a neighbor of the intent, and start it again')
    .addArgument(program.createArgument('<thing>', 'what to clear').choices(['neighbor']))
    .argument('<address>', 'address of the neighbor')
    .option('--vrf <name>', 'the VRF of the session (default: the default VRF)')
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'Use it when FRR holds a session down because the neighbor announced more prefixes than the',
          'limit (finding PREFIX_LIMIT_EXCEEDED) and the neighbor announces fewer now. A session that is',
          'up is lost for some seconds.',
        ].join('\n'),
        examples: ['demarc clear neighbor 10.0.0.1', 'demarc clear neighbor 10.0.0.1 --vrf blue'],
        exits: { 0: 'FRR starts the session again', 65: 'the intent has no such neighbor' },
      }),
    )
    .action((_thing: string, address: string, { vrf }: { readonly vrf?: string }) =>
      run((context) => clearNeighbor(context, address, vrf ?? null)),
    )
}

/** `demarc lifecycle SUBJECT WORD` */
export function addLifecycle(program: Command, run: RunVerb): void {
  program
    .command('lifecycle')
    .description('say of a connection or an attachment what the router cannot see')
    .argument('<subject>', 'connection/NAME or attachment/NAME')
    .addArgument(program.createArgument('<word>', 'what is so now').choices([...LIFECYCLE_WORDS]))
    .option('--reason <text>', 'what people should know of it, at most 256 characters', '')
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'Of a connection: ordered (the provider was asked for it), approved, loa-sent.',
          'Of an attachment: offered (its owner was asked to accept it, and has 7 days for it),',
          'accepted, rejected.',
          '',
          'Nothing needs to be said of a connection or an attachment that works: it is available',
          'as soon as the router sees that. "demarc show connections" and "demarc show attachments"',
          'show the states. A hub can say the same words.',
        ].join('\n'),
        examples: [
          'demarc lifecycle connection/dl-par loa-sent --reason "order 4711"',
          'demarc lifecycle attachment/net-a offered',
        ],
        exits: {
          0: 'it was said, and is kept',
          65: 'the router knows no such subject, or the word does not fit its state',
        },
      }),
    )
    .action((subject: string, word: LifecycleWord, { reason }: { readonly reason: string }) =>
      run((context) => sayLifecycle(context, subject, { word, reason })),
    )
}
