/** One difference that was put right: in words, and when (monotonic ms). */
interface Repair {
  readonly what: string
  readonly at: number
}

/** What is remembered of differences that no change made. Times are monotonic ms. */
export interface DriftMemory {
  readonly repairs: readonly Repair[]
  /** When each difference that is there now was first seen. */
  readonly since: ReadonlyMap<string, number>
}

export const NO_DRIFT: DriftMemory = { repairs: [], since: new Map() }

export type DriftDecision =
  | { readonly do: 'repair' }
  /** The TOML says that a person decides. */
  | { readonly do: 'report' }
  /** Somebody else undoes the repairs; `until` another one is not tried. */
  | { readonly do: 'hold'; readonly until: number }

/** Repairs of one thing that are made at once; from then on each waits twice as long. */
const AT_ONCE = 3
const FIRST_WAIT = 30_000
const LONGEST_WAIT = 3_600_000
/** A repair older than this says nothing any more. */
const FORGOTTEN = 2 * LONGEST_WAIT
const REPAIRS_KEPT = 1000

/** Notes which differences are there now. */
export function sawDrift(memory: DriftMemory, what: readonly string[], now: number): DriftMemory {
  const since = new Map(what.map((one) => [one, memory.since.get(one) ?? now]))
  return { since, repairs: memory.repairs.filter(({ at }) => now - at < FORGOTTEN) }
}

/** Notes that they were put right. */
export function repairedDrift(
  memory: DriftMemory,
  what: readonly string[],
  now: number,
): DriftMemory {
  const repairs = [...memory.repairs, ...what.map((one) => ({ what: one, at: now }))]
  return { ...memory, repairs: repairs.slice(-REPAIRS_KEPT) }
}

/**
 * Whether differences are put right now. Two masters that undo each other's work would do so for
 * ever: the third repair of the same thing is the last one at once.
 */
export function decideDrift(
  policy: 'repair' | 'report',
  memory: DriftMemory,
  now: number,
): DriftDecision {
  if (policy === 'report') return { do: 'report' }
  const until = Math.max(0, ...[...memory.since.keys()].map((what) => freeAt(memory, what)))
  return now >= until ? { do: 'repair' } : { do: 'hold', until }
}

function freeAt({ repairs }: DriftMemory, what: string): number {
  const done = repairs.filter((one) => one.what === what)
  const newest = done.at(-1)
  if (newest === undefined || done.length < AT_ONCE) return 0
  return newest.at + Math.min(FIRST_WAIT * 2 ** (done.length - AT_ONCE), LONGEST_WAIT)
}
