import type { ModuleEeprom, OpticReading } from '../../core/model/optic.js'
import type { PortLink } from '../../core/model/state.js'
import { readOptic } from '../../core/optics/reading.js'

/**
 * The newest reading of each port's module: read again when it is older than `maxAge` ms, or when
 * the port's own link is another than it was then. Reading an EEPROM takes up to seconds.
 */
export function createOpticCache(options: {
  readonly eeprom: (port: string) => Promise<ModuleEeprom>
  readonly maxAge: number
  readonly now: () => number
}): (link: PortLink) => Promise<OpticReading> {
  const readings = new Map<string, { at: number; link: string; reading: OpticReading }>()

  return async (port) => {
    const { name } = port
    if (!port.present) {
      readings.delete(name)
      return { state: 'absent' }
    }
    const link = linkOf(port)
    const kept = readings.get(name)
    const isNew = kept !== undefined && options.now() - kept.at < options.maxAge
    if (isNew && kept.link === link) return kept.reading
    const reading = readOptic(await options.eeprom(name))
    readings.set(name, { at: options.now(), link, reading })
    return reading
  }
}

/** All but what counts up while nothing happens. */
function linkOf({ counters, ...link }: PortLink): string {
  return JSON.stringify(link)
}
