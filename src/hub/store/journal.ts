import * as z from 'zod'
import {
  createJournalWriter,
  type JournalEvents,
  type JournalWrite,
  type JournalState,
} from './journal-writer.js'
import { KEYS, keyNumber } from './keys.js'
import type { JournalRecord, RecordType } from './records.js'
import { createRetention, type RetentionLimits } from './retention.js'
import type { Range, Store, StoredEntry, Write } from './store.js'
import { readJournalRecord } from './upgrade.js'

interface RecordQuery {
  readonly router: string
  readonly type: RecordType
  /** Only records above this number; without it the newest. */
  readonly after?: number
  readonly limit: number
}

type Listener = (record: JournalRecord) => void

/** Writes everything that the hub stores: durable, in one order, and then handed to listeners. */
export interface Journal {
  /** Resolves when the entry would survive a power cut; rejects when the store cannot be written. */
  readonly commit: (entry: JournalWrite) => Promise<void>
  readonly read: (query: RecordQuery) => Promise<JournalRecord[]>
  /** The records of all routers above this number, oldest first, at most `limit`. */
  readonly since: (after: number, limit: number) => Promise<JournalRecord[]>
  /** Calls the listener with each record once it is durable, in order; returns what ends that. */
  readonly listen: (listener: Listener) => () => void
  /** Number of the newest record. */
  readonly last: () => number
  /** The newest number that retention has removed: a reader from below it has missed records. */
  readonly trimmed: () => number
  /** The writes that remove all records of a router. */
  readonly removals: (router: string) => Promise<Write[]>
  /** Skips so many numbers. To be called before anything else is written. */
  readonly skip: (count: number) => Promise<void>
}

/** What the store reports to the hub. */
export interface JournalWatch extends Pick<JournalEvents, 'onFailure' | 'onTrouble'> {
  /** Called for each record that cannot be read and is left out. */
  readonly onUnreadable: (key: string, error: unknown) => void
}

const StoredState = z.object({ last: z.int(), trimmed: z.int() })

/** Goes on after the newest stored record. */
export async function openJournal(
  store: Store,
  limits: RetentionLimits,
  { onFailure, onTrouble, onUnreadable }: JournalWatch,
): Promise<Journal> {
  const stored = StoredState.safeParse(await store.get(KEYS.journal))
  const state: JournalState = stored.success ? stored.data : { last: 0, trimmed: 0 }
  const retention = createRetention(store, limits)
  const listeners = new Set<Listener>()
  const writer = createJournalWriter(
    { store, retention, state },
    {
      onRecord(record) {
        for (const listener of listeners) listener(record)
      },
      onFailure,
      onTrouble,
    },
  )
  return {
    commit: writer.commit,
    read: async (query) => readable(await findRecords(store, query), onUnreadable),
    async since(after, limit) {
      const range = { under: KEYS.records, after: KEYS.record(after), limit }
      return readable(await store.range(range), onUnreadable)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    last: () => writer.state().last,
    trimmed: () => writer.state().trimmed,
    async removals(router) {
      const { keys, writes } = await retention.all(router)
      return [...writer.removals(keys), ...writes]
    },
    skip: writer.skip,
  }
}

/** The records that can be read; one that cannot must not hide the others. */
function readable(
  entries: readonly StoredEntry[],
  onUnreadable: JournalWatch['onUnreadable'],
): JournalRecord[] {
  return entries.flatMap(({ key, value }) => {
    try {
      return [readJournalRecord(value)]
    } catch (error) {
      onUnreadable(key, error)
      return []
    }
  })
}

async function findRecords(store: Store, query: RecordQuery): Promise<StoredEntry[]> {
  const { router, type, after, limit } = query
  const under = KEYS.index(router, type)
  const range: Range =
    after === undefined
      ? { under, reverse: true, limit }
      : { under, after: KEYS.indexItem(router, type, after), limit }
  const keys = await store.keys(range)
  if (after === undefined) keys.reverse()
  const found = await Promise.all(
    keys.map(async (index) => {
      const key = KEYS.record(keyNumber(index))
      return { key, value: await store.get(key) }
    }),
  )
  return found.filter(({ value }) => value !== undefined)
}
