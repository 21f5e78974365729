import { parse } from 'toml'
import type * as z from 'zod'
import { type Fault, fault } from '../base/fault.js'
import { pathText, escaped, quote } from '../base/quote.js'
import { ok, refused, type Result } from '../base/result.js'
import { shapeCode, shapeFaults } from '../base/shape.js'
import { lineIndex } from './lines.js'

/** Characters of a settings file; a hub with thousands of routers needs a few hundred thousand. */
const TEXT_MAX = 4 * 1024 * 1024

const CODES = { value: 'CONFIG_VALUE', unknownKey: 'CONFIG_UNKNOWN_KEY' } as const

/** Reads a TOML text into a checked shape, or every fault as `file:line key`. */
export function parseTomlFile<T extends z.ZodType>(
  schema: T,
  text: string,
  file: string,
): Result<z.output<T>> {
  const document = parseToml(text, file)
  if (!document.ok) return document
  const parsed = schema.safeParse(document.value)
  if (parsed.success) return ok(parsed.data)
  const lineOf = lineIndex(text)
  const faults = shapeFaults(schema, document.value, parsed.error.issues).map((one) =>
    fault(
      shapeCode(one, CODES),
      `${file}:${lineOf(one.path)} ${pathText(one.path)}`.trimEnd(),
      one.message,
    ),
  )
  return refused(...faults)
}

function parseToml(text: string, file: string): Result<unknown> {
  if (text.length > TEXT_MAX) return refused(tooLong(file))
  try {
    const document: unknown = parse(text.replace(/^\ufeff/, ''))
    return ok(document)
  } catch (error) {
    return refused(syntaxFault(error, file))
  }
}

function tooLong(file: string): Fault {
  return fault('CONFIG_VALUE', file, `is longer than ${TEXT_MAX} characters`)
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
  const what = found === null ? 'the end of the file' : quote(String(found))
  const says =
    found === undefined ? escaped(String(message).slice(0, 200)) : `${what} cannot stand here`
  return fault('CONFIG_SYNTAX', `${file}:${String(at.line)}:${String(at.column)}`, says)
}
