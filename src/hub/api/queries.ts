import * as z from 'zod'
import type { Result } from '../../core/base/result.js'
import { ImpactLevel, PushParams } from '../../core/wire/messages.js'
import { parseShape } from '../store/shape.js'

const number = (says: string, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, says)
    .transform(Number)
    .refine((value) => value <= most, says)
    .optional()

const flag = z
  .enum(['true', 'false'], { error: 'true or false' })
  .transform((value) => value === 'true')
  .optional()

/** `PUT …/intent` */
export const PushQuery = z.strictObject({
  change: PushParams.shape.change,
  confirmWithin: z
    .string()
    .regex(/^\d{1,5}$/, 'seconds, 1-86400')
    .transform(Number)
    .refine((value) => value >= 1 && value <= 86_400, 'seconds, 1-86400')
    .optional(),
  maxImpact: ImpactLevel.optional(),
  adopt: flag,
  dryRun: flag,
})

/** `GET …/events`, `GET …/history` */
export const PageQuery = z.strictObject({
  after: number('the number of a record', Number.MAX_SAFE_INTEGER),
  limit: number('a count of at most 1000', 1000),
})

/** `GET …/stream` */
export const StreamQuery = z.strictObject({
  after: number('the number of a record', Number.MAX_SAFE_INTEGER),
})

/** `GET …/intent` */
export const IntentQuery = z.strictObject({
  generation: number('a generation', Number.MAX_SAFE_INTEGER),
})

export const NoQuery = z.strictObject({})

/** Checks the query string; a key given twice counts with its last value. */
export function parseQuery<S extends z.ZodType>(
  shape: S,
  query: URLSearchParams,
): Result<z.output<S>> {
  return parseShape(shape, Object.fromEntries(query), 'query')
}
