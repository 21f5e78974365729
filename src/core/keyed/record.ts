import * as z from 'zod'
import { $constructor } from 'zod/v4/core'

/** The key that the zod package leaves out of every record: `object[key] = value` would not store it. */
const OMITTED = '__proto__'
/** A key of the same length and with the same kinds of characters. */
const STAND_IN = '__prot0__'

const ZodRecord: z.core.$constructor<z.ZodRecord> = z.ZodRecord

/** A record of zod that keeps the omitted key as well. */
const CompleteRecord = $constructor<z.ZodRecord>('CompleteRecord', (schema, definition) => {
  ZodRecord.init(schema, definition)
  const internals = schema._zod
  const parse = internals.parse.bind(internals)
  internals.parse = (payload, context) => {
    const given = ownValue(payload.value, OMITTED)
    const parsed = parse(payload, context)
    if (given === undefined || parsed instanceof Promise) return parsed
    const value: unknown = given.value
    const other = parse({ value: { [STAND_IN]: value }, issues: [] }, context)
    if (other instanceof Promise) return other
    for (const issue of other.issues) {
      const [, ...inner] = issue.path ?? []
      parsed.issues.push({ ...issue, path: [OMITTED, ...inner] })
    }
    const checked = ownValue(other.value, STAND_IN)
    if (checked !== undefined) Object.defineProperty(parsed.value, OMITTED, checked)
    return parsed
  }
})

/**
 * The schema of an object whose keys are names that somebody else chose, such as the names of ports. Every
 * key is kept, `__proto__` too, which `z.record` leaves out silently. Read a member of such an object with
 * `Object.hasOwn` before, or by `Object.entries`: `constructor` is a name as well.
 */
export function record<Value extends z.ZodType>(
  key: z.ZodString,
  value: Value,
  params: { readonly error?: z.core.$ZodErrorMap } = {},
): z.ZodRecord<z.ZodString, Value> {
  const { error } = params
  return new CompleteRecord({
    type: 'record',
    keyType: key,
    valueType: value,
    ...(error === undefined ? {} : { error }),
  }) as z.ZodRecord<z.ZodString, Value>
}

function ownValue(object: unknown, key: string): PropertyDescriptor | undefined {
  return typeof object === 'object' && object !== null
    ? Object.getOwnPropertyDescriptor(object, key)
    : undefined
}
