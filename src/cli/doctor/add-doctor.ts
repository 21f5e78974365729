import { InvalidArgumentError, type Command } from 'commander'
import * as z from 'zod'
import { DOCTOR_LIMITS } from '../../core/wire/doctor.js'
import type { RunVerb } from '../command/context.js'
import { verbHelp } from '../command/help.js'
import { doctor, type DoctorWords } from './doctor.js'

/** `demarc doctor [ATTACHMENT...]` */
export function addDoctor(program: Command, run: RunVerb): void {
  program
    .command('doctor')
    .description('find out rung by rung why an attachment does not work, and who has to mend it')
    .argument('[attachments...]', 'names of attachments (default: all)')
    .option(
      '--ping <address>',
      'a host beyond the neighbor that is to answer as well; up to 4 times',
      address,
    )
    .option('--ticket', "print what the provider's support asks for, without secrets", false)
    .addHelpText(
      'after',
      verbHelp({
        text: [
          'Walks the ladder of an attachment: module, light in, light out, link, LACP, VLAN, address, MAC',
          'of the neighbor, TCP 179, OPEN, established, routes in, routes out, traffic, full-size packets.',
          'The first rung that fails is the cause, and those above it are not judged. The last line names',
          'the side, the rung, what was measured and what to do.',
          '',
          'It changes nothing. It sends ARP requests or neighbor solicitations, some pings from the address',
          'of the attachment, up to the full MTU, and opens TCP port 179 of a neighbor whose session is down.',
          'It takes 3 to 15 seconds an attachment.',
          '',
          'A session and BFD stay up where the provider drops the traffic behind its router: name a host',
          'there with --ping.',
        ].join('\n'),
        examples: [
          'demarc doctor net-a',
          'demarc doctor net-a --ping 10.64.0.1',
          'demarc doctor net-a --ticket',
          'demarc --json doctor',
        ],
        exits: {
          0: 'every attachment works',
          2: 'something fails, works badly, or cannot be judged',
          65: 'the intent has no such attachment',
        },
      }),
    )
    .action((attachments: readonly string[], words: DoctorWords) =>
      run((context) => doctor(context, attachments, words)),
    )
}

const Address = z.union([z.ipv4(), z.ipv6()])

function address(text: string, before: readonly string[] = []): readonly string[] {
  if (!Address.safeParse(text).success) throw new InvalidArgumentError('Write an IP address.')
  if (before.length >= DOCTOR_LIMITS.hosts) {
    throw new InvalidArgumentError(`Name ${DOCTOR_LIMITS.hosts} hosts at most.`)
  }
  return [...before, text]
}
