import type { OpticalPower } from '../model/optic.js'

/** dBm of a power in mW above 0. */
export function dbm(milliwatts: number): number {
  return 10 * Math.log10(milliwatts)
}

/** One reading in both units; `dbm` is null at 0 mW, which has no logarithm. */
export function power(milliwatts: number): OpticalPower {
  return { milliwatts, dbm: milliwatts > 0 ? dbm(milliwatts) : null }
}
