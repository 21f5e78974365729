import { millis } from '../../base/time.js'
import type {
  OpticalPower,
  OpticDiagnostics,
  OpticIdentity,
  OpticThresholds,
  ThresholdSet,
} from '../../model/optic.js'
import type { PortState } from '../../model/state.js'
import { budgetOf, speedOf } from './pmd.js'
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
  const value = reading(module.diagnostics, quantity.key)
  if (limit === null || value === null) return flagged(module.diagnostics, quantity, level, port)
  if (!isBeyond(value, limit, side)) return null
  const whose = `the module's ${grade.toLowerCase()} limit of ${figure(limit, quantity)}`
  return sentence(port, quantity, side, `${figure(value, quantity)}, ${relation(side)} ${whose}`)
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
  return raised ? sentence(port, quantity, side, `too ${side} by the module's own flag`) : null
}

/**
 * A module whose alarm limit on light is missing or cannot be right is compared with the figures of the
 * standard. The message names the standard, and the finding is never more than a warning.
 */
function beyondBudget(port: PortState, quantity: Quantity, side: Side): string | null {
  const module = measured(port, quantity)
  if (module === null || hasAlarmLimit(module, quantity, side)) return null
  const value = reading(module.diagnostics, quantity.key)
  const standard = budgetLimit(module.identity, port, { quantity, side })
  if (value === null || standard === null || !isBeyond(value, standard.limit, side)) return null
  const whose = `the ${figure(standard.limit, quantity)} of ${standard.source}`
  return sentence(port, quantity, side, `${figure(value, quantity)}, ${relation(side)} ${whose}`)
}

function budgetLimit(
  identity: OpticIdentity,
  port: PortState,
  what: { readonly quantity: Quantity; readonly side: Side },
): { readonly limit: number; readonly source: string } | null {
  const name = activePmd(identity, port)
  const budget = name === null ? null : budgetOf(name)
  if (budget === null || what.quantity.unit !== 'dBm') return null
  const range = what.quantity.key === 'inputPower' ? budget.receive : budget.launch
  return {
    limit: range[what.side === 'low' ? 0 : 1],
    source: `${name} (${budget.source}; the module has no alarm limit that can be used)`,
  }
}

function hasAlarmLimit(module: Measured, quantity: Quantity, side: Side): boolean {
  const limits = module.diagnostics.thresholds?.[quantity.key]
  return (limits?.[`${side}Alarm`] ?? null) !== null
}

/** The PMD that a dual-rate module runs at now, found by the speed of the port. */
function activePmd(identity: OpticIdentity, port: PortState): string | null {
  const running = identity.ethernetPmds.find((name) => speedOf(name) === port.speed)
  return running ?? identity.ethernetPmd
}

/** °C, V, mA or dBm; -Infinity for no light at all, null for no reading. */
function reading(diagnostics: OpticDiagnostics, key: keyof OpticThresholds): number | null {
  const value = diagnostics[key]
  return typeof value === 'number' || value === null ? value : dbmOf(value)
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

function sentence(port: PortState, quantity: Quantity, side: Side, fact: string): string {
  return `${port.name}: ${quantity.label} is ${fact}: ${quantity.remedy[side]}.`
}
