import { z } from 'zod'
import { fault } from '../core/base/fault.js'
import { ok, refused, type Result } from '../core/base/result.js'
import { unusedSecrets } from '../core/intent/secret-names.js'
import type { Intent } from '../core/wire/intent.js'
import { parseIntent, readDocument } from '../core/wire/intent-parse.js'
import { PushedSecrets } from '../core/wire/pushed-secrets.js'
import { parseShape } from './shape.js'

/** What a client sends: an intent, and perhaps passwords it names. */
export interface Submission {
  readonly intent: Intent
  /** null: those of the intent before it still hold. */
  readonly secrets: PushedSecrets | null
}

const WithSecrets = z.strictObject({ intent: z.unknown(), secrets: PushedSecrets })

/** Reads an intent that is meant for this router, alone or beside its passwords. */
export function parseSubmission(id: string, text: string): Result<Submission> {
  const document = readDocument(text)
  const wrapped = document.ok ? unwrapped(document.value) : document
  if (!wrapped.ok) return wrapped
  const { secrets } = wrapped.value
  const intent = parseIntentFor(id, wrapped.value.intent)
  if (!intent.ok) return intent
  const unused = unusedSecrets(intent.value, secrets ?? {})
  return unused.length > 0 ? refused(...unused) : ok({ intent: intent.value, secrets })
}

function unwrapped(document: unknown): Result<{
  readonly intent?: unknown
  readonly secrets: PushedSecrets | null
}> {
  const wrapped =
    typeof document === 'object' && document !== null && Object.hasOwn(document, 'secrets')
  return wrapped
    ? parseShape(WithSecrets, document, 'body')
    : ok({ intent: document, secrets: null })
}

function parseIntentFor(id: string, document: unknown): Result<Intent> {
  const parsed = parseIntent(document)
  if (!parsed.ok || parsed.value.router.id === id) return parsed
  const detail = `is for ${parsed.value.router.id}, the address says ${id}`
  return refused(fault('INTENT_WRONG_ROUTER', 'router.id', detail))
}
