import type { Collected, Extent } from '../../edge/host/collect/collected.js'
import { fileEnd } from '../../edge/host/collect/file-end.js'
import { programOutput } from '../../edge/host/collect/program-output.js'

/** One entry of a bundle, and where it comes from. */
export interface Source {
  /** Its path in the bundle. */
  readonly name: string
  /** The file or the command line, as the manifest names it. */
  readonly from: string
  /** Whether it is a configuration: a secret that stands in it is masked in the other entries too. */
  readonly isConfiguration?: boolean
  readonly collect: (stop: AbortSignal) => Promise<Collected>
}

const MIB = 1024 * 1024

/** Octets of one entry, and of an entry that may have much to say. */
export const ENTRY_MAX = MIB
export const LONG_ENTRY_MAX = 4 * MIB

/** The words of a command line, with what it prints at its beginning. */
export function command(
  name: string,
  words: readonly string[],
  extent: Partial<Extent> = {},
): Source {
  const { most = ENTRY_MAX, keep = 'head' } = extent
  return {
    name,
    from: words.join(' '),
    collect: (stop) => programOutput(words, { most, keep }, stop),
  }
}

/** A file; of a long one the end. */
export function file(name: string, path: string, extent: Partial<Extent> = {}): Source {
  const { most = ENTRY_MAX, keep = 'tail' } = extent
  return { name, from: path, collect: () => fileEnd(path, { most, keep }) }
}

/** A source that masks its secrets everywhere. */
export function configuration(source: Source): Source {
  return { ...source, isConfiguration: true }
}

/** A name that is one part of a path in the bundle, and nothing else. */
export function plainName(text: string): string {
  return text
    .replaceAll(/[^\w.@-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 100)
}
