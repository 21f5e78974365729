import { type Fault, fault } from '../base/fault.js'
import { pathText } from '../base/quote.js'
import { ok, refused, type Result } from '../base/result.js'
import { checkShape, shapeCode } from '../base/shape.js'
import { type Intent, intentSchema } from './intent.js'
import { INTENT_LIMITS } from './limits.js'
import { jsonFlaw } from './json-scan.js'

const CODES = { value: 'INTENT_VALUE', unknownKey: 'INTENT_UNKNOWN_KEY' } as const

/**
 * Checks the shape of an intent; `toWant` checks what its parts mean together. The value is the document as it
 * was written, but without `$schema`, which is for editors and no part of the intent or its digest.
 */
export function parseIntent(document: unknown): Result<Intent> {
  const checked = checkShape(intentSchema, document, INTENT_LIMITS.faults)
  if (checked.ok) {
    const { $schema: _, ...intent } = checked.value
    return ok(intent)
  }
  const faults = checked.faults.map((found) =>
    fault(shapeCode(found, CODES), pathText(found.path) || 'intent', found.message),
  )
  return refused(...faults)
}

/** Reads an intent from its JSON text; `name` is how faults of its syntax name the text. */
export function parseIntentText(text: string, name = 'intent'): Result<Intent> {
  const document = readDocument(text, name)
  return document.ok ? parseIntent(document.value) : document
}

/** Reads a JSON text in which no object has a key twice; `name` is how faults name the text. */
export function readDocument(text: string, name = 'intent'): Result<unknown> {
  if (text.length > INTENT_LIMITS.text) {
    const detail = `is ${text.length} characters long; at most ${INTENT_LIMITS.text} are read`
    return refused(fault('INTENT_VALUE', name, detail))
  }
  const flaw = jsonFlaw(text)
  if (flaw !== undefined) {
    const code = flaw.isValue === true ? 'INTENT_VALUE' : 'INTENT_SYNTAX'
    return refused(fault(code, `${name}:${place(text, flaw.offset)}`, flaw.message))
  }
  const document: unknown = JSON.parse(text)
  return ok(document)
}

/** `line:column`, both counted from 1. */
function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}

/** The first faults, and how many more there are, so that an answer keeps its limit. */
export function capped(faults: readonly Fault[]): readonly Fault[] {
  const more = faults.length - INTENT_LIMITS.faults
  if (more <= 0) return faults
  const rest = fault('INTENT_VALUE', 'intent', `has ${more} more faults that are not listed`)
  return [...faults.slice(0, INTENT_LIMITS.faults), rest]
}
