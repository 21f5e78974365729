import type { ChangeProgress } from '../../core/wire/messages.js'
import type { Delivery, News, RouterRecord } from '../store/records.js'
import type { Update } from './routers.js'

/** Progress looked back at for a repeat; a change says at most seven. */
export const REPEATS_AMONG = 64

/** Phases after which a router can take another change. */
export const FINAL_PHASES: readonly ChangeProgress['phase'][] = [
  'confirmed',
  'rolled-back',
  'stuck',
]

/** Agents repeat progress until it is answered; the same news is kept once. */
export function isRepeat(progress: ChangeProgress, recent: readonly News[]): boolean {
  const { change, phase, at } = progress
  return recent.some(
    ({ data }) => data['change'] === change && data['phase'] === phase && data['at'] === at,
  )
}

/** What a step of a change says about the router it happens on. */
export function takeProgress(
  router: RouterRecord,
  progress: ChangeProgress,
  now: string,
): Update<Record<string, never>> {
  const { plan: _, ...state } = progress
  const { generation } = progress
  const after: RouterRecord = {
    ...router,
    lastSeen: now,
    change: state,
    ...running(router, progress),
    intent:
      router.intent === null || router.intent.generation !== generation
        ? router.intent
        : { ...router.intent, delivery: delivered(router.intent.delivery, progress) },
  }
  return {
    router: after,
    news: [{ router: router.id, type: 'change', at: now, data: progress }],
    answer: {},
  }
}

function running(
  router: RouterRecord,
  { phase, generation, digest }: ChangeProgress,
): Pick<RouterRecord, 'running' | 'lastGood'> {
  const ref = { generation, digest }
  if (phase === 'confirmed') return { running: ref, lastGood: ref }
  if (phase === 'provisional') return { running: ref, lastGood: router.lastGood }
  if (phase === 'rolled-back') return { running: router.lastGood, lastGood: router.lastGood }
  return { running: router.running, lastGood: router.lastGood }
}

function delivered(before: Delivery, { phase, at, faults = [] }: ChangeProgress): Delivery {
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
      return before
  }
}
