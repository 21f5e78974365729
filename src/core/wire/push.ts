import * as z from 'zod'
import { PASSWORD, WORD } from '../model/names.js'
import { interfaceAddress, ipAddress } from './intent-fields.js'
import { LIMITS } from './limits.js'
import { ChangeName, bool, ImpactLevel, list } from './message-fields.js'

const required = z
  .boolean()
  .describe('The probe must pass after the change even if it failed before.')
  .default(false)

/**
 * A question that must be answered well after a change. It is asked before the change as well: a probe that
 * failed then cannot fail the change, unless it is `required`.
 */
export const Probe = z.discriminatedUnion('kind', [
  /** An echo from the interface of an attachment of the pushed intent (RFC 792, RFC 4443). */
  z.strictObject({
    kind: z.literal('ping').describe('An echo request from the interface of an attachment.'),
    address: ipAddress('the address that must answer'),
    attachment: z
      .string()
      .regex(WORD, 'the name of an attachment')
      .describe('the name of the attachment of the pushed intent that sends the request'),
    required,
  }),
  /** A route that a neighbor of the pushed intent announces and that its import policy accepts. */
  z.strictObject({
    kind: z.literal('prefix').describe('A route that a neighbor announces.'),
    prefix: interfaceAddress('the announced prefix'),
    neighborAddress: ipAddress('the neighbor that announces it'),
    required,
  }),
])

export type Probe = z.output<typeof Probe>

/** Questions that must be answered well after the change. */
export const Probes = list(
  Probe,
  LIMITS.probesPerPush,
  'Witnesses of the change beside sessions, bundles and the hub.',
)

const NAME = 'the name of a secret: 1-63 characters, letters, digits, ".", "_" and "-"'
const TEXT = 'one line of 1-80 printable ASCII characters without blanks'
const ALL = `an object of at most ${LIMITS.secretsPerPush} names, each with its text`

/** Passwords by the names that the intent beside them uses. */
export const PushedSecrets = z
  .record(z.string().regex(WORD, NAME), z.string({ error: TEXT }).regex(PASSWORD, TEXT), {
    error: ({ code }) => (code === 'invalid_type' ? ALL : undefined),
  })
  .refine((secrets) => Object.keys(secrets).length <= LIMITS.secretsPerPush, ALL)

export type PushedSecrets = z.output<typeof PushedSecrets>

export const PushParams = z
  .strictObject({
    // Checked by the intent schema later, so that the paths of its faults begin in the intent.
    intent: z.unknown().meta({ description: 'The intent: docs/schemas/intent.schema.json.' }),
    secrets: PushedSecrets.describe(
      'Passwords that the intent names and the router does not have of its own; never given back.',
    ).optional(),
    change: ChangeName.optional(),
    confirmWithin: z
      .int()
      .min(1)
      .max(86_400)
      .describe(
        'Seconds until the change is rolled back unless it is confirmed. Absent: the change confirms itself once it is read back and every witness that was healthy before is healthy again.',
      )
      .optional(),
    maxImpact: ImpactLevel.describe(
      'Refuse the intent if its plan does more to traffic.',
    ).optional(),
    probes: Probes.default([]),
    adopt: bool(
      'Take over what is on the router and matches the intent; `maxImpact` is then `soft` unless given.',
    ).default(false),
    dryRun: bool('Check and plan only.').default(false),
  })
  .describe('An intent for the router, and the terms of the change.')
