import type { OpticAlarm, OpticThresholds, ThresholdSet } from '../model/optic.js'
import type { Calibration } from './calibration.js'
import { u16, u8 } from './page.js'
import { dbm } from './power.js'

type Quantity = keyof OpticThresholds
type Level = keyof ThresholdSet

/** A2h offset of each quantity's eight octets: high alarm, low alarm, high warning, low warning. */
const OFFSETS: Readonly<Record<Quantity, number>> = {
  temperature: 0,
  supplyVoltage: 8,
  laserBiasCurrent: 16,
  outputPower: 24,
  inputPower: 32,
}

/** The module's own limits (A2h bytes 0-39), raw counts when it is externally calibrated. */
export function readThresholds(a2: Uint8Array, calibration: Calibration): OpticThresholds {
  const set = (quantity: Quantity) => thresholdSet(a2, quantity, calibration)
  return {
    temperature: set('temperature'),
    supplyVoltage: set('supplyVoltage'),
    laserBiasCurrent: set('laserBiasCurrent'),
    outputPower: set('outputPower'),
    inputPower: set('inputPower'),
  }
}

function thresholdSet(a2: Uint8Array, quantity: Quantity, calibration: Calibration): ThresholdSet {
  const at = OFFSETS[quantity]
  const limit = (offset: number) => limitAt(u16(a2, at + offset), quantity, calibration)
  const [highAlarm, lowAlarm] = ordered(limit(0), limit(2))
  const [highWarning, lowWarning] = ordered(limit(4), limit(6))
  return { highAlarm, highWarning, lowWarning, lowAlarm }
}

/**
 * Makers write 0 or the largest number for "no limit", because no reading crosses either. Only a
 * temperature limit may really be 0.
 */
function limitAt(raw: number | undefined, quantity: Quantity, calibration: Calibration) {
  if (raw === undefined) return null
  if (quantity === 'temperature') return calibration.temperature(raw)
  if (raw === 0xffff) return null
  const value = calibration[quantity](raw)
  if (value === null || value <= 0) return null
  return quantity === 'outputPower' || quantity === 'inputPower' ? dbm(value) : value
}

/** Drops both limits where the high one is not above the low one. */
function ordered(high: number | null, low: number | null): readonly [number | null, number | null] {
  return high !== null && low !== null && high <= low ? [null, null] : [high, low]
}

/** A2h bytes 112-113 (alarms) and, four octets on, 116-117 (warnings); the other bits are reserved. */
const FLAGS: readonly { at: number; mask: number; quantity: Quantity; high: boolean }[] = [
  { at: 112, mask: 0x80, quantity: 'temperature', high: true },
  { at: 112, mask: 0x40, quantity: 'temperature', high: false },
  { at: 112, mask: 0x20, quantity: 'supplyVoltage', high: true },
  { at: 112, mask: 0x10, quantity: 'supplyVoltage', high: false },
  { at: 112, mask: 0x08, quantity: 'laserBiasCurrent', high: true },
  { at: 112, mask: 0x04, quantity: 'laserBiasCurrent', high: false },
  { at: 112, mask: 0x02, quantity: 'outputPower', high: true },
  { at: 112, mask: 0x01, quantity: 'outputPower', high: false },
  { at: 113, mask: 0x80, quantity: 'inputPower', high: true },
  { at: 113, mask: 0x40, quantity: 'inputPower', high: false },
]

/** The flags that the module raises; none unless A0h byte 93 bit 7 announces them. */
export function readAlarms(a0: Uint8Array, a2: Uint8Array): readonly OpticAlarm[] {
  if (((u8(a0, 93) ?? 0) & 0x80) === 0) return []
  const raised = (offset: number, high: Level, low: Level): OpticAlarm[] =>
    FLAGS.filter((flag) => ((u8(a2, flag.at + offset) ?? 0) & flag.mask) !== 0).map((flag) => ({
      quantity: flag.quantity,
      level: flag.high ? high : low,
    }))
  return [...raised(0, 'highAlarm', 'lowAlarm'), ...raised(4, 'highWarning', 'lowWarning')]
}
