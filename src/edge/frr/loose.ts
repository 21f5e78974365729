/** JSON of FRR, of which nothing is certain. */
export type Loose = Readonly<Record<string, unknown>>

const NOTHING: Loose = {}

/** The object itself and no copy, since a neighbour has a hundred members; empty where there is none. */
export function looseObject(value: unknown): Loose {
  return isLoose(value) ? value : NOTHING
}

/** Names and values of an object's members; none where there is no object. */
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
