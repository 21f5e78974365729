import type { DriftItem } from '../model/drift.js'

/** One difference that was put right: its key, and when (monotonic ms). */
interface Repair {
  readonly key: string
  readonly at: number
}

/** What is remembered of differences that no change made, by their keys. Times are monotonic ms. */
export interface DriftHistory {
  readonly repairs: readonly Repair[]
  /** When each difference that is there now was first seen. */
  readonly since: ReadonlyMap<string, number>
}

export const NO_DRIFT: DriftHistory = { repairs: [], since: new Map() }

/** Things that are not touched, because somebody else undoes it each time; and until when. */
export type Suppressed = ReadonlyMap<string, number>

export const NONE_SUPPRESSED: Suppressed = new Map()

export type DriftDecision =
  /** All but what is held. */
  | { readonly do: 'repair'; readonly held: Suppressed }
  /** The TOML says that a person decides. */
  | { readonly do: 'report' }

/** Repairs of one thing that are made at once; from then on each waits twice as long. */
const AT_ONCE = 3
const FIRST_WAIT = 30_000
const LONGEST_WAIT = 3_600_000
/** A repair older than this says nothing any more. */
const FORGOTTEN = 2 * LONGEST_WAIT
const REPAIRS_KEPT = 1000

/** Notes which differences are there now. */
export function recordDrift(
  memory: DriftHistory,
  differences: readonly DriftItem[],
  now: number,
): DriftHistory {
  const since = new Map(keysOf(differences).map((key) => [key, memory.since.get(key) ?? now]))
  return { since, repairs: memory.repairs.filter(({ at }) => now - at < FORGOTTEN) }
}

/** Notes that they were put right. */
export function recordRepair(
  memory: DriftHistory,
  differences: readonly DriftItem[],
  now: number,
): DriftHistory {
  const repairs = [...memory.repairs, ...keysOf(differences).map((key) => ({ key, at: now }))]
  return { ...memory, repairs: repairs.slice(-REPAIRS_KEPT) }
}

function keysOf(differences: readonly DriftItem[]): readonly string[] {
  return [...new Set(differences.flatMap(({ keys }) => keys))]
}

/**
 * Which differences are put right now. Two masters that undo each other's work would do so for
 * ever: the third repair of the same thing is the last one at once. All else is not held up by it.
 */
export function decideDrift(
  policy: 'repair' | 'report',
  memory: DriftHistory,
  differences: readonly DriftItem[],
  now: number,
): DriftDecision {
  if (policy === 'report') return { do: 'report' }
  const fought = differences.flatMap(({ keys, targets: things }) => {
    const until = latest(keys.map((key) => freeAt(memory, key)))
    return now >= until ? [] : things.map((thing) => [thing, until] as const)
  })
  const held = new Map<string, number>()
  for (const [thing, until] of fought) held.set(thing, latest([held.get(thing), until]))
  return { do: 'repair', held: suppressDependents(held, differences) }
}

/** What needs a thing that is held is held as well, and so is what needs that. */
export function suppressDependents(
  held: Suppressed,
  differences: readonly DriftItem[],
): Suppressed {
  const all = new Map(held)
  let grows = held.size > 0
  while (grows) {
    grows = false
    for (const difference of differences) {
      const until = suppressedUntil(all, difference)
      const late = difference.targets.filter((thing) => (all.get(thing) ?? 0) < until)
      for (const thing of late) all.set(thing, until)
      grows ||= late.length > 0
    }
  }
  return all
}

/** 0: it is not held. */
export function suppressedUntil(
  held: Suppressed,
  { targets: things, dependsOn: needs }: DriftItem,
): number {
  return latest([...things, ...needs].map((thing) => held.get(thing)))
}

function latest(instants: readonly (number | undefined)[]): number {
  return instants.reduce<number>((a, b = 0) => Math.max(a, b), 0)
}

function freeAt({ repairs }: DriftHistory, key: string): number {
  const done = repairs.filter((one) => one.key === key)
  const newest = done.at(-1)
  if (newest === undefined || done.length < AT_ONCE) return 0
  return newest.at + Math.min(FIRST_WAIT * 2 ** (done.length - AT_ONCE), LONGEST_WAIT)
}
