import * as z from 'zod'
import { fault } from '../base/fault.js'
import { pathText } from '../base/quote.js'
import { ok, refused, type Result } from '../base/result.js'
import { PASSWORD, WORD } from '../model/names.js'
import { parseTomlFile } from './toml-file.js'

const password = 'one line of 1-80 printable ASCII characters without blanks'

const Secrets = z.record(z.string().regex(WORD, 'the name of a secret'), z.string().regex(PASSWORD))

/**
 * Passwords by name from a JSON object or a TOML file of `name = "text"`. Unlike other files, no
 * fault quotes anything of it but a name.
 */
export function parseSecretsFile(text: string, file: string): Result<Record<string, string>> {
  const document = text.trimStart().startsWith('{') ? fromJson(text, file) : fromToml(text, file)
  if (!document.ok) return document
  const parsed = Secrets.safeParse(document.value)
  if (parsed.success) return ok(parsed.data)
  const places = parsed.error.issues.map(({ path }) => `${file} ${pathText(path.slice(0, 1))}`)
  return refused(...places.map((at) => fault('CONFIG_VALUE', at.trimEnd(), `must be ${password}`)))
}

function fromJson(text: string, file: string): Result<unknown> {
  try {
    const document: unknown = JSON.parse(text)
    return ok(document)
  } catch {
    return refused(fault('CONFIG_SYNTAX', file, 'is not valid JSON'))
  }
}

function fromToml(text: string, file: string): Result<unknown> {
  const document = parseTomlFile(z.unknown(), text, file)
  if (document.ok) return document
  const at = document.faults[0]?.at ?? file
  return refused(fault('CONFIG_SYNTAX', at, 'is neither valid TOML nor a JSON object'))
}
