import { z } from 'zod'
import { fault } from '../../core/base/fault.js'
import { pathText } from '../../core/base/quote.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { shapeCode, shapeFaults } from '../../core/base/shape.js'
import { ImpactLevel, PushParams } from '../../core/wire/messages.js'

const CODES = { value: 'INTENT_VALUE', unknownKey: 'INTENT_UNKNOWN_KEY' } as const

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

/** Checks a small JSON document; `at` is what its faults' places start with. */
export function parseShape<S extends z.ZodType>(
  shape: S,
  document: unknown,
  at: string,
): Result<z.output<S>> {
  const parsed = shape.safeParse(document)
  if (parsed.success) return ok(parsed.data)
  const faults = shapeFaults(shape, document, parsed.error.issues).map((one) =>
    fault(shapeCode(one, CODES), pathText([at, ...one.path]), one.message),
  )
  return refused(...faults)
}
