import type { Command } from 'commander'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { clearNeighbor } from './verbs/clear.js'

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
