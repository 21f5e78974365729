import {
  type HealthReading,
  patchedHealth,
  type EventsReport,
  type HealthReport,
} from '../../core/wire/health-reading.js'
import type { RecordDraft } from '../store/journal-writer.js'
import { KEYS } from '../store/keys.js'
import { HealthBase, HealthPatchRecord, type RouterRecord } from '../store/records.js'
import type { Update } from './routers.js'
import type { Store, Write } from '../store/store.js'

type Answer = Update<{ readonly acknowledged: number }>

/** Differences stored beside the full report before they are merged into it; a read merges at most these. */
const PATCHES_MAX = 64

/** A report that is stored already is acknowledged and not applied again. */
function repeated(router: RouterRecord): Answer {
  return { router, answer: { acknowledged: router.sequence } }
}

/** The router's record after a report with this number; numbers that never came are counted. */
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

/** Stores events. They need no report before them, so that missing numbers do not matter. */
export function applyEvents(router: RouterRecord, report: EventsReport, now: string): Answer {
  if (report.sequence <= router.sequence) return repeated(router)
  const after = advanced(router, report.sequence, now)
  return {
    router: { ...after, eventsDropped: after.eventsDropped + report.dropped },
    records: report.events.map((event): RecordDraft => ({
      router: router.id,
      type: 'event',
      at: now,
      data: event,
    })),
    answer: { acknowledged: report.sequence },
  }
}

/**
 * Stores health. A full report replaces everything. A difference is stored only if no number is missing
 * since the full report; otherwise the unchanged acknowledgement makes the agent send a full one.
 */
export async function applyHealth(
  store: Store,
  router: RouterRecord,
  report: HealthReport,
  now: string,
): Promise<Answer> {
  if (report.sequence <= router.sequence) return repeated(router)
  const after = advanced(router, report.sequence, now)
  if (report.kind === 'full') return applyFull(store, after, report, now)
  return after.whole ? applyDifference(store, after, report, now) : repeated(router)
}

async function applyFull(
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
      ...(await patchRemovals(store, after.id)),
    ],
    // The full document may be megabytes, so it is not in the stream.
    records: [{ router: after.id, type: 'health', at: now, data: { sequence, kind: 'full' } }],
    answer: { acknowledged: sequence },
  }
}

async function applyDifference(
  store: Store,
  after: RouterRecord,
  report: Extract<HealthReport, { kind: 'difference' }>,
  now: string,
): Promise<Answer> {
  const { sequence, at, health } = report
  const patch = { sequence, at, health }
  const record: RecordDraft = {
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
      records: [record],
      answer,
    }
  }
  const before = await readHealth(store, after.id)
  const whole = { sequence, at, health: patchedHealth(before?.health ?? {}, health) }
  return {
    router: { ...after, patches: 0 },
    writes: [
      { put: KEYS.healthBase(after.id), value: whole },
      ...(await patchRemovals(store, after.id)),
    ],
    records: [record],
    answer,
  }
}

async function patchRemovals(store: Store, id: string): Promise<Write[]> {
  return (await store.keys({ under: KEYS.healthPatches(id) })).map((remove) => ({ remove }))
}

export interface HealthDocumentAt {
  readonly sequence: number
  readonly at: string
  readonly health: HealthReading
}

/** The router's health as of its newest report; undefined before the first. */
export async function readHealth(store: Store, id: string): Promise<HealthDocumentAt | undefined> {
  const base = await store.get(KEYS.healthBase(id))
  if (base === undefined) return undefined
  const patches = await store.range({ under: KEYS.healthPatches(id) })
  return patches
    .map(({ value }) => HealthPatchRecord.parse(value))
    .reduce<HealthDocumentAt>(
      (merged, { sequence, at, health }) => ({
        sequence,
        at,
        health: patchedHealth(merged.health, health),
      }),
      HealthBase.parse(base),
    )
}
