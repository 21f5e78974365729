import type { Json, JsonObject } from '../../core/base/json.js'
import { upgradeChangeRecord } from '../../core/wire/upgrade.js'
import { JournalRecord, RouterRecord } from './records.js'

/**
 * Reads a router record that this hub or demarc-hub 0.1.0 stored: phases, fields and fault codes get
 * their present names. The disk keeps the old text until the record is written again.
 */
export function readRouterRecord(stored: unknown): RouterRecord {
  const record = stored as { readonly change: Json; readonly intent: JsonObject | null }
  const { change, intent } = record
  return RouterRecord.parse({
    ...record,
    change: upgradeChangeRecord(change),
    intent: intent && { ...intent, delivery: upgradeChangeRecord(intent['delivery'] ?? null) },
  })
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
