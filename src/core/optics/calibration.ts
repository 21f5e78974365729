import type { OpticThresholds } from '../model/optic.js'
import { f32, signed16, u16 } from './page.js'

/** Converts the 16-bit number of one A2h field to °C, V, mA or mW; NaN where a constant is no number. */
export type Convert = (raw: number) => number

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
 * polynomial of the fourth order with IEEE 754 coefficients (A2h bytes 56-91). Light and current are
 * never negative: a negative result means none.
 */
export function externalCalibration(a2: Uint8Array): Calibration {
  return {
    temperature: (raw) => linear(a2, 84, signed16(raw)) / 256,
    supplyVoltage: (raw) => linear(a2, 88, raw) / 10_000,
    laserBiasCurrent: (raw) => Math.max(0, linear(a2, 76, raw) / 500),
    outputPower: (raw) => Math.max(0, linear(a2, 80, raw) / 10_000),
    inputPower: (raw) => Math.max(0, polynomial(a2, raw) / 10_000),
  }
}

/** slope × raw + offset; slope at `at`, offset two octets further. */
function linear(a2: Uint8Array, at: number, raw: number): number {
  return ((u16(a2, at) ?? NaN) / 256) * raw + signed16(u16(a2, at + 2) ?? NaN)
}

/** Rx_PWR(4) at A2h bytes 56-59 down to Rx_PWR(0) at 72-75. */
function polynomial(a2: Uint8Array, raw: number): number {
  return [56, 60, 64, 68, 72].reduce((total, at) => total * raw + (f32(a2, at) ?? NaN), 0)
}
