/** How far a measured value may move before it is reported again, and how finely it is written. */
export interface Band {
  /** Decimal places. */
  readonly digits: number
  /** In the unit of the value. */
  readonly absolute: number
  /** Part of the last reported value. */
  readonly relative: number
}

export const BANDS = {
  /** dBm: SFF-8472 requires an accuracy of ±3 dB; usual modules repeat within 0.1 dB. */
  power: { digits: 1, absolute: 0.2, relative: 0 },
  /** °C. */
  temperature: { digits: 0, absolute: 2, relative: 0 },
  /** V. */
  voltage: { digits: 2, absolute: 0.03, relative: 0 },
  /** mA. */
  current: { digits: 1, absolute: 0.3, relative: 0.03 },
  /** Exact below a hundred; 1 % of a full table. */
  prefixes: { digits: 0, absolute: 0.5, relative: 0.01 },
} as const satisfies Record<string, Band>

/**
 * The last reported figure while `value` stays within the band around it, else `value` rounded;
 * null where there is no value.
 */
export function damp(before: number | undefined, value: number | null, band: Band): number | null {
  if (value === null || !Number.isFinite(value)) return null
  if (before !== undefined) {
    const width = Math.max(band.absolute, Math.abs(before) * band.relative)
    if (Math.abs(value - before) < width) return before
  }
  return rounded(value, band.digits)
}

/** Rounds to this many decimal places. Adding 0 turns -0, which JSON does not have, into 0. */
export function rounded(value: number, digits: number): number {
  const scale = 10 ** digits
  return Math.round(value * scale) / scale + 0
}

type Unknown = null | undefined

/** `T` with every member optional that may be unknown. */
export type Known<T> = {
  [K in keyof T as Extract<T[K], Unknown> extends never ? K : never]: T[K]
} & {
  [K in keyof T as Extract<T[K], Unknown> extends never ? never : K]?: Exclude<T[K], Unknown>
}

/**
 * Leaves out the members that are null or undefined: in a merge patch, null would mean "remove". For
 * members whose names are written in the source, never for names from outside.
 */
export function known<T extends object>(members: T): Known<T> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  ) as Known<T>
}

/** The value under a name from outside; undefined also for what every object has by nature. */
export function valueOf<T>(
  values: Readonly<Record<string, T>> | undefined,
  name: string,
): T | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
}
