import { millis, type Millis } from '../../core/base/time.js'
import type { ModuleEeprom, OpticReading } from '../../core/model/optic.js'
import type { PortLink, PortState } from '../../core/model/state.js'
import { readOptic } from '../../core/optics/reading.js'
import { createSource, type Reading, type Source, type SourceTerms } from './source.js'

/** A module, and when it was read. */
export type OpticState = Pick<PortState, 'optic' | 'opticAt'>

interface Kept {
  readonly source: Source<OpticReading>
  /** The port's link when the module was last asked, as text; null: it has not been asked. */
  readonly link: string | null
  /** The module answered with no whole, valid page. */
  readonly isUnreadable: boolean
}

/**
 * A module that has just been plugged in may not answer whole at once (t_serial of SFF-8431 allows it 300 ms), and nothing
 * notifies when it does.
 */
const UNREADABLE_MAX_AGE = millis(10_000)

/**
 * The newest reading of each port's module. It is read again when it is older than `maxAge`, sooner where it was not
 * readable, or when the link of the port has changed since. Reading an EEPROM takes up to seconds. A module that does not answer
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
    const kept = modules.get(name) ?? {
      source: createSource(terms),
      link: null,
      isUnreadable: false,
    }
    modules.set(name, { ...kept, link })
    const young = kept.link === link ? validFor(kept, maxAge) : millis(0)
    const reading = await kept.source(async () => readOptic(await eeprom(name)), young)
    const isUnreadable = reading.value?.state === 'unreadable'
    modules.set(name, { source: kept.source, link, isUnreadable })
    return stateOf(reading)
  }
}

function validFor({ isUnreadable }: Kept, maxAge: Millis): Millis {
  return isUnreadable ? millis(Math.min(maxAge, UNREADABLE_MAX_AGE)) : maxAge
}

function stateOf({ value, at, fault }: Reading<OpticReading>): OpticState {
  if (fault === null && value !== null) return { optic: value, opticAt: at }
  return { optic: { state: 'unreadable', reason: silence(at, fault) }, opticAt: at }
}

function silence(at: string | null, fault: string | null): string {
  const last = at === null ? 'it has never answered' : `it answered last at ${at}`
  return `${fault ?? 'it has not answered yet'}; ${last}`
}

/** Everything but the counters, which change while nothing happens. */
function linkText({ counters, ...link }: PortLink): string {
  return JSON.stringify(link)
}
