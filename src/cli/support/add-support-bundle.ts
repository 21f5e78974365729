import type { Command } from 'commander'
import type { RunVerb } from '../command/context.js'
import { verbHelp } from '../command/help.js'
import { supportBundle } from './bundle.js'

/** `demarc support-bundle` */
export function addSupportBundle(program: Command, run: RunVerb): void {
  program
    .command('support-bundle')
    .description('collect what a support engineer needs in one file, without secrets')
    .option('--output <file>', 'the file to write (default: demarc-support-HOST-TIME.tar.gz here)')
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'Collects versions, settings, intents, the last plan, the state on the disk, the journals of',
          'demarcd, demarc-rollback, FRR and the kernel, what FRR and the kernel have, modules, LLDP, the',
          'health, the events, and what "demarc doctor" says of the first 8 attachments. Run it as root:',
          'what the user may not read is missing.',
          '',
          'It works without the agent. What cannot be had is named in MANIFEST.json with the reason. It takes',
          '90 s at most, and 4 MiB of one source. The file has mode 0600. Passwords, tokens and keys are',
          'masked; addresses, names and serial numbers are not.',
        ].join('\n'),
        examples: [
          'demarc support-bundle',
          'demarc support-bundle --output /run/bundle.tar.gz',
          'demarc --json support-bundle',
        ],
        exits: {
          0: 'it was written, also where something is missing in it',
          1: 'the file cannot be written',
        },
      }),
    )
    .action(({ output }: { readonly output?: string }) =>
      run((context) => supportBundle(context, output)),
    )
}
