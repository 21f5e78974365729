import { KEYS } from './keys.js'
import { RECORD_TYPES, type JournalRecord, type RecordType } from './records.js'
import type { Store } from './store.js'

/** How many records of each type are kept for each router. */
export type RetentionLimits = Readonly<Record<RecordType, number>>

/** Keeps the journal from growing: the oldest records of a type go when newer ones come. */
export interface Retention {
  /** Index keys of the records that must go because of these new ones. */
  readonly overflow: (records: readonly JournalRecord[]) => Promise<string[]>
  /** All index keys of a router, which is about to be removed. */
  readonly all: (router: string) => Promise<string[]>
}

/** Records removed at once: a removal with every event would double the writes. */
const BATCH = 64

/** Counts the stored records of a router and type when the first new one comes. */
export function createRetention(store: Store, limits: RetentionLimits): Retention {
  /** Stored records under each index; counted once, then kept up to date. */
  const counts = new Map<string, number>()

  async function surplusKeys(under: string, { count, limit }: Arrival): Promise<string[]> {
    const stored = counts.get(under) ?? (await store.keys({ under })).length
    const surplus = stored + count - limit
    const keys = surplus >= BATCH ? await store.keys({ under, limit: surplus }) : []
    counts.set(under, stored + count - keys.length)
    return keys
  }

  return {
    async overflow(records) {
      const keys: string[] = []
      for (const [under, arrival] of arrivals(records, limits)) {
        keys.push(...(await surplusKeys(under, arrival)))
      }
      return keys
    },
    async all(router) {
      const keys = await Promise.all(
        RECORD_TYPES.map(async (type) => {
          counts.delete(KEYS.index(router, type))
          return store.keys({ under: KEYS.index(router, type) })
        }),
      )
      return keys.flat()
    },
  }
}

/** New records under one index, and how many that index may hold. */
interface Arrival {
  readonly count: number
  readonly limit: number
}

function arrivals(
  records: readonly JournalRecord[],
  limits: RetentionLimits,
): Map<string, Arrival> {
  const found = new Map<string, Arrival>()
  for (const { router, type } of records) {
    const under = KEYS.index(router, type)
    found.set(under, { count: (found.get(under)?.count ?? 0) + 1, limit: limits[type] })
  }
  return found
}
