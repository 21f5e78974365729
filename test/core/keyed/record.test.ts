import fc from 'fast-check'
import t from 'tap'
import * as z from 'zod'
import { checkShape } from '../../../src/core/base/shape.js'
import { record } from '../../../src/core/keyed/record.js'
import { HOSTILE_NAMES } from './hostile-names.js'

const Ports = record(z.string().regex(/^[\w.]{1,20}$/, 'a name'), z.object({ up: z.boolean() }))

/** As a message brings it: with the name as a member of its own. */
const member = (name: string, value: unknown): unknown =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`)

/** The members in the order of their names: the key `__proto__` may come back at another place. */
const inOrder = (document: object): string =>
  JSON.stringify(Object.entries(document).toSorted(([a], [b]) => (a < b ? -1 : 1)))

t.test('every name is a key like any other', (t) => {
  for (const name of HOSTILE_NAMES) {
    const read = record(z.string(), z.object({ up: z.boolean() })).safeParse(
      member(name, { up: true, later: 1 }),
    )
    t.equal(JSON.stringify(read.data), JSON.stringify(member(name, { up: true })), name)
  }
  const open = record(z.string(), z.unknown())
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (given) => {
      const document = JSON.parse(JSON.stringify(given)) as Record<string, unknown>
      return inOrder(open.parse(document)) === inOrder(document)
    }),
  )
  t.end()
})

t.test('what is wrong with the key __proto__, or below it, is said at its place', (t) => {
  t.strictSame(checkShape(Ports, member('__proto__', { up: 'no' })), {
    ok: false,
    faults: [
      { kind: 'value', path: ['__proto__', 'up'], message: 'must be true or false; is "no"' },
    ],
  })
  const digits = record(z.string().regex(/^\d+$/, 'a number'), z.unknown())
  t.match(checkShape(digits, member('__proto__', 1)), {
    ok: false,
    faults: [{ path: ['__proto__'], message: 'its key must be a number' }],
  })
  t.end()
})

t.test('it stays a record for what reads schemas, also with a description', (t) => {
  const described = Ports.describe('the ports').optional()
  t.match(z.toJSONSchema(described), {
    type: 'object',
    description: 'the ports',
    additionalProperties: { type: 'object' },
  })
  t.ok(Ports.describe('x') instanceof z.ZodRecord)
  t.ok(Object.hasOwn(described.parse(member('__proto__', { up: true })) ?? {}, '__proto__'))
  t.end()
})
