import { type HealthReading, patchedHealth } from '../../core/wire/health-reading.js'
import type { EventsReport, HealthReport } from '../../core/wire/messages.js'
import type { NewsDraft } from '../store/journal.js'
import { KEYS } from '../store/keys.js'
import { HealthBase, HealthPatchRecord, type RouterRecord } from '../store/records.js'
import type { Update } from './routers.js'
import type { Store, Write } from '../store/store.js'

type Answer = Update<{ readonly acknowledged: number }>

/** Differences beside the base before they are merged into it: what a read has to merge at most. */
const PATCHES_MAX = 64

/** What was said is not said again: a report that was kept already is answered and left alone. */
function repeated(router: RouterRecord): Answer {
  return { router, answer: { acknowledged: router.sequence } }
}

/** The record after a report with this number; numbers that never came are counted. */
function advanced(router: RouterRecord, sequence: number, at: string): RouterRecord {
  const missed = router.sequence === 0 ? 0 : sequence - router.sequence - 1
  return {
    ...router,
    sequence,
    lastSeen: at,
    whole: router.whole && missed === 0,
    reportsMissed: router.reportsMissed + missed,
  }
}

/** Events stand for themselves: any that are newer are kept, whatever is missing before them. */
export function takeEvents(router: RouterRecord, report: EventsReport, now: string): Answer {
  if (report.sequence <= router.sequence) return repeated(router)
  const after = advanced(router, report.sequence, now)
  return {
    router: { ...after, eventsDropped: after.eventsDropped + report.dropped },
    news: report.events.map((event): NewsDraft => ({
      router: router.id,
      type: 'event',
      at: now,
      data: event,
    })),
    answer: { acknowledged: report.sequence },
  }
}

/**
 * A full report replaces everything. A difference needs its base: where a number is missing it is
 * not kept, and the unchanged acknowledgement tells the agent to send a full one.
 */
export async function takeHealth(
  store: Store,
  router: RouterRecord,
  report: HealthReport,
  now: string,
): Promise<Answer> {
  if (report.sequence <= router.sequence) return repeated(router)
  const after = advanced(router, report.sequence, now)
  if (report.kind === 'full') return takeFull(store, after, report, now)
  return after.whole ? takeDifference(store, after, report, now) : repeated(router)
}

async function takeFull(
  store: Store,
  after: RouterRecord,
  report: Extract<HealthReport, { kind: 'full' }>,
  now: string,
): Promise<Answer> {
  const { sequence, at, health } = report
  return {
    router: { ...after, whole: true, patches: 0 },
    writes: [
      { put: KEYS.healthBase(after.id), value: { sequence, at, health } },
      ...(await withoutPatches(store, after.id)),
    ],
    // The whole document may be megabytes; who wants it reads it.
    news: [{ router: after.id, type: 'health', at: now, data: { sequence, kind: 'full' } }],
    answer: { acknowledged: sequence },
  }
}

async function takeDifference(
  store: Store,
  after: RouterRecord,
  report: Extract<HealthReport, { kind: 'difference' }>,
  now: string,
): Promise<Answer> {
  const { sequence, at, health } = report
  const patch = { sequence, at, health }
  const news: NewsDraft = {
    router: after.id,
    type: 'health',
    at: now,
    data: { sequence, kind: 'difference', patch: health },
  }
  const answer = { acknowledged: sequence }
  if (after.patches < PATCHES_MAX) {
    const put = { put: KEYS.healthPatch(after.id, sequence), value: patch }
    return {
      router: { ...after, patches: after.patches + 1 },
      writes: [put],
      news: [news],
      answer,
    }
  }
  const before = await readHealth(store, after.id)
  const whole = { sequence, at, health: patchedHealth(before?.health ?? {}, health) }
  return {
    router: { ...after, patches: 0 },
    writes: [
      { put: KEYS.healthBase(after.id), value: whole },
      ...(await withoutPatches(store, after.id)),
    ],
    news: [news],
    answer,
  }
}

async function withoutPatches(store: Store, id: string): Promise<Write[]> {
  return (await store.keys({ under: KEYS.healthPatches(id) })).map((remove) => ({ remove }))
}

export interface HealthDocumentAt {
  readonly sequence: number
  readonly at: string
  readonly health: HealthReading
}

/** The router's health as of the newest report; undefined before the first. */
export async function readHealth(store: Store, id: string): Promise<HealthDocumentAt | undefined> {
  const base = await store.get(KEYS.healthBase(id))
  if (base === undefined) return undefined
  const patches = await store.range({ under: KEYS.healthPatches(id) })
  return patches
    .map(({ value }) => HealthPatchRecord.parse(value))
    .reduce<HealthDocumentAt>(
      (whole, { sequence, at, health }) => ({
        sequence,
        at,
        health: patchedHealth(whole.health, health),
      }),
      HealthBase.parse(base),
    )
}
