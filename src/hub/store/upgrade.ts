import { fault } from '../../core/base/fault.js'
import type { Json, JsonObject } from '../../core/base/json.js'
import { pathText } from '../../core/base/quote.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { upgradeChangeRecord } from '../../core/wire/older/upgrade.js'
import { JournalRecord, newRouter, RouterRecord } from './records.js'

/**
 * Reads the record of this router that this hub or demarc-hub 0.1.0 stored: phases, fields and fault codes get
 * their present names. The disk keeps the old text until the record is written again.
 */
export function readRouterRecord(id: string, stored: unknown): Result<RouterRecord> {
  const read = RouterRecord.safeParse(upgraded(stored))
  if (read.success && read.data.id === id) return ok(read.data)
  const issues = read.success ? [{ path: ['id'], message: 'is another one' }] : read.error.issues
  const faults = issues
    .slice(0, FAULTS_LISTED)
    .map(({ path, message }) => fault('STATE_DAMAGED', pathText(['router', id, ...path]), message))
  return refused(...faults)
}

/** Faults of one record that are listed. */
const FAULTS_LISTED = 10

function upgraded(stored: unknown): Readonly<Record<string, unknown>> {
  if (typeof stored !== 'object' || stored === null) return {}
  const record = stored as { readonly change?: Json; readonly intent?: JsonObject | null }
  const { change = null, intent = null } = record
  return {
    ...record,
    change: upgradeChangeRecord(change),
    intent: intent && { ...intent, delivery: upgradeChangeRecord(intent['delivery'] ?? null) },
  }
}

/** A router with the members of its record that can be read; `lost` names the others. */
export function salvagedRouter(
  id: string,
  stored: unknown,
  now: string,
): { readonly router: RouterRecord; readonly lost: readonly string[] } {
  const record = upgraded(stored)
  const members = Object.entries(RouterRecord.shape).map(([key, shape]) => {
    const read = shape.safeParse(record[key])
    return { key, read }
  })
  const kept = members.flatMap(({ key, read }) => (read.success ? [[key, read.data]] : []))
  const router: RouterRecord = {
    ...newRouter(id, null, now),
    ...(Object.fromEntries(kept) as Partial<RouterRecord>),
    id,
    whole: false,
  }
  return { router, lost: members.filter(({ read }) => !read.success).map(({ key }) => key) }
}

/**
 * Reads a journal record in the same way. Only records of changes have new names; an event keeps the code
 * under which it was reported.
 */
export function readJournalRecord(stored: unknown): JournalRecord {
  const record = JournalRecord.parse(stored)
  if (record.type !== 'change') return record
  return { ...record, data: upgradeChangeRecord(record.data as JsonObject) as JsonObject }
}
