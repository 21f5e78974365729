import { readOptic } from '../core/optics/reading.js'
import type { ModuleEeprom, OpticReading } from '../core/model/optic.js'

/** The newest reading of each port's module, read again when it is older than `maxAge` ms. */
export interface OpticCache {
  readonly optic: (port: string) => Promise<OpticReading>
  /** A link changed: what was read before says nothing any more. */
  readonly forget: () => void
}

export function createOpticCache(options: {
  readonly eeprom: (port: string) => Promise<ModuleEeprom>
  readonly maxAge: number
  readonly now: () => number
}): OpticCache {
  const readings = new Map<string, { readonly at: number; readonly reading: OpticReading }>()
  return {
    async optic(port) {
      const kept = readings.get(port)
      if (kept !== undefined && options.now() - kept.at < options.maxAge) return kept.reading
      const reading = readOptic(await options.eeprom(port))
      readings.set(port, { at: options.now(), reading })
      return reading
    },
    forget: () => readings.clear(),
  }
}
