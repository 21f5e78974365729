import * as z from 'zod'
import { KEYS, keyNumber } from './keys.js'
import { RECORD_TYPES, type JournalRecord, type RecordType } from './records.js'
import type { Store, Write } from './store.js'

/** How many records of each type are kept for each router. */
export type RetentionLimits = Readonly<Record<RecordType, number>>

/** What new records mean for those that are stored. */
export interface Overflow {
  /** Index keys of the records that must go. */
  readonly keys: readonly string[]
  /** The new counts, to be written together with the records. */
  readonly writes: readonly Write[]
  /** Called once all of it is written. */
  readonly written: () => void
}

/** Keeps the journal from growing: the oldest records of a type go when newer ones come. */
export interface Retention {
  readonly overflow: (records: readonly JournalRecord[]) => Promise<Overflow>
  /** All index keys of a router, which is about to be removed, and the writes that remove its counts. */
  readonly all: (router: string) => Promise<{ readonly keys: string[]; readonly writes: Write[] }>
}

/** Records removed at once: a removal with every event would double the writes. */
const BATCH = 64

/** How many records an index has, and the number of the newest of them when that was counted. */
const StoredCount = z.object({ count: z.int().min(0), newest: z.int().min(0) })

/**
 * Counts are stored beside the records, because counting ten thousand records of each router after a start
 * takes longer than routers wait for the answer to hello. A count is only believed if it was written with the
 * newest record of its index: a hub of an earlier version writes records and no counts.
 */
export function createRetention(store: Store, limits: RetentionLimits): Retention {
  const counts = new Map<string, number>()

  async function countOf({ router, type, under }: Arrival): Promise<number> {
    const known = counts.get(under)
    if (known !== undefined) return known
    const stored = StoredCount.safeParse(await store.get(KEYS.count(router, type)))
    const [newest] = await store.keys({ under, reverse: true, limit: 1 })
    const number = newest === undefined ? 0 : keyNumber(newest)
    if (stored.success && stored.data.newest === number) return stored.data.count
    return (await store.keys({ under })).length
  }

  return {
    async overflow(records) {
      const after = new Map<string, number>()
      const keys: string[][] = []
      const writes: Write[] = []
      for (const arrival of arrivals(records).values()) {
        const { router, type, under, newest } = arrival
        const stored = (await countOf(arrival)) + arrival.count
        const surplus = stored - limits[type]
        const old = surplus >= BATCH ? await store.keys({ under, limit: surplus }) : []
        const count = stored - old.length
        keys.push(old)
        writes.push({ put: KEYS.count(router, type), value: { count, newest } })
        after.set(under, count)
      }
      return {
        keys: keys.flat(),
        writes,
        written() {
          for (const [under, count] of after) counts.set(under, count)
        },
      }
    },
    async all(router) {
      const keys = await Promise.all(
        RECORD_TYPES.map(async (type) => {
          counts.delete(KEYS.index(router, type))
          return store.keys({ under: KEYS.index(router, type) })
        }),
      )
      const writes = RECORD_TYPES.map((type) => ({ remove: KEYS.count(router, type) }))
      return { keys: keys.flat(), writes }
    },
  }
}

/** New records under one index. */
interface Arrival {
  readonly router: string
  readonly type: RecordType
  readonly under: string
  readonly count: number
  /** Number of the newest of them. */
  readonly newest: number
}

function arrivals(records: readonly JournalRecord[]): Map<string, Arrival> {
  const found = new Map<string, Arrival>()
  for (const { router, type, number } of records) {
    const under = KEYS.index(router, type)
    const count = (found.get(under)?.count ?? 0) + 1
    found.set(under, { router, type, under, count, newest: number })
  }
  return found
}
