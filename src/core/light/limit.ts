import type { Light } from '../model/light.js'
import type { OpticDiagnostics, OpticIdentity, OpticReading, ThresholdSet } from '../model/optic.js'
import { lanesOf } from './lanes.js'
import { budgetOf, speedOf } from './pmd.js'

type Side = 'high' | 'low'

/** A limit that light is held against. */
export interface LightLimit {
  /** dBm. */
  readonly limit: number
  /** One of the module's own, or what the standard of its PMD allows. */
  readonly level: keyof ThresholdSet | 'standardHigh' | 'standardLow'
}

/** How far light is from the limit that it is nearest to. */
export interface Margin extends LightLimit {
  /** dB; negative: the light is beyond the limit. */
  readonly margin: number
  /** From 1; absent: the module has one lane. */
  readonly lane?: number
}

/** A module with a laser whose diagnostics can be used. */
export interface Laser {
  readonly identity: OpticIdentity
  readonly diagnostics: OpticDiagnostics
  /** Mb/s; null: not known. */
  readonly speed: number | null
}

/** null: the cage holds no such module; copper modules report light that means nothing. */
export function laserOf(optic: OpticReading, speed: number | null): Laser | null {
  if (optic.state !== 'present' || optic.identity.wavelength === null) return null
  const { identity, diagnostics } = optic
  return diagnostics === null ? null : { identity, diagnostics, speed }
}

/** The limit that counts: the module's alarm; without one its warning; without both the standard. null: there is none. */
export function limitOf(laser: Laser, light: Light, side: Side): LightLimit | null {
  const own = laser.diagnostics.thresholds?.[light]
  for (const level of [`${side}Alarm`, `${side}Warning`] as const) {
    const limit = own?.[level] ?? null
    if (limit !== null) return { limit, level }
  }
  const limit = standardLimit(laser, light, side)?.limit ?? null
  return limit === null ? null : { limit, level: side === 'low' ? 'standardLow' : 'standardHigh' }
}

/** What the standard of the PMD that the module runs at allows, dBm, and where that is written. */
export function standardLimit(
  { identity, speed }: Pick<Laser, 'identity' | 'speed'>,
  light: Light,
  side: Side,
): { readonly limit: number; readonly pmd: string; readonly source: string } | null {
  // A dual-rate module runs at one of two, which the speed of the port shows.
  const running = identity.ethernetPmds.find((name) => speedOf(name) === speed)
  const name = running ?? identity.ethernetPmd
  const budget = name === null ? null : budgetOf(name)
  if (name === null || budget === null) return null
  const range = light === 'inputPower' ? budget.receive : budget.launch
  return { limit: range[side === 'low' ? 0 : 1], pmd: name, source: budget.source }
}

/** The margin of the lane that has the least; null: no light was measured, or it has no limit. */
export function marginOf(laser: Laser, light: Light): Margin | null {
  const lanes = lanesOf(laser.diagnostics)
  const margins = lanes.flatMap((lane) => {
    const dbm = lane[light]?.dbm ?? null
    if (dbm === null) return []
    return (['low', 'high'] as const).flatMap((side): Margin[] => {
      const limit = limitOf(laser, light, side)
      if (limit === null) return []
      const margin = side === 'low' ? dbm - limit.limit : limit.limit - dbm
      return [{ ...limit, margin, ...(lanes.length === 1 ? {} : { lane: lane.lane }) }]
    })
  })
  return margins.toSorted((a, b) => a.margin - b.margin)[0] ?? null
}
