import type { Json } from '../../base/json.js'

/** Fields that a record of a change has under another name since 0.1.0. */
const FIELDS: Readonly<Record<string, string>> = {
  passed: 'phases',
  waitsFor: 'pendingWitnesses',
  says: 'description',
}

/** Words that stand for another one since 0.1.0, by the field that holds them. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  phase: { undoing: 'rolling-back' },
  code: {
    CHANGE_DISPROVED: 'CHANGE_UNHEALTHY',
    CHANGE_NOT_PENDING: 'CHANGE_UNKNOWN',
    FOREIGN_CLASH: 'NOT_OWNED',
    FRR_TOO_OLD: 'FRR_UNSUPPORTED',
    READ_BACK: 'READ_BACK_MISMATCH',
  },
}

/**
 * Progress of changes as demarc 0.1.0 stored it, with the present names of its
 * fields, phases and fault codes. A record that has the present names already stays the same. Not for
 * intents: there the names are the user's.
 */
export function upgradeChangeRecord(record: Json): Json {
  if (Array.isArray(record)) return record.map(upgradeChangeRecord)
  if (record === null || typeof record !== 'object') return record
  return Object.fromEntries(
    Object.entries(record).map(([field, value]) => [
      Object.hasOwn(FIELDS, field) ? (FIELDS[field] ?? field) : field,
      typeof value === 'string' ? wordIn(field, value) : upgradeChangeRecord(value),
    ]),
  )
}

/** Fields that a reader of demarc 0.1.0 refuses. */
const LATER_FIELDS: readonly string[] = ['confirmation']

/** Progress of a change in the words of demarc 0.1.0, whose hub refuses every other field and word. */
export function olderChangeRecord(record: Json): Json {
  if (Array.isArray(record)) return record.map(olderChangeRecord)
  if (record === null || typeof record !== 'object') return record
  return Object.fromEntries(
    Object.entries(record)
      .filter(([field]) => !LATER_FIELDS.includes(field))
      .map(([field, value]) => [
        keyOf(FIELDS, field) ?? field,
        typeof value === 'string' ? olderWord(field, value) : olderChangeRecord(value),
      ]),
  )
}

function olderWord(field: string, word: string): string {
  const words = Object.hasOwn(WORDS, field) ? WORDS[field] : undefined
  return words === undefined ? word : (keyOf(words, word) ?? word)
}

/** The key that has this value. */
function keyOf(table: Readonly<Record<string, string>>, value: string): string | undefined {
  return Object.entries(table).find(([, present]) => present === value)?.[0]
}

function wordIn(field: string, word: string): string {
  const words = Object.hasOwn(WORDS, field) ? WORDS[field] : undefined
  return words !== undefined && Object.hasOwn(words, word) ? (words[word] ?? word) : word
}
