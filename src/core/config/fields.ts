import * as z from 'zod'
import { parseIp } from '../base/ip.js'
import { seconds } from '../base/time.js'
import { WORD } from '../model/names.js'

/** `PATH_MAX` without the closing NUL. */
const PATH_LENGTH = 4095

/** A whole number with its unit, such as `seconds`. */
export function count(min: number, max: number, unit: string) {
  const allowed = `a whole number of ${unit}, ${min}-${max}`
  return z.int({ error: allowed }).min(min, allowed).max(max, allowed)
}

/** A duration in whole seconds. */
export function duration(min: number, max: number) {
  return count(min, max, 'seconds').transform(seconds)
}

/** A text of a pattern, at most so many characters long; `allowed` completes "must be …". */
export function matching(pattern: RegExp, maxLength: number, allowed: string) {
  return z.string({ error: allowed }).max(maxLength, allowed).regex(pattern, allowed)
}

export const path = matching(/^\/[\x20-\x7e]*$/, PATH_LENGTH, 'an absolute path')

export const ipAddress = z
  .string({ error: 'an IPv4 or IPv6 address' })
  .max(45, 'an IPv4 or IPv6 address')
  .refine((value) => parseIp(value) !== undefined, 'an IPv4 or IPv6 address')

/** Ids of routers and names of credentials. */
export const plainWord = matching(WORD, 63, 'letters, digits, ".", "_" and "-", at most 63')

export const toggle = z.boolean({ error: 'true or false' })

/** One of these words. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.map((value) => `"${value}"`).join(', ')}` })
}

export const sha256Hex = matching(
  /^[0-9a-f]{64}$/,
  64,
  'a SHA-256 of 64 lower-case hexadecimal digits',
)

/** A fault of a table whose keys contradict each other, in the form that zod takes. */
interface Contradiction {
  readonly [extra: string]: unknown
  readonly code: 'custom'
  readonly input: unknown
  readonly path: PropertyKey[]
  readonly message: string
}

/** A fault at `key` of the table `input`, for the `issues` of a check; `message` completes "must be …". */
export function contradiction(
  input: unknown,
  key: readonly PropertyKey[],
  message: string,
): Contradiction {
  return { code: 'custom', input, path: [...key], message }
}
