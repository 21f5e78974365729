import * as z from 'zod'
import type { UnknownWord } from '../base/fault.js'
import { instantOf, instantTextOf } from '../base/time.js'
import { LIFECYCLE_WORDS, SERVICE_KINDS } from '../model/health.js'
import { IMPACTS } from '../model/plan.js'
import { LIMITS, TEXT_LIMITS } from './limits.js'

/** Text of at most `max` characters. */
export const text = (max: number, meaning: string) => z.string().max(max).describe(meaning)
const INSTANT = 'an instant of RFC 3339, such as "2026-01-31T12:00:00.000Z"'

/** Any form of RFC 3339 as UTC with milliseconds and `Z`, so that equal instants are equal texts. */
function normalInstant(written: string): string {
  const at = instantOf(written)
  return at === undefined ? written : instantTextOf(at)
}

/** An instant that a peer sends, in any form of RFC 3339; `meaning` without its full stop. */
export const instant = (meaning: string) =>
  z
    .string({ error: INSTANT })
    .refine((written) => instantOf(written) !== undefined, INSTANT)
    .overwrite(normalInstant)
    .meta({ format: 'date-time', description: `${meaning}, RFC 3339.` })

/** Characters of a word that this version does not know. */
const WORD_MAX = 64

/**
 * One of these words, or one of another version of demarc, which is kept as text. For what a peer reports. What
 * it asks for has a closed list instead, because an unknown wish cannot be granted.
 */
export const openWord = <const Word extends string>(words: readonly Word[], meaning: string) =>
  z.union([z.enum(words), z.string().max(WORD_MAX)]).describe(meaning) as z.ZodType<
    Word | UnknownWord,
    Word | UnknownWord
  >

export const count = (meaning: string) => z.int().min(0).describe(meaning)
export const bool = (meaning: string) => z.boolean().describe(meaning)
export const list = <T extends z.ZodType>(item: T, max: number, meaning: string) =>
  z.array(item).max(max).describe(meaning)

export const Generation = z.int().min(1).describe('Generation of an intent; it only rises.')
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256 of the intent in canonical JSON (RFC 8785), 64 hexadecimal digits.')
export const Sequence = z
  .int()
  .min(1)
  .max(LIMITS.sequence)
  .describe('Number of the report; all reports share one sequence.')
export const ChangeName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .describe('Name of the change: one plain word, chosen by the client that pushes it.')
export const RouterId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
  .describe('Id of the router.')

/** The most that a client allows; a closed list. */
export const ImpactLevel = z.enum(IMPACTS).describe('What it does to traffic.')
/** An impact that a peer reports. */
export const ReportedImpact = openWord(IMPACTS, 'What it does to traffic.')

/** What a control plane or an operator says of a connection or an attachment. */
export const LifecycleParams = z
  .object({
    id: ChangeName.describe(
      'Name of this word, chosen by its sender: a word that comes again under the same name changes nothing.',
    ).optional(),
    kind: z.enum(SERVICE_KINDS).describe('What the word is about.'),
    name: text(128, 'Name of the connection or attachment.'),
    word: z
      .enum(LIFECYCLE_WORDS)
      .describe(
        'What is so now. Of a connection: `ordered` (the provider was asked), `approved`, `loa-sent`. Of an attachment: `offered` (its owner was asked to accept it), `accepted`, `rejected`.',
      ),
    reason: text(256, 'What people should know of it.').default(''),
  })
  .describe('A word about the lifecycle of a connection or an attachment.')

export const LifecycleResult = z
  .object({
    kind: openWord(SERVICE_KINDS, 'Kind of the subject.'),
    name: text(128, 'Name of the subject.'),
    lifecycle: text(64, 'Its state after the word.'),
    providerState: text(100, 'What its provider calls the state.').optional(),
    since: instant('Since when it has this state'),
    reason: text(TEXT_LIMITS.lifecycle, 'Why it has this state.'),
  })
  .describe('Where the subject is in its life after the word.')

const portName = text(64, 'Name of the port, such as enp1s0f0.')
const dBm = (meaning: string) => z.number().min(-60).max(30).describe(meaning)

export const BaselineParams = z
  .object({ port: portName })
  .describe('The port whose light is to be remembered as it is now.')

export const BaselineResult = z
  .object({
    port: portName,
    at: instant('When the baseline was taken'),
    lanes: z
      .array(
        z
          .object({
            inputPower: z.number().nullable().describe('Received light, dBm; null: none.'),
            outputPower: z.number().nullable().describe('Launched light, dBm; null: none.'),
          })
          .describe('One lane.'),
      )
      .max(8)
      .describe('The light of each lane.'),
  })
  .describe('The new baseline.')

/** What the far end of a fibre measures; its provider knows, and the router cannot see it. */
export const OpticsReport = z
  .object({
    port: portName,
    at: instant('When it was measured').optional(),
    from: text(64, 'Who measured it, such as the name of the provider.').default(''),
    outputPower: dBm('What the far end launches, dBm; of several lanes the mean.').optional(),
    inputPower: dBm('What the far end receives, dBm.')
      .nullable()
      .optional()
      .describe('What the far end receives, dBm; of several lanes the mean. null: no light.'),
    limits: z
      .object({
        highAlarm: dBm('High alarm, dBm.').optional(),
        highWarning: dBm('High warning, dBm.').optional(),
        lowWarning: dBm('Low warning, dBm.').optional(),
        lowAlarm: dBm('Low alarm, dBm.').optional(),
      })
      .describe('Limits of what the far end receives.')
      .default({}),
  })
  .describe('What the other end of the fibre at a port measures.')

export const OpticsReportResult = z
  .object({ receivedAt: instant('When the router has taken it') })
  .describe('The report is taken.')

/** The methods about light. */
export const OPTICS_METHODS = {
  /** Remembers the light of a port as it is now: what comes later is compared with it. */
  'optics.baseline': { params: BaselineParams, result: BaselineResult },
  /** Says what the other end of the fibre at a port measures. */
  'optics.report': { params: OpticsReport, result: OpticsReportResult },
} as const

export const NeighborPlace = z
  .object({
    address: text(64, 'Address of the neighbour.'),
    vrf: z.string().max(15).nullable().describe('VRF of the session; null: the default one.'),
  })
  .describe('One neighbour of the intent.')

export type BaselineParams = z.output<typeof BaselineParams>
export type OpticsReport = z.output<typeof OpticsReport>
export type LifecycleParams = z.output<typeof LifecycleParams>
