import { parse } from 'toml'
import type * as z from 'zod'
import { type Fault, fault } from '../base/fault.js'
import { pathText, quote } from '../base/quote.js'
import { faultsOf, ok, refused, type Result } from '../base/result.js'
import { checkShape, shapeCode } from '../base/shape.js'
import { overlayToml, ownerOf, type TomlFile } from './layers.js'
import { lineIndex } from './lines.js'

/** Characters of a file; the settings of a hub with thousands of routers have a few hundred thousand. */
const TEXT_MAX = 4 * 1024 * 1024

const CODES = { value: 'CONFIG_VALUE', unknownKey: 'CONFIG_UNKNOWN_KEY' } as const

/**
 * Reads TOML texts, each laid over those before it, and checks what they make together; the place of each
 * fault is `file:line key`.
 */
export function parseTomlFiles<T extends z.ZodType>(
  schema: T,
  files: readonly [TomlFile, ...TomlFile[]],
): Result<z.output<T>> {
  const parsed = files.map(({ file, text }) => parseToml(text, file))
  const broken = parsed.flatMap((result) => faultsOf(result))
  if (broken.length > 0) return refused(...broken)
  const documents = parsed.flatMap((result) => (result.ok ? [result.value] : []))
  const checked = checkShape(schema, documents.reduce(overlayToml))
  if (checked.ok) return checked
  const faults = checked.faults.map((found) => {
    const { file, text } = files[ownerOf(documents, found.path)] ?? files[0]
    const at = `${file}:${lineIndex(text)(found.path)} ${pathText(found.path)}`.trimEnd()
    return fault(shapeCode(found, CODES), at, found.message)
  })
  return refused(...faults)
}

/** The value of a TOML text, or where and why it is none. */
export function parseToml(text: string, file: string): Result<unknown> {
  if (text.length > TEXT_MAX) {
    return refused(fault('CONFIG_VALUE', file, `is longer than ${TEXT_MAX} characters`))
  }
  try {
    const document: unknown = parse(text.replace(/^\ufeff/, ''))
    return ok(document)
  } catch (error) {
    return refused(syntaxFault(error, file))
  }
}

/** What the package throws: its grammar's error with a location, or its own with line and column. */
interface TomlError {
  readonly message?: unknown
  readonly line?: unknown
  readonly column?: unknown
  /** The character in the way; null at the end of the text. */
  readonly found?: string | null
  readonly location?: { readonly start: { readonly line: number; readonly column: number } }
}

function syntaxFault(error: unknown, file: string): Fault {
  const { message, line, column, found, location } = error as TomlError
  const at = location?.start ?? { line, column }
  const place = `${file}:${String(at.line)}:${String(at.column)}`
  return fault(
    'CONFIG_SYNTAX',
    place,
    found === undefined ? meaning(String(message)) : stray(found),
  )
}

function stray(found: string | null): string {
  const text = found === null ? 'the end of the file' : quote(found)
  return `${text} is not allowed here`
}

/** What the errors of the package that no single character causes mean. */
const MEANINGS: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: /^Cannot (?:redefine|extend|use|append)/, message: 'is set a second time' },
  { pattern: /^Invalid (?:date|time|offset)/, message: 'is a date or time that does not exist' },
  { pattern: /escape/, message: 'has an escape sequence that TOML does not know' },
  { pattern: /^Integer/, message: 'is a whole number of more than 64 bits' },
  { pattern: /nesting/, message: 'is nested too deep' },
]

function meaning(message: string): string {
  const known = MEANINGS.find(({ pattern }) => pattern.test(message))
  const key = /'([^']*)'/.exec(message)?.[1]
  const subject = key === undefined ? '' : `the key ${quote(key)} `
  return known === undefined ? 'is not valid TOML' : `${subject}${known.message}`
}
