import * as z from 'zod'
import { fault } from '../../core/base/fault.js'
import { faultsOf, ok, refused, type Result } from '../../core/base/result.js'
import { askedProbes } from '../../core/intent/probes.js'
import { everySecret, unusedSecrets } from '../../core/intent/secret-names.js'
import { judgeIntent } from '../../core/judged/judge-intent.js'
import type { Profiles } from '../../core/providers/lines.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntent, readDocument } from '../../core/wire/intent-parse.js'
import { Probes, type Probe, PushedSecrets } from '../../core/wire/push.js'
import { instant } from '../../core/wire/message-fields.js'
import { parseShape } from '../store/shape.js'

/** What a client sends: an intent, and what goes with it. */
export interface Submission {
  readonly intent: Intent
  /** null: no list was sent, so that the passwords of the intent before go on. */
  readonly secrets: PushedSecrets | null
  readonly probes: readonly Probe[]
  /** RFC 3339 in UTC: the router must have taken it before; null: at any time. */
  readonly validUntil: string | null
}

const Wrapped = z.strictObject({
  intent: z.unknown(),
  secrets: PushedSecrets.nullable().default(null),
  probes: Probes.default([]),
  validUntil: instant('The time before which the router must have taken the intent')
    .nullable()
    .default(null),
})

/** Reads the intent of this router, alone or in one object with what goes with it, and judges it. */
export function parseSubmission(id: string, text: string, profiles: Profiles): Result<Submission> {
  const document = readDocument(text)
  const wrapped = document.ok ? parseWrapped(document.value) : document
  if (!wrapped.ok) return wrapped
  const { secrets, probes, validUntil } = wrapped.value
  const intent = parseIntentFor(id, wrapped.value.intent)
  if (!intent.ok) return intent
  const faults = [
    ...faultsOf(meaningOf(intent.value, secrets ?? {}, profiles)),
    ...unusedSecrets(intent.value, secrets ?? {}),
    ...faultsOf(askedProbes(probes, intent.value)),
  ]
  return faults.length > 0
    ? refused(...faults)
    : ok({ intent: intent.value, secrets, probes, validUntil })
}

/** What the intent means, checked as its router does; what only the router knows counts as fitting. */
function meaningOf(intent: Intent, passwords: PushedSecrets, profiles: Profiles): Result<unknown> {
  const secrets = everySecret(intent)
  return judgeIntent(intent, { managedPorts: ['*'], secrets, profiles, passwords })
}

function parseWrapped(document: unknown): Result<z.output<typeof Wrapped>> {
  const isWrapped =
    typeof document === 'object' &&
    document !== null &&
    ['secrets', 'probes', 'validUntil'].some((key) => Object.hasOwn(document, key))
  return isWrapped
    ? parseShape(Wrapped, document, 'body')
    : ok({ intent: document, secrets: null, probes: [], validUntil: null })
}

function parseIntentFor(id: string, document: unknown): Result<Intent> {
  const parsed = parseIntent(document)
  if (!parsed.ok || parsed.value.router.id === id) return parsed
  const detail = `is for ${parsed.value.router.id}, but the path names ${id}`
  return refused(fault('INTENT_WRONG_ROUTER', 'router.id', detail))
}
