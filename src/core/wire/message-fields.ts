import * as z from 'zod'
import type { UnknownWord } from '../base/fault.js'
import { instantOf, instantTextOf } from '../base/time.js'
import { IMPACTS } from '../model/plan.js'
import { LIMITS } from './limits.js'

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
