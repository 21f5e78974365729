import type { OpticAlarm, OpticThresholds, ThresholdSet } from '../model/optic.js'
import type { Calibration } from './calibration.js'
import { consistentLimits, type Level } from './limits.js'
import { u16, u8 } from './page.js'
import { dbm } from './power.js'
import { LABELS, outOfBounds, QUANTITIES, type Quantity } from './quantity.js'

/** A2h offset of each quantity's eight octets: high alarm, low alarm, high warning, low warning. */
const OFFSETS: Readonly<Record<Quantity, number>> = {
  temperature: 0,
  supplyVoltage: 8,
  laserBiasCurrent: 16,
  outputPower: 24,
  inputPower: 32,
}

/** Offset of each limit within the eight octets, in the order of the memory, and its name in a remark. */
const LEVELS = [
  ['highAlarm', 0, 'high alarm'],
  ['lowAlarm', 2, 'low alarm'],
  ['highWarning', 4, 'high warning'],
  ['lowWarning', 6, 'low warning'],
] as const

/** The module's own limits as far as they can be right. */
export interface LimitReading {
  readonly thresholds: OpticThresholds
  /** Limits that cannot be right; the flag that the module derives from one counts no more than it. */
  readonly unusable: readonly OpticAlarm[]
  /** At most two for each quantity. */
  readonly remarks: readonly string[]
}

/** Reads A2h bytes 0-39, raw counts when the module is externally calibrated. */
export function readThresholds(a2: Uint8Array, calibration: Calibration): LimitReading {
  const read = (quantity: Quantity) => thresholdSet(a2, quantity, calibration)
  const thresholds = {
    temperature: read('temperature'),
    supplyVoltage: read('supplyVoltage'),
    laserBiasCurrent: read('laserBiasCurrent'),
    outputPower: read('outputPower'),
    inputPower: read('inputPower'),
  }
  const all = QUANTITIES.map((quantity) => thresholds[quantity])
  return {
    thresholds: {
      temperature: thresholds.temperature.limits,
      supplyVoltage: thresholds.supplyVoltage.limits,
      laserBiasCurrent: thresholds.laserBiasCurrent.limits,
      outputPower: thresholds.outputPower.limits,
      inputPower: thresholds.inputPower.limits,
    },
    unusable: QUANTITIES.flatMap((quantity) =>
      thresholds[quantity].unusable.map((level) => ({ quantity, level })),
    ),
    remarks: all.flatMap(({ remarks }) => remarks),
  }
}

interface SetReading {
  readonly limits: ThresholdSet
  readonly unusable: readonly Level[]
  readonly remarks: readonly string[]
}

function thresholdSet(a2: Uint8Array, quantity: Quantity, calibration: Calibration): SetReading {
  const found = LEVELS.map(([level, offset, name]) => {
    const raw = u16(a2, OFFSETS[quantity] + offset) ?? 0
    return { level, name, ...limitAt(raw, quantity, calibration[quantity](raw)) }
  })
  const value = (wanted: Level) => found.find(({ level }) => level === wanted)?.limit ?? null
  const { limits, unusable } = consistentLimits({
    highAlarm: value('highAlarm'),
    highWarning: value('highWarning'),
    lowWarning: value('lowWarning'),
    lowAlarm: value('lowAlarm'),
  })
  const wrong = found.filter(({ fault }) => fault !== null)
  return {
    limits,
    unusable: [...unusable, ...wrong.map(({ level }) => level)],
    remarks: [
      ...wrong
        .slice(0, 1)
        .map(
          ({ name, fault }) => `the ${name} limit of the ${LABELS[quantity]} is ${fault}: not used`,
        ),
      ...disorder(quantity, found, unusable),
    ],
  }
}

/** One sentence that shows all limits of a quantity and names those that are not used. */
function disorder(
  quantity: Quantity,
  found: readonly { readonly level: Level; readonly name: string; readonly limit: number | null }[],
  unusable: readonly Level[],
): readonly string[] {
  if (unusable.length === 0) return []
  const unit = UNITS[quantity]
  const shown = found.flatMap(({ name, limit }) =>
    limit === null ? [] : [`${name} ${limit.toFixed(2)} ${unit}`],
  )
  const names = found.filter(({ level }) => unusable.includes(level)).map(({ name }) => name)
  return [
    `the limits of the ${LABELS[quantity]} contradict each other (${shown.join(', ')}): ${names.join(', ')} not used`,
  ]
}

const UNITS: Readonly<Record<Quantity, string>> = {
  temperature: '°C',
  supplyVoltage: 'V',
  laserBiasCurrent: 'mA',
  outputPower: 'dBm',
  inputPower: 'dBm',
}

const NO_LIMIT = { limit: null, fault: null } as const

/**
 * Makers write 0 or the largest number for "no limit", because no reading crosses either. Only a
 * temperature limit may really be 0.
 */
function limitAt(raw: number, quantity: Quantity, value: number) {
  const unset = quantity !== 'temperature' && (raw === 0 || raw === 0xffff || value === 0)
  if (unset) return NO_LIMIT
  const fault = outOfBounds(quantity, value)
  if (fault !== null) return { limit: null, fault }
  const isLight = quantity === 'outputPower' || quantity === 'inputPower'
  return { limit: isLight ? dbm(value) : value, fault: null }
}

/** A2h bytes 112-113 (alarms) and, four octets on, 116-117 (warnings); the other bits are reserved. */
const FLAGS: readonly {
  readonly at: number
  readonly mask: number
  readonly quantity: Quantity
  readonly high: boolean
}[] = [
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
