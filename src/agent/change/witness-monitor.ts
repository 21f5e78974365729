import { millis, type Millis } from '../../core/base/time.js'
import { hostsIn } from '../../core/change/link-hosts.js'
import { hubMoved } from '../../core/change/hub-path.js'
import {
  evaluate,
  HUB,
  type Expectation,
  type Verification,
  type WitnessVerdict,
} from '../../core/change/witness.js'
import type { Clock } from '../../edge/host/clock.js'
import { effectiveOf } from '../state/kept-intent.js'
import type { StateStore } from '../state/state-store.js'
import type { JournalEntry } from './journal.js'
import type { ChangeSchedule, WitnessSource } from './ports.js'

/** Queries the witnesses of a change, once or again and again. */
export interface WitnessMonitor {
  /**
   * What the witnesses mean for a provisional change now. `openedAt` is when this process took the change
   * on: after a restart, the grace period begins again.
   */
  readonly judgeChange: (entry: JournalEntry, openedAt: Millis) => Promise<WitnessVerdict>
  /** Whether the witnesses that were healthy before the change are so again after its rollback. */
  readonly judgeRollback: (entry: JournalEntry, rolledBackAt: Millis) => Promise<WitnessVerdict>
  /** A poll that has not begun. */
  readonly poll: () => Poll
}

/** A task that is repeated after each poll interval. */
export interface Poll {
  /** Ends what was repeated so far, and repeats this task: from now on, or after one interval. */
  readonly begin: (task: () => Promise<void>, first: 'now' | 'after-interval') => void
  readonly stop: () => void
}

export function createWitnessMonitor(
  witnesses: WitnessSource,
  store: Pick<StateStore, 'lastGood'>,
  clock: Clock,
  schedule: ChangeSchedule,
): WitnessMonitor {
  return {
    async judgeChange(entry, openedAt) {
      const appliedAt = entry.appliedAt ?? openedAt
      const hosts = hostsIn(entry.expected.map(({ subject }) => subject))
      const found = await witnesses.query(effectiveOf(entry.kept), entry.probes, hosts)
      const expected = await expectedNow(entry, witnesses)
      return evaluate(expected, found.witnesses, {
        about: 'change',
        appliedAt,
        since: millis(Math.max(appliedAt, openedAt)),
        now: clock.now(),
        grace: entry.grace,
        until: entry.until,
      })
    },
    async judgeRollback(entry, rolledBackAt) {
      const intent = effectiveOf(store.lastGood() ?? entry.kept)
      const hosts = hostsIn(entry.healthyBefore)
      const found = await witnesses.query(intent, entry.probes, hosts)
      const expected = entry.healthyBefore.map((subject) => ({
        subject,
        fresh: subject === HUB,
        optional: false,
      }))
      return evaluate(expected, found.witnesses, rollbackTerms(entry, rolledBackAt, clock.now()))
    },
    poll: () => createPoll(schedule, clock),
  }
}

/** A rollback has no deadline: only the grace period ends the wait. */
function rollbackTerms({ grace }: JournalEntry, rolledBackAt: Millis, now: Millis): Verification {
  const until = millis(Number.POSITIVE_INFINITY)
  return { about: 'rollback', appliedAt: rolledBackAt, since: rolledBackAt, now, grace, until }
}

/** The hub judges the change too if its packets now leave by another route, though no step touched the old one. */
async function expectedNow(
  { expected, hubBefore }: JournalEntry,
  { hubRoute }: WitnessSource,
): Promise<readonly Expectation[]> {
  if (hubBefore === null || expected.some(({ subject }) => subject === HUB)) return expected
  const moved = hubMoved(hubBefore, await hubRoute())
  return moved ? [...expected, { subject: HUB, fresh: true, optional: false }] : expected
}

/** The next interval begins when the task is done, so that slow witnesses delay nothing but themselves. */
function createPoll(
  { exclusively, pollInterval, signal }: ChangeSchedule,
  clock: Pick<Clock, 'sleep'>,
): Poll {
  let current = new AbortController()

  function queue(task: () => Promise<void>, own: AbortSignal): void {
    if (own.aborted) return
    exclusively(async () => {
      if (own.aborted) return
      try {
        await task()
      } finally {
        void repeat(task, own)
      }
    })
  }

  async function repeat(task: () => Promise<void>, own: AbortSignal): Promise<void> {
    if (own.aborted) return
    await clock.sleep(pollInterval, own)
    queue(task, own)
  }

  return {
    begin(task, first) {
      current.abort()
      current = new AbortController()
      const own = AbortSignal.any([current.signal, signal])
      if (first === 'now') queue(task, own)
      else void repeat(task, own)
    },
    stop: () => current.abort(),
  }
}
