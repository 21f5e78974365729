import * as z from 'zod'
import { fault } from '../../core/base/fault.js'
import { faultsOf, ok, refused, type Result } from '../../core/base/result.js'
import { askedProbes } from '../../core/intent/probes.js'
import { unusedSecrets } from '../../core/intent/secret-names.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntent, readDocument } from '../../core/wire/intent-parse.js'
import { Probes } from '../../core/wire/messages.js'
import type { Probe } from '../../core/wire/probe.js'
import { PushedSecrets } from '../../core/wire/pushed-secrets.js'
import { parseShape } from '../store/shape.js'

/** What a client sends: an intent, and perhaps passwords and probes that go with it. */
export interface Submission {
  readonly intent: Intent
  /** null: those of the intent before it still hold. */
  readonly secrets: PushedSecrets | null
  readonly probes: readonly Probe[]
}

const Wrapped = z.strictObject({
  intent: z.unknown(),
  secrets: PushedSecrets.nullable().default(null),
  probes: Probes.default([]),
})

/** Reads an intent that is meant for this router, alone or beside what goes with it. */
export function parseSubmission(id: string, text: string): Result<Submission> {
  const document = readDocument(text)
  const wrapped = document.ok ? unwrapped(document.value) : document
  if (!wrapped.ok) return wrapped
  const { secrets, probes } = wrapped.value
  const intent = parseIntentFor(id, wrapped.value.intent)
  if (!intent.ok) return intent
  const astray = [
    ...unusedSecrets(intent.value, secrets ?? {}),
    ...faultsOf(askedProbes(probes, intent.value)),
  ]
  return astray.length > 0 ? refused(...astray) : ok({ intent: intent.value, secrets, probes })
}

function unwrapped(document: unknown): Result<z.output<typeof Wrapped>> {
  const wrapped =
    typeof document === 'object' &&
    document !== null &&
    ['secrets', 'probes'].some((key) => Object.hasOwn(document, key))
  return wrapped
    ? parseShape(Wrapped, document, 'body')
    : ok({ intent: document, secrets: null, probes: [] })
}

function parseIntentFor(id: string, document: unknown): Result<Intent> {
  const parsed = parseIntent(document)
  if (!parsed.ok || parsed.value.router.id === id) return parsed
  const detail = `is for ${parsed.value.router.id}, the address says ${id}`
  return refused(fault('INTENT_WRONG_ROUTER', 'router.id', detail))
}
