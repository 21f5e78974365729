import { millis } from '../../base/time.js'
import type {
  OpticalPower,
  OpticDiagnostics,
  OpticIdentity,
  OpticThresholds,
  ThresholdSet,
} from '../../model/optic.js'
import type { PortState } from '../../model/state.js'
import { standardLimit } from '../../light/limit.js'
import { lanesOf } from '../../light/lanes.js'
import { PORT_OFF, type PortSubject } from './port.js'
import { rule, type Rule } from './rule.js'

type Side = 'high' | 'low'

interface Quantity {
  readonly key: keyof OpticThresholds
  /** Part of the code, such as RX in `OPTIC_RX_LOW`. */
  readonly word: string
  readonly unit: string
  /** What the finding calls the quantity. */
  readonly label: string
  /** Only a module with a laser measures it. */
  readonly light: boolean
  readonly remedy: Readonly<Record<Side, string>>
  /** Codes that explain a value that is too low. */
  readonly lowSuppressedBy: readonly string[]
}

const TX_OFF = ['OPTIC_TX_DISABLED', 'OPTIC_TX_FAULT'] as const
const COOL = 'check the airflow'

const QUANTITIES: readonly Quantity[] = [
  {
    key: 'inputPower',
    word: 'RX',
    unit: 'dBm',
    label: 'received light',
    light: true,
    remedy: {
      low: "clean and check the fibre, its connectors and the far end's launch power",
      high: 'add an attenuator',
    },
    lowSuppressedBy: ['OPTIC_RX_LOS'],
  },
  {
    key: 'outputPower',
    word: 'TX',
    unit: 'dBm',
    label: 'launched light',
    light: true,
    remedy: { low: 'replace the module', high: 'replace the module' },
    lowSuppressedBy: TX_OFF,
  },
  {
    key: 'laserBiasCurrent',
    word: 'BIAS',
    unit: 'mA',
    label: 'laser current',
    light: true,
    remedy: { low: 'replace the module', high: 'the laser ages: replace the module' },
    lowSuppressedBy: TX_OFF,
  },
  {
    key: 'temperature',
    word: 'TEMPERATURE',
    unit: '°C',
    label: 'module temperature',
    light: false,
    remedy: { low: COOL, high: COOL },
    lowSuppressedBy: [],
  },
  {
    key: 'supplyVoltage',
    word: 'VOLTAGE',
    unit: 'V',
    label: 'supply voltage',
    light: false,
    remedy: { low: 'check the cage and its supply', high: 'check the cage and its supply' },
    lowSuppressedBy: [],
  },
]

/** Two for each quantity and side: the module's alarm, and its warning, which the alarm hides. */
export const LIMIT_RULES: readonly Rule<PortSubject>[] = QUANTITIES.flatMap((quantity) =>
  (['low', 'high'] as const).flatMap((side) => pair(quantity, side)),
)

function pair(quantity: Quantity, side: Side): readonly Rule<PortSubject>[] {
  const code = `OPTIC_${quantity.word}_${side.toUpperCase()}`
  const suppressedBy = [...PORT_OFF, ...(side === 'low' ? quantity.lowSuppressedBy : [])]
  return [
    rule({
      code,
      severity: 'critical',
      raiseAfter: millis(5000),
      clearAfter: millis(5000),
      suppressedBy,
      test: ({ port }) => beyond(port, quantity, side, 'Alarm'),
    }),
    rule({
      code: `${code}_WARNING`,
      severity: 'warning',
      raiseAfter: millis(30_000),
      clearAfter: millis(30_000),
      suppressedBy: [...suppressedBy, code],
      test: ({ port }) =>
        beyond(port, quantity, side, 'Warning') ?? beyondBudget(port, quantity, side),
    }),
  ]
}

interface Measured {
  readonly identity: OpticIdentity
  readonly diagnostics: OpticDiagnostics
}

function measured(port: PortState, quantity: Quantity): Measured | null {
  if (port.optic.state !== 'present' || port.optic.diagnostics === null) return null
  const { identity, diagnostics } = port.optic
  return quantity.light && identity.wavelength === null ? null : { identity, diagnostics }
}

/** Compares with the module's own limit; where it sets none or has no reading, its own flag counts. */
function beyond(
  port: PortState,
  quantity: Quantity,
  side: Side,
  grade: 'Alarm' | 'Warning',
): string | null {
  const module = measured(port, quantity)
  if (module === null) return null
  const level: keyof ThresholdSet = `${side}${grade}`
  const limit = module.diagnostics.thresholds?.[quantity.key][level] ?? null
  const value = reading(module.diagnostics, quantity.key, side)
  if (limit === null || value === null) return flagged(module.diagnostics, quantity, level, port)
  if (!isBeyond(value.value, limit, side)) return null
  const whose = `the module's ${grade.toLowerCase()} limit of ${figure(limit, quantity)}`
  const fact = `${figure(value.value, quantity)}, ${relation(side)} ${whose}`
  return sentence(port, quantity, side, { fact, of: value.of })
}

function flagged(
  diagnostics: OpticDiagnostics,
  quantity: Quantity,
  level: keyof ThresholdSet,
  port: PortState,
): string | null {
  const raised = diagnostics.alarms.some(
    (alarm) => alarm.quantity === quantity.key && alarm.level === level,
  )
  const side = level.startsWith('high') ? 'high' : 'low'
  const fact = `too ${side} by the module's own flag`
  return raised ? sentence(port, quantity, side, { fact }) : null
}

/**
 * A module whose alarm limit on light is missing or cannot be right is compared with the figures of the
 * standard. The message names the standard, and the finding is never more than a warning.
 */
function beyondBudget(port: PortState, quantity: Quantity, side: Side): string | null {
  const module = measured(port, quantity)
  if (module === null || hasAlarmLimit(module, quantity, side)) return null
  const value = reading(module.diagnostics, quantity.key, side)
  const { key } = quantity
  if (key !== 'inputPower' && key !== 'outputPower') return null
  const standard = standardLimit({ identity: module.identity, speed: port.speed }, key, side)
  if (value === null || standard === null || !isBeyond(value.value, standard.limit, side))
    return null
  const whose = `the ${figure(standard.limit, quantity)} of ${standard.pmd} (${standard.source}; the module has no alarm limit that can be used)`
  const fact = `${figure(value.value, quantity)}, ${relation(side)} ${whose}`
  return sentence(port, quantity, side, { fact, of: value.of })
}

function hasAlarmLimit(module: Measured, quantity: Quantity, side: Side): boolean {
  const limits = module.diagnostics.thresholds?.[quantity.key]
  return (limits?.[`${side}Alarm`] ?? null) !== null
}

/** One reading, and the lane that it is of. */
interface Reading {
  /** °C, V, mA or dBm; -Infinity for no light at all. */
  readonly value: number
  /** `''` for a module with one lane. */
  readonly of: string
}

/** The reading of the lane that is nearest to the limit of this side; null for no reading. */
function reading(
  diagnostics: OpticDiagnostics,
  key: keyof OpticThresholds,
  side: Side,
): Reading | null {
  if (key === 'temperature' || key === 'supplyVoltage') {
    const value = diagnostics[key]
    return value === null ? null : { value, of: '' }
  }
  const lanes = lanesOf(diagnostics)
  const readings = lanes.flatMap(({ lane, [key]: value }): Reading[] => {
    if (value === null) return []
    const of = lanes.length === 1 ? '' : ` of lane ${lane}`
    return [{ value: typeof value === 'number' ? value : dbmOf(value), of }]
  })
  const ascending = readings.toSorted((a, b) => a.value - b.value)
  return (side === 'low' ? ascending[0] : ascending.at(-1)) ?? null
}

function dbmOf(light: OpticalPower): number {
  return light.dbm ?? -Infinity
}

function isBeyond(value: number, limit: number, side: Side): boolean {
  return side === 'low' ? value < limit : value > limit
}

function relation(side: Side): string {
  return side === 'low' ? 'below' : 'above'
}

function figure(value: number, quantity: Quantity): string {
  return value === -Infinity ? 'none (0 mW)' : `${value.toFixed(2)} ${quantity.unit}`
}

/** `of`: the lane, such as ` of lane 2`; `''` for a module with one. */
function sentence(
  port: PortState,
  { label, remedy }: Quantity,
  side: Side,
  { fact, of = '' }: { readonly fact: string; readonly of?: string },
): string {
  return `${port.name}: ${label}${of} is ${fact}: ${remedy[side]}.`
}
