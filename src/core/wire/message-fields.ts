import * as z from 'zod'
import { IMPACTS } from '../model/plan.js'
import { LIMITS } from './limits.js'

/** Text of at most `max` characters. */
export const text = (max: number, meaning: string) => z.string().max(max).describe(meaning)
/** `meaning` without its full stop. */
export const instant = (meaning: string) => z.iso.datetime().describe(`${meaning}, ISO 8601 UTC.`)
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

export const ImpactLevel = z.enum(IMPACTS).describe('What it does to traffic.')
