import type { Command } from 'commander'
import type { RunVerb } from './command/context.js'
import { verbHelp } from './command/help.js'
import { count } from './command/options.js'
import { SHOWN, showThing, status, type Shown } from './verbs/show.js'
import { watch } from './watch/verb.js'

/** `demarc status` */
export function addStatus(program: Command, run: RunVerb): void {
  program
    .command('status')
    .description('show the router at a glance: its state, faults, findings and tables')
    .addHelpText(
      'after',
      verbHelp({
        text: 'A hub that is not connected does not count as a fault: the router works without it.',
        examples: ['demarc status', 'demarc --json status'],
        exits: {
          0: 'no fault is shown, and the health is ok',
          2: 'a fault is shown, the health is not ok, or the state is drifted, failed,\n      rolling-back or stuck',
        },
      }),
    )
    .action(() => run(status))
}

/** `demarc show THING` */
export function addShow(program: Command, run: RunVerb): void {
  program
    .command('show')
    .description(
      'show one table of the health, the events, the running intent, or what its providers fix',
    )
    .addArgument(program.createArgument('<thing>', 'what to show').choices([...SHOWN]))
    .argument('[name]', 'only this port, connection, attachment or neighbor')
    .option('--limit <n>', 'how many events at most', count, 50)
    .addHelpText(
      'after',
      verbHelp({
        text: [
          '"optics" has the lines of "show interfaces diagnostics optics" of Junos for each port, with the',
          'margin to the limit that counts, the loss against the baseline, and when the margin ends.',
          '"traffic" has loss and round trip of each address that is probed, and the rates of each port,',
          'connection and attachment. "bgp" is another word for "neighbors". The intent is always printed',
          'as JSON. "rules" are the values that the profiles of its providers fill in, and the rules that',
          'it accepts to break.',
        ].join('\n'),
        examples: [
          'demarc show neighbors',
          'demarc show optics enp1s0f0',
          'demarc show events --limit 20',
        ],
        exits: { 0: 'it was printed', 65: 'the router has nothing of this name' },
      }),
    )
    .action((thing: Shown, name: string | undefined, { limit }: { readonly limit: number }) =>
      run((context) => showThing(context, thing, { name, limit })),
    )
}

/** `demarc watch` */
export function addWatch(program: Command, run: RunVerb): void {
  program
    .command('watch')
    .description('show the router live: ports, bundles, sessions, events, the change under way')
    .option('--plain', 'print lines, as where the output is no terminal', false)
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'On a terminal the screen is drawn anew at most 4 times a second, until "q" or Ctrl-C. The bars',
          'show received light between the low and the high alarm of the module, with "|" at its warnings.',
          'Elsewhere, and with --plain or --json, there is one line for each event.',
        ].join('\n'),
        examples: ['demarc watch', 'demarc watch --plain', 'demarc --json watch'],
        exits: { 69: 'the agent ended the connection' },
      }),
    )
    .action(({ plain }: { readonly plain: boolean }) => run((context) => watch(context, plain)))
}
