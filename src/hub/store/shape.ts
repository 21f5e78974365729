import type * as z from 'zod'
import { fault } from '../../core/base/fault.js'
import { pathText } from '../../core/base/quote.js'
import { refused, type Result } from '../../core/base/result.js'
import { checkShape, shapeCode } from '../../core/base/shape.js'

const CODES = { value: 'INTENT_VALUE', unknownKey: 'INTENT_UNKNOWN_KEY' } as const

/** Checks a small JSON document; `at` is what its faults' places start with. */
export function parseShape<S extends z.ZodType>(
  shape: S,
  document: unknown,
  at: string,
): Result<z.output<S>> {
  const checked = checkShape(shape, document)
  if (checked.ok) return checked
  const faults = checked.faults.map((found) =>
    fault(shapeCode(found, CODES), pathText([at, ...found.path]), found.message),
  )
  return refused(...faults)
}
