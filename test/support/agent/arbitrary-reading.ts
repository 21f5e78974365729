import fc from 'fast-check'
import * as z from 'zod'
import { HealthDocument } from '../../../src/core/wire/health.js'
import type { HealthReading } from '../../../src/core/wire/health-reading.js'

const text = fc.oneof(
  fc.constantFrom('p1', 'constructor', '2026-11-29T17:23:36.512Z', '2026-11-29', 'UP', 'ACTIVITY'),
  fc.string({ maxLength: 100 }),
  fc.string({ unit: 'binary', maxLength: 150 }),
  fc.lorem({ maxCount: 60 }),
)
const key = fc.oneof(
  fc.constantFrom('p1', 'net-a', '1', 'constructor', 'OPTIC_RX_LOW'),
  fc.string({ unit: 'binary', maxLength: 60 }).filter((name) => name !== '__proto__'),
)
const number = fc.oneof(fc.integer({ min: -100, max: 100 }), fc.double({ noNaN: true }))

/** Any value of this shape whose texts and numbers may be anything, and whose members may be missing. */
function arbitraryOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries<z.core.$ZodType>(schema.shape)
    const members = shape.map(([name, inner]) => [name, arbitraryOf(inner)] as const)
    return fc.record(Object.fromEntries(members), { requiredKeys: [] })
  }
  if (schema instanceof z.ZodRecord) {
    return fc.dictionary(key, arbitraryOf(schema.valueType), { maxKeys: 3 })
  }
  if (schema instanceof z.ZodArray) return fc.array(arbitraryOf(schema.element), { maxLength: 3 })
  if (schema instanceof z.ZodExactOptional) return arbitraryOf(schema.unwrap())
  if (schema instanceof z.ZodNumber) return number
  return schema instanceof z.ZodBoolean ? fc.boolean() : text
}

/** Any health that an agent of another version could send. */
export const arbitraryReading = arbitraryOf(HealthDocument) as fc.Arbitrary<HealthReading>
