import { z } from 'zod'
import { WORD } from '../model/names.js'

/** `PATH_MAX` without the closing NUL. */
const PATH_LENGTH = 4095

/** A whole number; `says` completes "must be …". */
export function count(min: number, max: number, unit: string) {
  const says = `a whole number of ${unit}, ${min}-${max}`
  return z.int({ error: says }).min(min, says).max(max, says)
}

export function text(pattern: RegExp, maxLength: number, says: string) {
  return z.string({ error: says }).max(maxLength, says).regex(pattern, says)
}

export const path = text(/^\/[\x20-\x7e]*$/, PATH_LENGTH, 'an absolute path')

/** Ids of routers and names of credentials. */
export const word = text(WORD, 63, 'letters, digits, ".", "_" and "-", at most 63')

export const flag = z.boolean({ error: 'true or false' })

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.map((value) => `"${value}"`).join(', ')}` })
}

export const sha256 = text(/^[0-9a-f]{64}$/, 64, 'a SHA-256 of 64 lower-case hexadecimal digits')

/** A fault of a table whose keys do not go together, at one of its keys, as zod takes it. */
interface Clash {
  readonly [extra: string]: unknown
  readonly code: 'custom'
  readonly input: unknown
  readonly path: PropertyKey[]
  readonly message: string
}

export function clash(input: unknown, key: readonly PropertyKey[], message: string): Clash {
  return { code: 'custom', input, path: [...key], message }
}
