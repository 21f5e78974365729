import type { Fault } from '../base/fault.js'
import { millis, type Millis } from '../base/time.js'
import type { DriftItem, PlanConflict } from '../model/drift.js'

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
  /** The repairs that failed and have not succeeded since. */
  readonly failures: ReadonlyMap<string, FailedRepair>
}

/** A repair that did not succeed, by the key of the difference. */
export interface FailedRepair {
  /** The repair in words. Another text is another repair, which is tried at once. */
  readonly what: string
  /** How often in a row it failed. */
  readonly count: number
  /** When it failed last. */
  readonly at: Millis
  readonly fault: Fault
  /**
   * An FRR daemon ended, or stopped to answer, when the repair was typed. What shares a line with such a
   * repair is made only on request, because it may end the daemon again, with all its sessions.
   */
  readonly endedDaemon: boolean
  /** Whether the repair that is needed now shares a line with it. */
  readonly isNeeded: boolean
}

/** The repair of each difference in words, by key. */
export type RepairTexts = ReadonlyMap<string, string>

/** The history of an agent that has just started. */
export const NO_DRIFT: DriftHistory = { repairs: [], since: new Map(), failures: new Map() }

/** Targets that are not repaired for now, and until when; {@link FOREVER}: until somebody acts. */
export type Suppressed = ReadonlyMap<string, Millis>

export const NONE_SUPPRESSED: Suppressed = new Map()

/** No time ends the wait. */
export const FOREVER = millis(Number.POSITIVE_INFINITY)

/** The targets that conflicts keep from being repaired. */
export function blockedBy(conflicts: readonly PlanConflict[]): Suppressed {
  return new Map(
    conflicts.flatMap(({ targets }) => targets.map((target) => [target, FOREVER] as const)),
  )
}

/** Everything that one of both suppresses, for the longer time. */
export function bothSuppressed(a: Suppressed, b: Suppressed): Suppressed {
  const all = new Map(a)
  for (const [target, until] of b) all.set(target, latest([all.get(target), until]))
  return all
}

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
/** Waits after the first, second … failure of a repair in a row; the last one after every further failure. */
const FAILURE_WAITS = [5000, 60_000, 600_000, 3_600_000].map(millis)

const NEVER = millis(0)

/**
 * Records which differences are there now. A failed repair is forgotten once its difference is gone, or
 * needs another repair; one that ended a daemon is not forgotten.
 */
export function recordDrift(
  history: DriftHistory,
  differences: readonly DriftItem[],
  now: Millis,
  texts: RepairTexts = new Map(),
): DriftHistory {
  const since = new Map(keysOf(differences).map((key) => [key, history.since.get(key) ?? now]))
  const failures = new Map(
    [...history.failures].flatMap(([key, failed]) => {
      const text = texts.get(key) ?? ''
      if (!failed.endedDaemon) return failed.what === text ? [[key, failed] as const] : []
      return [[key, { ...failed, isNeeded: shareLine(failed.what, text) }] as const]
    }),
  )
  return { since, failures, repairs: history.repairs.filter(({ at }) => now - at < REPAIR_AGE_MAX) }
}

/** Whether two repairs in words have a line of FRR in common that is more than the start or end of a block. */
function shareLine(a: string, b: string): boolean {
  const lines = new Set(linesOf(a))
  return linesOf(b).some((line) => lines.has(line))
}

function linesOf(text: string): readonly string[] {
  const isFrame = (line: string) => /^(?:router bgp .*|exit.*|address-family .*)$/.test(line)
  return text
    .split(/ \/ |; /)
    .map((line) => line.replace(/^(?:bgpd|bfdd|zebra|staticd|mgmtd): /, ''))
    .filter((line) => line !== '' && !isFrame(line))
}

/** One repair that failed, of the differences with these keys. */
export interface RepairFailure extends Pick<FailedRepair, 'fault' | 'endedDaemon'> {
  readonly keys: readonly string[]
}

/** Repairs that were tried: what they were, and what is still to do afterwards, in words. */
export interface RepairAttempt {
  readonly tried: RepairTexts
  readonly remaining: RepairTexts
  readonly failed: readonly RepairFailure[]
}

/** Records which of the repairs that were tried now failed; the other ones succeeded. */
export function recordFailures(
  history: DriftHistory,
  { tried, remaining, failed }: RepairAttempt,
  at: Millis,
): DriftHistory {
  // Another repair of the same thing says nothing about the one that ended a daemon.
  const isHeld = ({ endedDaemon, isNeeded }: FailedRepair) => endedDaemon && !isNeeded
  const failures = new Map(
    [...history.failures].filter(([key, known]) => !tried.has(key) || isHeld(known)),
  )
  for (const { keys, fault, endedDaemon } of failed) {
    for (const key of keys.filter((name) => !failures.has(name))) {
      const count = (history.failures.get(key)?.count ?? 0) + 1
      // A failed repair may be half done, and the rest of it is what would be tried again.
      const what = (endedDaemon ? undefined : remaining.get(key)) ?? tried.get(key) ?? ''
      failures.set(key, { what, count, at, fault, endedDaemon, isNeeded: true })
    }
  }
  return { ...history, failures }
}

/** Lets what waits be repaired now; what ended a daemon only if somebody accepts that risk. */
export function retryNow(history: DriftHistory, accept: boolean): DriftHistory {
  const failures = [...history.failures].filter(([, { endedDaemon }]) => endedDaemon && !accept)
  return { ...history, repairs: [], failures: new Map(failures) }
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
    const until = latest(keys.flatMap((key) => [nextRepairAt(history, key), retryAt(history, key)]))
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

/** When a repair that failed is tried again; 0: it has not failed. */
export function retryAt({ failures }: DriftHistory, key: string): Millis {
  const failed = failures.get(key)
  if (failed === undefined) return NEVER
  if (failed.endedDaemon) return failed.isNeeded ? FOREVER : NEVER
  const wait = FAILURE_WAITS[failed.count - 1] ?? FAILURE_WAITS.at(-1) ?? LONGEST_WAIT
  return millis(failed.at + wait)
}

function nextRepairAt({ repairs }: DriftHistory, key: string): Millis {
  const done = repairs.filter((repair) => repair.key === key)
  const newest = done.at(-1)
  if (newest === undefined || done.length < IMMEDIATE_REPAIRS) return NEVER
  const wait = Math.min(FIRST_WAIT * 2 ** (done.length - IMMEDIATE_REPAIRS), LONGEST_WAIT)
  return millis(newest.at + wait)
}
