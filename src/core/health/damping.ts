import type { Json } from '../base/json.js'

/** How far a measured value may wander before it is reported again, and how finely it is written. */
export interface Band {
  readonly digits: number
  /** In the unit of the value. */
  readonly absolute: number
  /** Part of the last reported value. */
  readonly relative: number
}

export const BANDS = {
  /** dBm: SFF-8472 asks for ±3 dB of truth, usual modules repeat within 0.1 dB. */
  light: { digits: 1, absolute: 0.2, relative: 0 },
  /** °C. */
  temperature: { digits: 0, absolute: 2, relative: 0 },
  /** V. */
  voltage: { digits: 2, absolute: 0.03, relative: 0 },
  /** mA. */
  current: { digits: 1, absolute: 0.3, relative: 0.03 },
  /** Exact below a hundred, a full table by the thousand. */
  prefixes: { digits: 0, absolute: 0.5, relative: 0.01 },
} as const satisfies Record<string, Band>

/** The last reported figure while the value stays within the band around it, else the value rounded. */
export function damp(before: Json | undefined, value: number | null, band: Band): number | null {
  if (value === null || !Number.isFinite(value)) return null
  const width = (last: number) => Math.max(band.absolute, Math.abs(last) * band.relative)
  if (typeof before === 'number' && Math.abs(value - before) < width(before)) return before
  const scale = 10 ** band.digits
  // Adding 0 turns -0, which JSON cannot say, into 0.
  return Math.round(value * scale) / scale + 0
}

/** The member at the end of a path of keys; undefined where the path ends early. */
export function memberAt(document: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = document
  for (const key of path) {
    if (typeof here !== 'object' || here === null || Array.isArray(here)) return undefined
    const members = here as { readonly [key: string]: Json }
    here = Object.hasOwn(members, key) ? members[key] : undefined
  }
  return here
}

/**
 * Leaves out what is not known: in a merge patch, null would mean "remove". For members whose names
 * are written in the source, never for names from outside.
 */
export function known(
  members: Readonly<Record<string, Json | undefined>>,
): Readonly<Record<string, Json>> {
  const kept: Record<string, Json> = {}
  for (const key in members) {
    const value = members[key]
    if (value !== null && value !== undefined) kept[key] = value
  }
  return kept
}
