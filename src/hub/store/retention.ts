import { KEYS } from './keys.js'
import { NEWS_TYPES, type News, type NewsType } from './records.js'
import type { Store } from './store.js'

/** How many news of each type are kept for each router. */
export type RetentionLimits = Readonly<Record<NewsType, number>>

/** Keeps the journal from growing: the oldest news of a type go when newer ones come. */
export interface Retention {
  /** Index keys of what must go, now that these come. */
  readonly overflow: (news: readonly News[]) => Promise<string[]>
  /** All index keys of a router. */
  readonly all: (router: string) => Promise<string[]>
}

/** News removed in one go: retention is a little late rather than a removal for every event. */
const BATCH = 64

/** What is stored is counted when its router and type first come up. */
export function createRetention(store: Store, limits: RetentionLimits): Retention {
  /** Stored news under each index; counted once, then kept up to date. */
  const counts = new Map<string, number>()

  async function over(under: string, more: number, limit: number): Promise<string[]> {
    const stored = counts.get(under) ?? (await store.keys({ under })).length
    const surplus = stored + more - limit
    const keys = surplus >= BATCH ? await store.keys({ under, limit: surplus }) : []
    counts.set(under, stored + more - keys.length)
    return keys
  }

  return {
    async overflow(news) {
      const keys: string[] = []
      for (const [under, { more, limit }] of arrivals(news, limits)) {
        keys.push(...(await over(under, more, limit)))
      }
      return keys
    },
    async all(router) {
      const keys = await Promise.all(
        NEWS_TYPES.map(async (type) => {
          counts.delete(KEYS.index(router, type))
          return store.keys({ under: KEYS.index(router, type) })
        }),
      )
      return keys.flat()
    },
  }
}

function arrivals(
  news: readonly News[],
  limits: RetentionLimits,
): Map<string, { more: number; limit: number }> {
  const found = new Map<string, { more: number; limit: number }>()
  for (const { router, type } of news) {
    const under = KEYS.index(router, type)
    found.set(under, { more: (found.get(under)?.more ?? 0) + 1, limit: limits[type] })
  }
  return found
}
