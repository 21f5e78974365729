import * as z from 'zod'
import type { Result } from '../../core/base/result.js'
import { seconds } from '../../core/base/time.js'
import { SEVERITIES } from '../../core/model/health.js'
import { ImpactLevel } from '../../core/wire/message-fields.js'
import { HelloParams } from '../../core/wire/messages.js'
import { PushParams } from '../../core/wire/push.js'
import { parseShape } from '../store/shape.js'

/** Records of one answer where the query names no limit. */
export const PAGE_DEFAULT = 100
const PAGE_MAX = 1000
/** A day. */
const CONFIRM_MAX = seconds(86_400)

/** A whole number in a query, where everything is text. `parameter` is what the OpenAPI page shows. */
function number(minimum: number, maximum: number, meaning: string) {
  return z
    .string()
    .regex(/^\d{1,15}$/, meaning)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, meaning)
    .optional()
    .meta({ description: meaning, parameter: { type: 'integer', minimum, maximum } })
}

function flag(meaning: string) {
  return z
    .enum(['true', 'false'], { error: 'true or false' })
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: meaning, parameter: { type: 'boolean' } })
}

const anyNumber = (meaning: string) => number(0, Number.MAX_SAFE_INTEGER, meaning)

/** `PUT …/intent` */
export const PushQuery = z.strictObject({
  change: PushParams.shape.change.meta({ description: 'the name of the change' }),
  confirmWithin: number(1, CONFIRM_MAX, `seconds, 1-${CONFIRM_MAX}`),
  maxImpact: ImpactLevel.optional().meta({
    description: 'the most that may happen to traffic; a plan above it is refused',
  }),
  adopt: flag('take over what is on the router and matches the intent'),
  dryRun: flag('the router checks and plans; nothing is stored'),
})

/** `GET …/events`, `GET …/history` */
export const PageQuery = z.strictObject({
  after: anyNumber('the number of a record'),
  limit: number(0, PAGE_MAX, `a count of at most ${PAGE_MAX}`),
})

/** `GET …/audit` */
export const AuditQuery = PageQuery.extend({
  router: HelloParams.shape.router
    .optional()
    .meta({ description: 'only records about this router' }),
})

/** `GET …/stream` */
export const StreamQuery = z.strictObject({ after: anyNumber('the number of a record') })

/** `GET …/intent` */
export const IntentQuery = z.strictObject({ generation: anyNumber('a generation') })

/** `GET /v1/routers` */
export const RoutersQuery = z.strictObject({
  severity: z
    .enum(SEVERITIES, { error: `one of ${SEVERITIES.join(', ')}` })
    .optional()
    .meta({ description: 'only routers of this severity' }),
})

export const NoQuery = z.strictObject({})

/** Checks the query string; a parameter that is given twice counts with its last value. */
export function parseQuery<S extends z.ZodType>(
  shape: S,
  query: URLSearchParams,
): Result<z.output<S>> {
  return parseShape(shape, Object.fromEntries(query), 'query')
}
