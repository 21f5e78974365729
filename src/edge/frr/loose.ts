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

/** null where it is no finite number. */
export function looseNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null
}
