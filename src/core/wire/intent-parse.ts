import { type Fault, fault } from '../base/fault.js'
import { pathText } from '../base/quote.js'
import { ok, refused, type Result } from '../base/result.js'
import { shapeCode, shapeFaults } from '../base/shape.js'
import { type Intent, intentSchema } from './intent.js'
import { INTENT_LIMITS } from './intent-limits.js'
import { jsonFlaw } from './json-scan.js'

const CODES = { value: 'INTENT_VALUE', unknownKey: 'INTENT_UNKNOWN_KEY' } as const

/** Checks the shape of an intent; what its parts mean together is judged by `toWant`. */
export function parseIntent(document: unknown): Result<Intent> {
  const parsed = intentSchema.safeParse(document)
  if (parsed.success) return ok(parsed.data)
  const faults = shapeFaults(intentSchema, document, parsed.error.issues).map((one) =>
    fault(shapeCode(one, CODES), pathText(one.path) || 'intent', one.message),
  )
  return refused(...capped(faults))
}

/** Reads an intent from its JSON text. */
export function parseIntentText(text: string): Result<Intent> {
  const document = readDocument(text)
  return document.ok ? parseIntent(document.value) : document
}

/** Reads a JSON text in which no object names a key twice. */
export function readDocument(text: string): Result<unknown> {
  if (text.length > INTENT_LIMITS.text) {
    const detail = `is ${text.length} characters long; at most ${INTENT_LIMITS.text} are read`
    return refused(fault('INTENT_VALUE', 'intent', detail))
  }
  const flaw = jsonFlaw(text)
  if (flaw !== undefined) {
    return refused(fault('INTENT_SYNTAX', `intent:${place(text, flaw.offset)}`, `has ${flaw.says}`))
  }
  const document: unknown = JSON.parse(text)
  return ok(document)
}

/** `line:column`, both from 1. */
function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}

/** Keeps an answer within bounds whatever was sent. */
export function capped(faults: readonly Fault[]): readonly Fault[] {
  const more = faults.length - INTENT_LIMITS.faults
  if (more <= 0) return faults
  const rest = fault('INTENT_VALUE', 'intent', `has ${more} more faults that are not listed`)
  return [...faults.slice(0, INTENT_LIMITS.faults), rest]
}
