/** A JSON object of FRR. Members may be missing or of another type in another release. */
export type Loose = Readonly<Record<string, unknown>>

const EMPTY: Loose = {}

/** The object itself, not a copy, because a neighbour has a hundred members; empty where it is no object. */
export function looseObject(value: unknown): Loose {
  return isLoose(value) ? value : EMPTY
}

/** Names and values of an object's members; none where it is no object. */
export function looseMembers(value: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(looseObject(value))
}

/** undefined where it is no string. */
export function looseText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/**
 * A number, which FRR prints as one or as a text of digits. null for anything else: what cannot be read is
 * unknown, and never 0.
 */
export function looseNumber(value: unknown): number | null {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/

/** A number that counts something: an integer of 0 or more. */
export function looseCount(value: unknown): number | null {
  const number = looseNumber(value)
  return number !== null && Number.isInteger(number) && number >= 0 ? number : null
}

/** 2^32 - 1 is the last AS number (RFC 7300). */
const AS_MAX = 0xff_ff_ff_ff

/**
 * An AS number: a number, a text of digits, or two halves with a dot between (RFC 5396), which FRR 8.5 and newer
 * print where a block has `as-notation dot` or `dot+`.
 */
export function looseAs(value: unknown): number | null {
  const halves = typeof value === 'string' ? /^(\d{1,5})\.(\d{1,5})$/.exec(value) : null
  if (halves !== null) return joined(Number(halves[1]), Number(halves[2]))
  const number = looseCount(value)
  return number !== null && number >= 1 && number <= AS_MAX ? number : null
}

function joined(high: number, low: number): number | null {
  if (high > 0xff_ff || low > 0xff_ff) return null
  const number = high * 0x1_00_00 + low
  return number === 0 ? null : number
}

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null
}
