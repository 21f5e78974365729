import type { Command } from 'commander'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { power } from './command/options.js'
import { reportFarEnd, takeBaseline, type FarEndWords } from './verbs/optics.js'

const ACTIONS = ['baseline', 'report'] as const

/** `demarc optics baseline PORT` and `demarc optics report PORT` */
export function addOptics(program: Command, run: RunVerb): void {
  program
    .command('optics')
    .description('take a new baseline of the light of a port, or say what its far end measures')
    .addArgument(program.createArgument('<action>', 'what to do').choices([...ACTIONS]))
    .argument('<port>', 'the port, such as enp1s0f0')
    .option('--input <dBm>', 'report: what the far end receives, or none', power)
    .option('--output <dBm>', 'report: what the far end launches', power)
    .option('--from <text>', 'report: who measured it', '')
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'demarc takes a baseline by itself once a circuit works for the first time, and when another',
          'module is plugged in. Take a new one after work on the fibre, when the light is right as it is:',
          'losses, steps and trends are counted from it. The one before it is kept.',
          '',
          'The far end is what the provider measures at the other end of the fibre. With it, demarc shows',
          'the loss of each strand, and whether the far end receives our light. A hub can say the same.',
        ].join('\n'),
        examples: [
          'demarc optics baseline enp1s0f0',
          'demarc optics report enp1s0f0 --input -7.5 --output -2 --from "provider, by phone"',
        ],
        exits: {
          0: 'it was taken, and is kept',
          65: 'the port has no module with readings, or no light both ways',
        },
      }),
    )
    .action((action: (typeof ACTIONS)[number], port: string, words: FarEndWords) =>
      run((context) =>
        action === 'baseline' ? takeBaseline(context, port) : reportFarEnd(context, port, words),
      ),
    )
}
