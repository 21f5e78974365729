import type { Millis } from '../../core/base/time.js'
import type { ModuleEeprom, OpticReading } from '../../core/model/optic.js'
import type { PortLink } from '../../core/model/state.js'
import { readOptic } from '../../core/optics/reading.js'

interface Kept {
  readonly at: Millis
  /** The port's link at that time, as text. */
  readonly link: string
  readonly reading: OpticReading
}

/**
 * The newest reading of each port's module. It is read again when it is older than `maxAge`, or when the
 * link of the port has changed since. Reading an EEPROM takes up to seconds.
 */
export function createOpticCache(options: {
  readonly eeprom: (port: string) => Promise<ModuleEeprom>
  readonly maxAge: Millis
  readonly now: () => Millis
}): (link: PortLink) => Promise<OpticReading> {
  const { eeprom, maxAge, now } = options
  const readings = new Map<string, Kept>()

  return async (port) => {
    const { name } = port
    if (!port.present) {
      readings.delete(name)
      return { state: 'absent' }
    }
    const link = linkText(port)
    const kept = readings.get(name)
    const isFresh = kept !== undefined && now() - kept.at < maxAge
    if (isFresh && kept.link === link) return kept.reading
    const reading = readOptic(await eeprom(name))
    readings.set(name, { at: now(), link, reading })
    return reading
  }
}

/** Everything but the counters, which change while nothing happens. */
function linkText({ counters, ...link }: PortLink): string {
  return JSON.stringify(link)
}
