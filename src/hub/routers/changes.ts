import { plausibleInstant } from '../../core/base/time.js'
import { boundedProgress } from '../../core/report/bounds.js'
import type { ChangeProgress } from '../../core/wire/messages.js'
import type { Delivery, JournalRecord, RouterRecord } from '../store/records.js'
import type { Update } from './routers.js'

/** Records that are searched for a repeat; a change reports at most seven phases. */
export const REPEATS_AMONG = 64

/** Phases after which a router can take another change. */
export const FINAL_PHASES: readonly ChangeProgress['phase'][] = [
  'confirmed',
  'rolled-back',
  'stuck',
]

/** Whether this phase of the change is stored already: agents repeat a report until it is answered. */
export function isRepeat(progress: ChangeProgress, recent: readonly JournalRecord[]): boolean {
  const { change, phase, at } = progress
  return recent.some(
    ({ data }) =>
      data['change'] === change && data['phase'] === phase && data['at'] === plausibleInstant(at),
  )
}

/** Octets of a plan and of faults that a stored record of a change has at most. */
const STORED = { plan: 64 * 1024, faults: 16 * 1024 } as const

/** A change as it is stored. A router that reports the longest ones all the time takes no more than its share. */
export function storable(progress: ChangeProgress): ChangeProgress {
  return boundedProgress({ ...progress, at: plausibleInstant(progress.at) }, STORED)
}

/** The router's record after a change on it has reached a phase. */
export function applyProgress(
  router: RouterRecord,
  progress: ChangeProgress,
  now: string,
): Update<Record<string, never>> {
  const { plan: _, pendingWitnesses: __, ...change } = progress
  const { intent } = router
  const isForIntent = intent?.generation === progress.generation
  return {
    router: {
      ...router,
      lastSeen: now,
      change,
      ...runningAfter(router, progress),
      intent: isForIntent
        ? { ...intent, delivery: deliveryAfter(intent.delivery, progress) }
        : intent,
    },
    records: [{ router: router.id, type: 'change', at: now, data: progress }],
    answer: {},
  }
}

function runningAfter(
  router: RouterRecord,
  { phase, generation, digest }: ChangeProgress,
): Pick<RouterRecord, 'running' | 'lastGood'> {
  const { running, lastGood } = router
  const reached = { generation, digest }
  if (phase === 'confirmed') return { running: reached, lastGood: reached }
  if (phase === 'provisional') return { running: reached, lastGood }
  if (phase === 'rolled-back') return { running: lastGood, lastGood }
  return { running, lastGood }
}

function deliveryAfter(before: Delivery, { phase, at, faults = [] }: ChangeProgress): Delivery {
  switch (phase) {
    case 'rolled-back':
      return { state: 'rolled-back', at, faults }
    case 'stuck':
      return { state: 'refused', at, faults }
    case 'confirmed':
    case 'provisional':
      return { state: 'accepted', at, faults: [] }
    case 'planned':
    case 'applying':
    case 'rolling-back':
    default:
      // A phase of another version of demarc does not end the change.
      return before
  }
}
