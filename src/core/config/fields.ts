import * as z from 'zod'
import { WORD } from '../model/names.js'

/** `PATH_MAX` without the closing NUL. */
const PATH_LENGTH = 4095

/** A whole number; `says` completes "must be …". */
export function count(min: number, max: number, unit: string) {
  const says = `a whole number of ${unit}, ${min}-${max}`
  return z.int({ error: says }).min(min, says).max(max, says)
}

/** A text of a pattern and a length in characters; `says` ends the sentence "must be …". */
export function matching(pattern: RegExp, maxLength: number, says: string) {
  return z.string({ error: says }).max(maxLength, says).regex(pattern, says)
}

export const path = matching(/^\/[\x20-\x7e]*$/, PATH_LENGTH, 'an absolute path')

/** Ids of routers and names of credentials. */
export const plainWord = matching(WORD, 63, 'letters, digits, ".", "_" and "-", at most 63')

export const toggle = z.boolean({ error: 'true or false' })

/** One of these words; the fault lists them. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.map((value) => `"${value}"`).join(', ')}` })
}

export const sha256Hex = matching(
  /^[0-9a-f]{64}$/,
  64,
  'a SHA-256 of 64 lower-case hexadecimal digits',
)

/** A fault of a table whose keys do not go together, at one of its keys, as zod takes it. */
interface Contradiction {
  readonly [extra: string]: unknown
  readonly code: 'custom'
  readonly input: unknown
  readonly path: PropertyKey[]
  readonly message: string
}

/** The fault at `key`, as zod wants it pushed in a check; `input` is the table. */
export function contradiction(
  input: unknown,
  key: readonly PropertyKey[],
  message: string,
): Contradiction {
  return { code: 'custom', input, path: [...key], message }
}
