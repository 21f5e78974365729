import type * as z from 'zod'
import { fault } from '../../core/base/fault.js'
import { pathText } from '../../core/base/quote.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { shapeCode, shapeFaults } from '../../core/base/shape.js'

const CODES = { value: 'INTENT_VALUE', unknownKey: 'INTENT_UNKNOWN_KEY' } as const

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
