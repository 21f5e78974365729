import type { OpticThresholds } from '../model/optic.js'

export type Quantity = keyof OpticThresholds

export const QUANTITIES = [
  'temperature',
  'supplyVoltage',
  'laserBiasCurrent',
  'outputPower',
  'inputPower',
] as const satisfies readonly Quantity[]

interface Bounds {
  readonly least: number
  readonly most: number
  readonly unit: string
}

/**
 * What the fields of A2h can express (SFF-8472 section 9.2). An externally calibrated value beyond it
 * comes from a wrong constant. Light is in mW here.
 */
const BOUNDS: Readonly<Record<Quantity, Bounds>> = {
  temperature: { least: -128, most: 128, unit: '°C' },
  supplyVoltage: { least: 0, most: 6.5535, unit: 'V' },
  laserBiasCurrent: { least: 0, most: 131.07, unit: 'mA' },
  outputPower: { least: 0, most: 6.5535, unit: 'mW' },
  inputPower: { least: 0, most: 6.5535, unit: 'mW' },
}

/** What a remark calls each quantity. */
export const LABELS: Readonly<Record<Quantity, string>> = {
  temperature: 'module temperature',
  supplyVoltage: 'supply voltage',
  laserBiasCurrent: 'laser current',
  outputPower: 'launched light',
  inputPower: 'received light',
}

/** Why a value in °C, V, mA or mW cannot be right, such as `841.0 V, outside 0 to 6.5535 V`; null: it can. */
export function outOfBounds(quantity: Quantity, value: number): string | null {
  const { least, most, unit } = BOUNDS[quantity]
  if (value >= least && value <= most) return null
  const written = Number.isFinite(value) ? `${value.toPrecision(4)} ${unit}` : 'no number'
  return `${written}, outside ${least} to ${most} ${unit}`
}
