import { setImmediate as otherTasks } from 'node:timers/promises'
import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { plausibleInstant } from '../../core/base/time.js'
import {
  patchedHealth,
  type EventsReport,
  type HealthReport,
} from '../../core/wire/health-reading.js'
import { LIMITS } from '../../core/wire/limits.js'
import type { RecordDraft } from '../store/journal-writer.js'
import { KEYS } from '../store/keys.js'
import type { HealthPatchRecord, RouterRecord } from '../store/records.js'
import type { Store, Write } from '../store/store.js'
import type { Update } from './routers.js'
import { knownSeverity, readHealth } from './stored-health.js'

type Answer = Update<Result<{ readonly acknowledged: number }>>

/** Differences stored beside the full report before they are merged into it; a read merges at most these. */
const PATCHES_MAX = 64
/** Octets of these differences. */
const PATCH_OCTETS_MAX = 2 * 1024 * 1024
/** Octets of a difference that is in the stream of records as well. */
const STREAMED_MAX = 16 * 1024
/** Numbers that may be missing between two reports. More are no loss: the agent or the hub counts anew. */
const GAP_MAX = 1_000_000

/**
 * The router's record when its agent says hello with the number of its newest report. The agent goes on
 * above the hub's number, so that nothing it sends is taken for a repetition. A number that is far above the
 * agent's own is of a wrong agent or of another life of this router: it would use up the sequence, so the
 * hub takes the agent's.
 */
export function resumedAt(router: RouterRecord, lastSequence: number): RouterRecord {
  if (router.sequence <= lastSequence + GAP_MAX) return router
  return { ...router, sequence: lastSequence, whole: false }
}

/** A report that is stored already is acknowledged and not applied again. */
function repeated(router: RouterRecord): Answer {
  return { router, answer: ok({ acknowledged: router.sequence }) }
}

/** The router's record after a report with this number; numbers that never came are counted. */
function advanced(router: RouterRecord, sequence: number, at: string): RouterRecord {
  const gap = router.sequence === 0 ? 0 : sequence - router.sequence - 1
  const missed = gap > GAP_MAX ? 0 : gap
  return {
    ...router,
    sequence,
    lastSeen: at,
    whole: router.whole && gap === 0,
    reportsMissed: sum(router.reportsMissed, missed),
  }
}

/** A count that stays a whole number which every reader takes. */
function sum(a: number, b: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, a + b)
}

/** Stores events. They need no report before them, so that missing numbers do not matter. */
export function applyEvents(router: RouterRecord, report: EventsReport, now: string): Answer {
  if (report.sequence <= router.sequence) return repeated(router)
  const after = advanced(router, report.sequence, now)
  return {
    router: { ...after, eventsDropped: sum(after.eventsDropped, report.dropped) },
    records: report.events.map((event): RecordDraft => ({
      router: router.id,
      type: 'event',
      at: now,
      data: { ...event, at: plausibleInstant(event.at) },
    })),
    answer: ok({ acknowledged: report.sequence }),
  }
}

/**
 * Stores health. A full report replaces everything. A difference is stored only if no number is missing
 * since the full report; otherwise the unchanged acknowledgement makes the agent send a full one.
 */
export async function applyHealth(
  store: Store,
  router: RouterRecord,
  given: HealthReport,
  now: string,
): Promise<Answer> {
  if (given.sequence <= router.sequence) return repeated(router)
  const report = { ...given, at: plausibleInstant(given.at) }
  const after = withSeverity(advanced(router, report.sequence, now), report)
  if (report.kind === 'full') return applyFull(store, after, report, now)
  return after.whole ? applyDifference(store, after, report, now) : repeated(router)
}

/** A difference that does not say the severity leaves it as it was. */
function withSeverity(router: RouterRecord, { kind, health }: HealthReport): RouterRecord {
  const said = health.router?.severity ?? undefined
  if (said === undefined && kind === 'difference') return router
  return { ...router, severity: knownSeverity(said) }
}

async function applyFull(
  store: Store,
  after: RouterRecord,
  { sequence, at, health }: HealthReport,
  now: string,
): Promise<Answer> {
  return {
    router: { ...after, whole: true, patches: 0, patchOctets: 0 },
    writes: [
      { put: KEYS.healthBase(after.id), value: { sequence, at, health } },
      ...(await patchRemovals(store, after.id)),
    ],
    // The full document may be megabytes, so it is not in the stream.
    records: [{ router: after.id, type: 'health', at: now, data: { sequence, kind: 'full' } }],
    answer: ok({ acknowledged: sequence }),
  }
}

async function applyDifference(
  store: Store,
  after: RouterRecord,
  { sequence, at, health }: Extract<HealthReport, { kind: 'difference' }>,
  now: string,
): Promise<Answer> {
  const octets = octetsOf(health)
  const streamed = octets > STREAMED_MAX ? {} : { patch: health }
  const record: RecordDraft = {
    router: after.id,
    type: 'health',
    at: now,
    data: { sequence, kind: 'difference', ...streamed },
  }
  const patch = { sequence, at, health }
  const patchOctets = sum(after.patchOctets, octets)
  if (after.patches < PATCHES_MAX && patchOctets <= PATCH_OCTETS_MAX) {
    return {
      router: { ...after, patches: after.patches + 1, patchOctets },
      writes: [{ put: KEYS.healthPatch(after.id, sequence), value: patch }],
      records: [record],
      answer: ok({ acknowledged: sequence }),
    }
  }
  return mergePatches(store, after, patch, record)
}

/** The number before this report is acknowledged, so that the agent sends a full report. */
function askForFull(after: RouterRecord, acknowledged: number): Answer {
  return {
    router: { ...after, sequence: acknowledged, whole: false },
    answer: ok({ acknowledged }),
  }
}

/** Stores a difference and those before it as one document. */
async function mergePatches(
  store: Store,
  after: RouterRecord,
  { sequence, at, health }: HealthPatchRecord,
  record: RecordDraft,
): Promise<Answer> {
  const before = await readHealth(store, after.id)
  // What is stored cannot be read: the unchanged acknowledgement makes the agent send all of it.
  if (!before.ok) return askForFull(after, sequence - 1)
  // Reading, merging and writing megabytes take their time each; others have their turn in between.
  await otherTasks()
  const whole = { sequence, at, health: patchedHealth(before.value?.health ?? {}, health) }
  await otherTasks()
  const octets = octetsOf(whole.health)
  if (octets > LIMITS.health) {
    const detail = `the document has ${octets} octets; at most ${LIMITS.health} are stored`
    const tooLong = fault('INTENT_VALUE', 'health', detail)
    return { router: { ...after, whole: false }, answer: refused(tooLong) }
  }
  return {
    router: { ...after, patches: 0, patchOctets: 0 },
    writes: [
      { put: KEYS.healthBase(after.id), value: whole },
      ...(await patchRemovals(store, after.id)),
    ],
    records: [record],
    answer: ok({ acknowledged: sequence }),
  }
}

function octetsOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value))
}

async function patchRemovals(store: Store, id: string): Promise<Write[]> {
  return (await store.keys({ under: KEYS.healthPatches(id) })).map((remove) => ({ remove }))
}
