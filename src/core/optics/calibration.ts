import type { OpticThresholds } from '../model/optic.js'
import { f32, signed16, u16 } from './page.js'

/** Converts the 16-bit number of one A2h field to °C, V, mA or mW; null if the result cannot be right. */
export type Convert = (raw: number) => number | null

export type Calibration = Readonly<Record<keyof OpticThresholds, Convert>>

/** SFF-8472 section 9.2: temperature 1/256 °C signed, voltage 100 µV, bias 2 µA, power 0.1 µW. */
export const INTERNAL: Calibration = {
  temperature: (raw) => signed16(raw) / 256,
  supplyVoltage: (raw) => raw / 10_000,
  laserBiasCurrent: (raw) => raw / 500,
  outputPower: (raw) => raw / 10_000,
  inputPower: (raw) => raw / 10_000,
}

/**
 * SFF-8472 section 9.3: readings and thresholds are raw counts. Slopes are unsigned 8.8 fixed
 * point, offsets signed, both in the unit of the internally calibrated field; received power is a
 * polynomial of the fourth order with IEEE 754 coefficients (A2h bytes 56-91).
 */
export function externalCalibration(a2: Uint8Array): Calibration {
  return {
    temperature: (raw) => finite((linear(a2, 84, signed16(raw)) ?? NaN) / 256),
    supplyVoltage: (raw) => finite((linear(a2, 88, raw) ?? NaN) / 10_000),
    laserBiasCurrent: (raw) => floor0((linear(a2, 76, raw) ?? NaN) / 500),
    outputPower: (raw) => floor0((linear(a2, 80, raw) ?? NaN) / 10_000),
    inputPower: (raw) => floor0((polynomial(a2, raw) ?? NaN) / 10_000),
  }
}

/** slope × raw + offset; slope at `at`, offset two octets further. */
function linear(a2: Uint8Array, at: number, raw: number): number | undefined {
  const slope = u16(a2, at)
  const offset = u16(a2, at + 2)
  if (slope === undefined || offset === undefined) return undefined
  return (slope / 256) * raw + signed16(offset)
}

/** Rx_PWR(4) at A2h bytes 56-59 down to Rx_PWR(0) at 72-75. */
function polynomial(a2: Uint8Array, raw: number): number | undefined {
  return [56, 60, 64, 68, 72].reduce<number | undefined>((total, at) => {
    const coefficient = f32(a2, at)
    return total === undefined || coefficient === undefined ? undefined : total * raw + coefficient
  }, 0)
}

/** The widest fields hold 6.5535 mW and 131 mA; a result above this comes from a wrong constant. */
const ABSURD = 1000

function finite(value: number): number | null {
  return Number.isFinite(value) && Math.abs(value) <= ABSURD ? value : null
}

/** Light and current are never negative; a negative result of the polynomial means none. */
function floor0(value: number): number | null {
  const checked = finite(value)
  return checked === null ? null : Math.max(0, checked)
}
