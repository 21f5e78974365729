import type { ClassicLevel } from 'classic-level'
import { parseJson } from '../../core/base/json.js'
import { JournalRecord } from './records.js'
import { KEYS, keyNumber } from './keys.js'
import { readStoredText, storedText } from './disk/entry.js'

/**
 * Numbers that are skipped after records were lost, so that no number is given a second time: a client of
 * the stream that has seen a lost record learns that it missed something.
 */
export const NUMBERS_SKIPPED = 1_000_000

type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string }

/**
 * Repairs what is left of a damaged store: removes entries that cannot be read, gives each record its index
 * entry, removes index entries without a record, and asks every router for its whole health.
 */
export async function mendStore(level: ClassicLevel, unreadable: readonly string[]): Promise<void> {
  await level.batch(unreadable.map((key) => ({ type: 'del', key })))
  const indexed = await indexedRecords(level)
  const { joined, last } = await recordRepairs(level, indexed)
  const orphans = [...indexed.values()].map((key): Operation => ({ type: 'del', key }))
  const end = last + NUMBERS_SKIPPED
  const journal = storedText(KEYS.journal, { last: end, trimmed: end })
  await level.batch(
    [
      ...joined,
      ...orphans,
      ...(await incompleteHealth(level)),
      ...(await storedCounts(level)),
      { type: 'put', key: KEYS.journal, value: journal },
    ],
    { sync: true },
  )
}

/** Index entries by the number of their record. */
async function indexedRecords(level: ClassicLevel): Promise<Map<number, string>> {
  const indexed = new Map<number, string>()
  for await (const key of level.keys({ gte: 'index/', lt: 'index0' })) {
    indexed.set(keyNumber(key), key)
  }
  return indexed
}

/** Index entries for records that have none; those that have one are taken out of `indexed`. */
async function recordRepairs(level: ClassicLevel, indexed: Map<number, string>) {
  const joined: Operation[] = []
  let last = await journalLast(level)
  for (const number of indexed.keys()) last = Math.max(last, number)
  for await (const [key, text] of level.iterator({ gte: 'news/', lt: 'news0' })) {
    const number = keyNumber(key)
    last = Math.max(last, number)
    if (indexed.delete(number)) continue
    const record = JournalRecord.safeParse(parseJson(readStoredText(key, text).json))
    if (!record.success) joined.push({ type: 'del', key })
    else {
      const { router, type } = record.data
      const index = KEYS.indexItem(router, type, number)
      joined.push({ type: 'put', key: index, value: storedText(index, {}) })
    }
  }
  return { joined, last }
}

async function journalLast(level: ClassicLevel): Promise<number> {
  const text = await level.get(KEYS.journal)
  const state = text === undefined ? undefined : readStoredText(KEYS.journal, text)
  const stored = state?.isIntact === true ? parseJson(state.json) : undefined
  const { last } = (stored ?? {}) as { readonly last?: unknown }
  return typeof last === 'number' ? last : 0
}

/** Removes the counts of records, which are counted anew. */
async function storedCounts(level: ClassicLevel): Promise<Operation[]> {
  const keys = await level.keys({ gte: 'count/', lt: 'count0' }).all()
  return keys.map((key) => ({ type: 'del', key }))
}

/** A report of changed health may be lost, so the hub adds no other until the router has sent its whole health. */
async function incompleteHealth(level: ClassicLevel): Promise<Operation[]> {
  const operations: Operation[] = []
  for await (const [key, text] of level.iterator({ gte: 'router/', lt: 'router0' })) {
    const router = parseJson(readStoredText(key, text).json)
    if (typeof router !== 'object' || router === null) continue
    const value = storedText(key, { ...router, whole: false })
    operations.push({ type: 'put', key, value })
  }
  return operations
}
