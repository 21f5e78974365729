import * as z from 'zod'
import { WORD } from '../model/names.js'
import { interfaceAddress, ipAddress } from './intent-fields.js'

const required = z.boolean().default(false)

/**
 * A question that must be answered well after a change. It is asked before the change as well: a probe that
 * failed then cannot fail the change, unless it is `required`.
 */
export const Probe = z.discriminatedUnion('kind', [
  /** An echo from the interface of an attachment of the pushed intent (RFC 792, RFC 4443). */
  z.strictObject({
    kind: z.literal('ping'),
    address: ipAddress('the address that must answer'),
    attachment: z.string().regex(WORD, 'the name of an attachment'),
    required,
  }),
  /** A route that a neighbor of the pushed intent announces and that its import policy accepts. */
  z.strictObject({
    kind: z.literal('prefix'),
    prefix: interfaceAddress('the announced prefix'),
    neighborAddress: ipAddress('the neighbor that announces it'),
    required,
  }),
])

export type Probe = z.output<typeof Probe>
