import type { Millis } from '../../core/base/time.js'
import type { ModuleEeprom, OpticReading } from '../../core/model/optic.js'
import type { PortLink, PortState } from '../../core/model/state.js'
import { readOptic } from '../../core/optics/reading.js'
import { createSource, type Source, type SourceTerms } from './source.js'

/** A module, and when it was read. */
export type OpticState = Pick<PortState, 'optic' | 'opticAt'>

interface Kept {
  readonly source: Source<OpticReading>
  /** The port's link when the module was last asked, as text. */
  readonly link: string
}

/**
 * The newest reading of each port's module. It is read again when it is older than `maxAge`, or when the
 * link of the port has changed since. Reading an EEPROM takes up to seconds. A module that does not answer
 * cannot be read; what it said before counts for nothing then.
 */
export function createOpticCache(options: {
  readonly eeprom: (port: string) => Promise<ModuleEeprom>
  readonly maxAge: Millis
  readonly terms: SourceTerms
}): (link: PortLink) => Promise<OpticState> {
  const { eeprom, maxAge, terms } = options
  const modules = new Map<string, Kept>()

  return async (port) => {
    const { name } = port
    if (!port.present) {
      modules.delete(name)
      return { optic: { state: 'absent' }, opticAt: null }
    }
    const link = linkText(port)
    const kept = modules.get(name)
    const source = kept?.source ?? createSource<OpticReading>(terms)
    modules.set(name, { source, link })
    const isSame = kept?.link === link
    const read = async () => readOptic(await eeprom(name))
    const { value, at, fault } = await (isSame ? source(read, maxAge) : source(read))
    if (fault === null && value !== null) return { optic: value, opticAt: at }
    return { optic: { state: 'unreadable', reason: silence(at, fault) }, opticAt: at }
  }
}

function silence(at: string | null, fault: string | null): string {
  const last = at === null ? 'it has never answered' : `it answered last at ${at}`
  return `${fault ?? 'it has not answered yet'}; ${last}`
}

/** Everything but the counters, which change while nothing happens. */
function linkText({ counters, ...link }: PortLink): string {
  return JSON.stringify(link)
}
