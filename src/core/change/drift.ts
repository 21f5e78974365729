import { millis, type Millis } from '../base/time.js'
import type { DriftItem } from '../model/drift.js'

/** One repaired difference: its key, and when it was repaired (monotonic). */
interface Repair {
  readonly key: string
  readonly at: Millis
}

/** What is remembered of differences that no change made, by key. Instants are monotonic. */
export interface DriftHistory {
  readonly repairs: readonly Repair[]
  /** When each difference that is there now was first seen. */
  readonly since: ReadonlyMap<string, Millis>
}

/** The history of an agent that has just started. */
export const NO_DRIFT: DriftHistory = { repairs: [], since: new Map() }

/** Targets that are not repaired for now, because somebody reverted each repair; until when. */
export type Suppressed = ReadonlyMap<string, Millis>

export const NONE_SUPPRESSED: Suppressed = new Map()

/** What is done about differences that no change made. */
export type DriftDecision =
  /** Repair everything but what is suppressed. */
  | { readonly action: 'repair'; readonly suppressed: Suppressed }
  /** Only report them: the settings leave the repair to a person. */
  | { readonly action: 'report' }

/** Repairs of one thing that are made without delay; after them each waits twice as long. */
const IMMEDIATE_REPAIRS = 3
const FIRST_WAIT = millis(30_000)
const LONGEST_WAIT = millis(3_600_000)
/** An older repair does not count any more. */
const REPAIR_AGE_MAX = millis(2 * LONGEST_WAIT)
const REPAIRS_KEPT = 1000

const NEVER = millis(0)

/** Records which differences are there now. */
export function recordDrift(
  history: DriftHistory,
  differences: readonly DriftItem[],
  now: Millis,
): DriftHistory {
  const since = new Map(keysOf(differences).map((key) => [key, history.since.get(key) ?? now]))
  return { since, repairs: history.repairs.filter(({ at }) => now - at < REPAIR_AGE_MAX) }
}

/** Records that they were repaired. */
export function recordRepair(
  history: DriftHistory,
  differences: readonly DriftItem[],
  now: Millis,
): DriftHistory {
  const repairs = [...history.repairs, ...keysOf(differences).map((key) => ({ key, at: now }))]
  return { ...history, repairs: repairs.slice(-REPAIRS_KEPT) }
}

function keysOf(differences: readonly DriftItem[]): readonly string[] {
  return [...new Set(differences.flatMap(({ keys }) => keys))]
}

/**
 * Decides which differences are repaired now. Two programs that revert each other's work would do so for
 * ever, so after the third repair of one thing the next ones wait. Everything else is repaired at once.
 */
export function decideDrift(
  policy: 'repair' | 'report',
  history: DriftHistory,
  differences: readonly DriftItem[],
  now: Millis,
): DriftDecision {
  if (policy === 'report') return { action: 'report' }
  const contested = differences.flatMap(({ keys, targets }) => {
    const until = latest(keys.map((key) => nextRepairAt(history, key)))
    return now >= until ? [] : targets.map((target) => [target, until] as const)
  })
  const suppressed = new Map<string, Millis>()
  for (const [target, until] of contested) {
    suppressed.set(target, latest([suppressed.get(target), until]))
  }
  return { action: 'repair', suppressed: suppressDependents(suppressed, differences) }
}

/** Adds everything that depends on a suppressed target, directly or through others. */
export function suppressDependents(
  suppressed: Suppressed,
  differences: readonly DriftItem[],
): Suppressed {
  const all = new Map(suppressed)
  let grows = suppressed.size > 0
  while (grows) {
    grows = false
    for (const difference of differences) {
      const until = suppressedUntil(all, difference)
      const late = difference.targets.filter((target) => (all.get(target) ?? 0) < until)
      for (const target of late) all.set(target, until)
      grows ||= late.length > 0
    }
  }
  return all
}

/** When the difference may be repaired again; 0: it is not suppressed. */
export function suppressedUntil(suppressed: Suppressed, { targets, dependsOn }: DriftItem): Millis {
  return latest([...targets, ...dependsOn].map((target) => suppressed.get(target)))
}

function latest(instants: readonly (Millis | undefined)[]): Millis {
  return instants.reduce<Millis>((a, b = NEVER) => (a > b ? a : b), NEVER)
}

function nextRepairAt({ repairs }: DriftHistory, key: string): Millis {
  const done = repairs.filter((repair) => repair.key === key)
  const newest = done.at(-1)
  if (newest === undefined || done.length < IMMEDIATE_REPAIRS) return NEVER
  const wait = Math.min(FIRST_WAIT * 2 ** (done.length - IMMEDIATE_REPAIRS), LONGEST_WAIT)
  return millis(newest.at + wait)
}
