import { millis, toSeconds, type Seconds } from '../../core/base/time.js'
import type { Collected } from '../../edge/host/collect/collected.js'
import type { Source } from './source.js'

/** A source with what it had to say, not yet masked. */
export interface Entry {
  readonly source: Source
  readonly collected: Collected
  readonly took: Seconds
}

/** What bounds a bundle as a whole. */
export interface Bounds {
  /** Octets of all entries. */
  readonly most: number
  /** Milliseconds for one entry, and for all. */
  readonly each: number
  readonly all: number
}

/**
 * Collects the groups side by side, and the sources of one in their order. Each source has an end of its own, whatever it
 * does; `progress` is called with each entry.
 */
export async function collectAll(
  groups: readonly (() => Promise<readonly Source[]>)[],
  bounds: Bounds,
  progress: (entry: Entry) => void,
): Promise<readonly Entry[]> {
  const end = performance.now() + bounds.all
  let room = bounds.most
  async function group(sources: readonly Source[]): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    for (const source of sources) {
      const began = performance.now()
      const found = await within(source, Math.min(bounds.each, end - began))
      const collected = fitting(found, room)
      room -= collected.kind === 'text' ? collected.text.length : 0
      const took = toSeconds(millis(performance.now() - began))
      const entry = { source, collected, took }
      entries.push(entry)
      progress(entry)
    }
    return entries
  }
  const all = await Promise.all(groups.map(async (sources) => group(await sources())))
  return all.flat()
}

/** What the source has to say within this many milliseconds. */
async function within(source: Source, time: number): Promise<Collected> {
  if (time <= 0) return { kind: 'missing', reason: 'there was no time left' }
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Collected>((resolve) => {
    // Not AbortSignal.timeout, for which the program does not wait.
    timer = setTimeout(() => {
      stop.abort()
      resolve({ kind: 'missing', reason: 'it did not end in time' })
    }, time)
  })
  try {
    return await Promise.race([source.collect(stop.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

function fitting(collected: Collected, room: number): Collected {
  return collected.kind === 'text' && collected.text.length > room
    ? { kind: 'missing', reason: 'the bundle is full' }
    : collected
}
