import * as z from 'zod'
import { WORD } from '../model/names.js'
import { interfaceAddress, ipAddress } from './intent-fields.js'

const required = z.boolean().default(false)

/**
 * A question that a push wants answered well after the change. It is asked before it too: what fails
 * then cannot fail the change, unless it is `required`.
 */
export const Probe = z.discriminatedUnion('kind', [
  /** An echo from the interface of an attachment of the pushed intent (RFC 792, RFC 4443). */
  z.strictObject({
    kind: z.literal('ping'),
    address: ipAddress('who is to answer'),
    attachment: z.string().regex(WORD, 'the name of an attachment'),
    required,
  }),
  /** A route that a neighbour of the pushed intent announces and that its import policy lets in. */
  z.strictObject({
    kind: z.literal('prefix'),
    prefix: interfaceAddress('the announced prefix'),
    neighborAddress: ipAddress('who announces it'),
    required,
  }),
])

export type Probe = z.output<typeof Probe>
