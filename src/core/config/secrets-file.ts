import * as z from 'zod'
import { fault } from '../base/fault.js'
import { parseJson } from '../base/json.js'
import { pathText } from '../base/quote.js'
import { ok, refused, type Result } from '../base/result.js'
import { checkShape } from '../base/shape.js'
import { record } from '../keyed/record.js'
import { PASSWORD, WORD } from '../model/names.js'
import { parseToml } from '../toml/toml-file.js'

const NAME = 'the name of a secret: 1-63 characters, letters, digits, ".", "_" and "-"'
const TEXT = 'one line of 1-80 printable ASCII characters without blanks'

/** The key `secrets` keeps every value out of the messages of {@link checkShape}. */
export const SecretsFile = z.strictObject({
  secrets: record(z.string().regex(WORD, NAME), z.string({ error: TEXT }).regex(PASSWORD, TEXT)),
})

/**
 * Passwords by name from a JSON object or a TOML file of `name = "text"`. No fault quotes anything of
 * the file but a name.
 */
export function parseSecretsFile(text: string, file: string): Result<Record<string, string>> {
  const document = text.trimStart().startsWith('{') ? fromJson(text, file) : fromToml(text, file)
  if (!document.ok) return document
  const checked = checkShape(SecretsFile, { secrets: document.value })
  if (checked.ok) return ok(checked.value.secrets)
  const faults = checked.faults.map(({ path: [, ...path], message }) =>
    fault('CONFIG_VALUE', `${file} ${pathText(path.slice(0, 1))}`.trimEnd(), message),
  )
  return refused(...faults)
}

function fromJson(text: string, file: string): Result<unknown> {
  const document = parseJson(text)
  if (document !== undefined) return ok(document)
  return refused(fault('CONFIG_SYNTAX', file, 'is not valid JSON'))
}

function fromToml(text: string, file: string): Result<unknown> {
  const document = parseToml(text, file)
  if (document.ok) return document
  const at = document.faults[0]?.at ?? file
  return refused(fault('CONFIG_SYNTAX', at, 'is neither valid TOML nor a JSON object'))
}
