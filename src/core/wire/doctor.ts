import * as z from 'zod'
import { TEXT_LIMITS } from './limits.js'
import { bool, instant, list, openWord, text } from './message-fields.js'

/** Hosts beyond the neighbours that one walk may ping, and rungs that one ladder may have. */
export const DOCTOR_LIMITS = { hosts: 4, rungs: 512, ticketLines: 400, ticketLine: 2304 } as const

export const DoctorParams = z
  .object({
    attachment: text(128, 'Name of the attachment.'),
    hosts: list(
      z.union([z.ipv4(), z.ipv6()]),
      DOCTOR_LIMITS.hosts,
      'Addresses of hosts beyond the neighbours, which are to answer ping over the attachment.',
    ).default([]),
    ticket: bool("Add what the provider's support asks for.").default(false),
  })
  .describe('Which attachment is to be examined.')

const RungRecord = z
  .object({
    rung: text(64, 'Name of the rung; docs/doctor.md lists them.'),
    place: text(256, 'The port, connection, attachment, neighbour or host that it is about.'),
    state: openWord(
      ['ok', 'warning', 'failed', 'unknown', 'skipped'],
      'How it is. `skipped`: one below it fails, or it does not apply.',
    ),
    text: text(TEXT_LIMITS.sentence, 'What was measured; where it is not ok, also what to do.'),
    side: openWord(
      ['ROUTER', 'FIBRE', 'PATH', 'PEER', 'UNKNOWN'],
      'Who has to mend it; absent: nothing is to be mended.',
    ).optional(),
    proves: text(256, 'What it proves; absent: it is not ok.').optional(),
    at: instant('When it was measured').optional(),
  })
  .describe('One rung of the ladder.')

/** What a command gets while the ladder is walked. */
export const DoctorProgress = z
  .object({ attachment: text(128, 'Name of the attachment.'), rung: RungRecord })
  .describe('A rung as soon as it is known.')

export const DoctorResult = z
  .object({
    router: text(128, 'Id of the router.'),
    attachment: text(128, 'Name of the attachment.'),
    at: instant('When the last measurement ended'),
    result: openWord(
      ['works', 'degraded', 'fails', 'unknown'],
      '`degraded`: it works, and something is wrong. `unknown`: nothing shows that it works or fails.',
    ),
    verdict: text(2048, 'One sentence: the side, the rung, the figures, what to do.'),
    cause: RungRecord.describe(
      'The rung that the verdict names; absent: none is wrong.',
    ).optional(),
    rungs: list(RungRecord, DOCTOR_LIMITS.rungs, 'The rungs, from the bottom up.'),
    ticket: list(
      z.string().max(DOCTOR_LIMITS.ticketLine),
      DOCTOR_LIMITS.ticketLines,
      "The lines of a ticket for the provider's support, without secrets; absent: not asked for.",
    ).optional(),
  })
  .describe('The ladder of one attachment.')

export type DoctorParams = z.output<typeof DoctorParams>
export type DoctorResult = z.output<typeof DoctorResult>
export type RungRecord = z.output<typeof RungRecord>
