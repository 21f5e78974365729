import * as z from 'zod'
import { fault, type Fault } from '../base/fault.js'
import { instantOf } from '../base/time.js'
import { record } from '../keyed/record.js'
import { PASSWORD, WORD } from '../model/names.js'
import { interfaceAddress, ipAddress } from './intent-fields.js'
import { LIMITS } from './limits.js'
import { ChangeName, bool, ImpactLevel, instant, list } from './message-fields.js'

const required = z
  .boolean()
  .describe('The probe must pass after the change even if it failed before.')
  .default(false)

/** An echo from the interface of an attachment of the pushed intent (RFC 792, RFC 4443). */
const PingProbe = z.strictObject({
  kind: z.literal('ping').describe('An echo request from the interface of an attachment.'),
  address: ipAddress('the address that must answer'),
  attachment: z
    .string()
    .regex(WORD, 'the name of an attachment')
    .describe('the name of the attachment of the pushed intent that sends the request'),
  required,
})

/** A route that a neighbor of the pushed intent announces and that its import policy accepts. */
const PrefixProbe = z.strictObject({
  kind: z.literal('prefix').describe('A route that a neighbor announces.'),
  prefix: interfaceAddress('the announced prefix'),
  neighborAddress: ipAddress('the neighbor that announces it'),
  required,
})

/**
 * A question that must be answered well after a change. It is asked before the change as well: a probe that
 * failed then cannot fail the change, unless it is `required`.
 */
const Probe = z.discriminatedUnion('kind', [PingProbe, PrefixProbe])

export type Probe = z.output<typeof Probe>

const PROBES = 'Witnesses of the change beside sessions, bundles and the hub.'

/** Questions that must be answered well after the change, as a person writes them. */
export const Probes = list(Probe, LIMITS.probesPerPush, PROBES)

/** The same in a push of another version of demarc, whose other members are ignored. */
const ProbesReading = list(
  z.discriminatedUnion('kind', [PingProbe.strip(), PrefixProbe.strip()]),
  LIMITS.probesPerPush,
  PROBES,
)

const NAME = 'the name of a secret: 1-63 characters, letters, digits, ".", "_" and "-"'
const TEXT = 'one line of 1-80 printable ASCII characters without blanks'
const ALL = `an object of at most ${LIMITS.secretsPerPush} names, each with its text`

/** Passwords by the names that the intent beside them uses. */
export const PushedSecrets = record(
  z.string().regex(WORD, NAME),
  z.string({ error: TEXT }).regex(PASSWORD, TEXT),
  { error: ({ code }) => (code === 'invalid_type' ? ALL : undefined) },
).refine((secrets) => Object.keys(secrets).length <= LIMITS.secretsPerPush, ALL)

export type PushedSecrets = z.output<typeof PushedSecrets>

export const PushParams = z
  .object({
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
    validUntil: instant(
      'The end of the time in which the agent accepts the push, by its own clock; absent: it has no end',
    ).optional(),
    maxImpact: ImpactLevel.describe(
      'Refuse the intent if its plan does more to traffic.',
    ).optional(),
    probes: ProbesReading.default([]),
    adopt: bool(
      'Take over what is on the router and matches the intent; `maxImpact` is then `soft` unless given.',
    ).default(false),
    dryRun: bool('Check and plan only.').default(false),
  })
  .describe('An intent for the router, and the terms of the change.')

/** Why a push comes too late; null: it does not. Each side compares with its own clock. */
export function expiry(validUntil: string | undefined, now: Date): Fault | null {
  const end = validUntil === undefined ? undefined : instantOf(validUntil)
  if (validUntil === undefined || end === undefined || now.getTime() < end) return null
  const detail = `the intent was valid until ${validUntil}, and it is ${now.toISOString()} here: push it again with a later time or without one`
  return fault('INTENT_EXPIRED', 'validUntil', detail)
}
