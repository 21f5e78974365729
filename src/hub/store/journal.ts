import * as z from 'zod'
import { fault, FaultError } from '../../core/base/fault.js'
import { KEYS, keyNumber } from './keys.js'
import { News, type NewsType } from './records.js'
import { createRetention, type RetentionLimits } from './retention.js'
import type { Range, Store, Write } from './store.js'

export type NewsDraft = Omit<News, 'number'>

/** What is written together. */
interface JournalEntry {
  readonly writes: readonly Write[]
  readonly news: readonly NewsDraft[]
}

interface NewsQuery {
  readonly router: string
  readonly type: NewsType
  /** Only numbers above this; without it the newest. */
  readonly after?: number
  readonly limit: number
}

/** The one way anything is written: durable, in one order, and then told to whoever listens. */
export interface Journal {
  /** Resolves when the writes and the news would survive a power cut. */
  readonly commit: (entry: JournalEntry) => Promise<void>
  readonly read: (query: NewsQuery) => Promise<News[]>
  /** All routers' news above this number, oldest first, at most `limit`. */
  readonly since: (after: number, limit: number) => Promise<News[]>
  /** Tells every news once it is durable, in order; returns the way to end it. */
  readonly listen: (listener: (news: News) => void) => () => void
  readonly last: () => number
  /** The newest number that retention has removed: whoever asks for less has missed something. */
  readonly trimmed: () => number
  /** The writes that remove all news of a router. */
  readonly forgetting: (router: string) => Promise<Write[]>
}

const JournalRecord = z.object({ last: z.int(), trimmed: z.int() })

interface Waiting extends JournalEntry {
  readonly done: () => void
  readonly failed: (error: FaultError) => void
}

/**
 * Goes on where the store's last entry was. `onFailure` hears of a write that failed; after one every
 * commit rejects.
 */
export async function openJournal(
  store: Store,
  limits: RetentionLimits,
  onFailure: (error: FaultError) => void,
): Promise<Journal> {
  const stored = JournalRecord.safeParse(await store.get(KEYS.journal))
  let { last, trimmed } = stored.success ? stored.data : { last: 0, trimmed: 0 }
  const retention = createRetention(store, limits)
  const listeners = new Set<(news: News) => void>()
  let queue: Waiting[] = []
  let draining = false
  let broken: FaultError | undefined

  /** Everything that waits goes into one synced write: the more there is, the more it shares. */
  async function drain(): Promise<void> {
    if (draining) return
    draining = true
    while (queue.length > 0) {
      const batch = queue
      queue = []
      try {
        const news = await write(batch)
        for (const one of batch) one.done()
        for (const item of news) for (const listener of listeners) listener(item)
      } catch (error) {
        // What LevelDB has on disk is unknown now; only a fresh start can tell.
        const failure = new FaultError(fault('STATE_UNWRITABLE', 'store', String(error)), error)
        broken = failure
        for (const one of [...batch, ...queue.splice(0)]) one.failed(failure)
        onFailure(failure)
      }
    }
    draining = false
  }

  async function write(batch: readonly Waiting[]): Promise<News[]> {
    const news = batch
      .flatMap((one) => one.news)
      .map((draft, place) => ({ ...draft, number: last + 1 + place }))
    const overflow = await retention.overflow(news)
    const state = {
      last: last + news.length,
      trimmed: overflow.reduce((most, key) => Math.max(most, keyNumber(key)), trimmed),
    }
    await store.write([
      ...batch.flatMap((one) => one.writes),
      ...news.flatMap(additions),
      ...overflow.flatMap(removals),
      { put: KEYS.journal, value: state },
    ])
    last = state.last
    trimmed = state.trimmed
    return news
  }

  return {
    async commit({ writes, news }) {
      if (broken !== undefined) throw broken
      await new Promise<void>((resolve, reject) => {
        queue.push({ writes, news, done: resolve, failed: reject })
        void drain()
      })
    },
    async read({ router, type, after, limit }) {
      const under = KEYS.index(router, type)
      const range: Range =
        after === undefined
          ? { under, reverse: true, limit }
          : { under, after: KEYS.indexItem(router, type, after), limit }
      const keys = await store.keys(range)
      if (after === undefined) keys.reverse()
      const items = await Promise.all(keys.map((key) => store.get(KEYS.newsItem(keyNumber(key)))))
      return items.filter((item) => item !== undefined).map((item) => News.parse(item))
    },
    async since(after, limit) {
      const items = await store.range({ under: KEYS.news, after: KEYS.newsItem(after), limit })
      return items.map(({ value }) => News.parse(value))
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    last: () => last,
    trimmed: () => trimmed,
    forgetting: async (router) => (await retention.all(router)).flatMap(removals),
  }
}

function additions(item: News): Write[] {
  return [
    { put: KEYS.newsItem(item.number), value: item },
    { put: KEYS.indexItem(item.router, item.type, item.number), value: {} },
  ]
}

function removals(indexKey: string): Write[] {
  return [{ remove: indexKey }, { remove: KEYS.newsItem(keyNumber(indexKey)) }]
}
