import type { Test } from 'tap'
import type { OpticDiagnostics, OpticReading } from '../../../src/core/model/optic.js'
import { readOptic } from '../../../src/core/optics/reading.js'
import type { ModuleMemory } from './eeprom.js'

export type Present = Extract<OpticReading, { state: 'present' }>

/** The reading of a module that must be readable. */
export function present(memory: ModuleMemory): Present {
  const reading = readOptic({ state: 'bytes', ...memory })
  if (reading.state !== 'present') throw new Error(`not present: ${JSON.stringify(reading)}`)
  return reading
}

/** Its diagnostics, which it must have. */
export function diagnosed(memory: ModuleMemory): OpticDiagnostics {
  const { diagnostics, remarks } = present(memory)
  if (diagnostics === null) throw new Error(`no diagnostics: ${remarks.join('; ')}`)
  return diagnostics
}

/** A copy of the page with one octet changed. */
export function edited(page: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(page)
  copy[at] = value
  return copy
}

/** A number that is there, and as it should be. */
export function near(
  t: Test,
  have: number | null | undefined,
  want: number,
  tolerance: number,
): void {
  t.ok(Math.abs((have ?? NaN) - want) <= tolerance, `${have} is ${want} ± ${tolerance}`)
}
