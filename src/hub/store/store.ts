import { statfs } from 'node:fs/promises'
import type { ClassicLevel } from 'classic-level'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import type { Checkpoint } from './disk/checkpoint.js'
import { readStoredText, storedSum, storedText } from './disk/entry.js'
import { TALLY_KEY, tallyAfter, type Tally, type TallyChange } from './disk/tally.js'

/** One entry written or removed; a batch of them is kept whole or not at all. */
export type Write = { readonly put: string; readonly value: object } | { readonly remove: string }

export interface Range {
  /** Keys that start with this; it ends with `/`. */
  readonly under: string
  /** Only keys after this one. */
  readonly after?: string
  /** Only keys before this one. */
  readonly before?: string
  readonly limit?: number
  /** Newest first. */
  readonly reverse?: boolean
}

export interface StoredEntry {
  readonly key: string
  readonly value: unknown
}

/** Ordered keys and JSON values in one directory. Reading rejects with STATE_DAMAGED where a value was altered. */
export interface Store {
  readonly get: (key: string) => Promise<unknown>
  readonly range: (range: Range) => Promise<StoredEntry[]>
  readonly keys: (range: Range) => Promise<string[]>
  /** Resolves when all of it would survive a power cut. One batch at a time. */
  readonly write: (writes: readonly Write[]) => Promise<void>
  /** Why nothing can be written at present, though what is stored can be read; null: it can. */
  readonly trouble: () => Promise<Fault | null>
  /** Every entry as it was when the reading began, in the form in which it is stored. */
  readonly snapshot: () => AsyncIterable<readonly [key: string, text: string][]>
  readonly close: () => Promise<void>
}

/** An open LevelDB, with what is known of its entries. */
export interface StoreParts {
  readonly level: ClassicLevel
  readonly checkpoint: Checkpoint
  readonly tally: Tally
  /** The directory. */
  readonly dir: string
}

/**
 * Octets that the store leaves free on its file system. LevelDB needs some of them to start again and to
 * compact; a hub without them could not even be read.
 */
const RESERVE = 8 * 1024 * 1024

/** Entries that a snapshot reads at once. */
const PAGE = 1000

/** Writes the tally with every batch: first in the same batch, then in the checkpoint file. */
export function createStore({ level, checkpoint, tally: start, dir }: StoreParts): Store {
  let tally = start
  let checkpointed: Promise<void> = Promise.resolve()
  return {
    async get(key) {
      const text = await level.get(key)
      return text === undefined ? undefined : valueOf(key, text)
    },
    async range(range) {
      const entries = await level.iterator(bounds(range)).all()
      return entries.map(([key, text]) => ({ key, value: valueOf(key, text) }))
    },
    keys: async (range) => level.keys(bounds(range)).all(),
    async write(writes) {
      await checkpointed
      const { operations, changes } = await batchOf(level, writes)
      const next = tallyAfter(tally, changes)
      const put = { type: 'put', key: TALLY_KEY, value: storedText(TALLY_KEY, next) } as const
      await level.batch([...operations, put], { sync: true })
      tally = next
      // What is in LevelDB survives. A file that cannot be written fails the next batch.
      checkpointed = checkpoint.write(next)
      checkpointed.catch(() => undefined)
    },
    trouble: async () => troubleOf(dir),
    async *snapshot() {
      const entries = level.iterator()
      try {
        for (let page = await entries.nextv(PAGE); page.length > 0;) {
          yield page
          page = await entries.nextv(PAGE)
        }
      } finally {
        await entries.close()
      }
    },
    async close() {
      await level.close()
      await checkpointed.catch(() => undefined)
      await checkpoint.close()
    },
  }
}

type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string }

/** The writes as LevelDB takes them, and the change of the tally. An entry that is overwritten counts as removed. */
async function batchOf(level: ClassicLevel, writes: readonly Write[]) {
  const keys = writes.map((write) => ('put' in write ? write.put : write.remove))
  const before = await level.getMany(keys)
  const sums = new Map<string, string>()
  for (const [place, key] of keys.entries()) {
    const text = before[place]
    if (text !== undefined) sums.set(key, storedSum(key, text))
  }
  const changes: TallyChange[] = []
  const operations = writes.map((write): Operation => {
    const key = 'put' in write ? write.put : write.remove
    const old = sums.get(key)
    if (old !== undefined) changes.push({ key, sum: old, by: -1 })
    if (!('put' in write)) {
      sums.delete(key)
      return { type: 'del', key }
    }
    const value = storedText(key, write.value)
    const sum = storedSum(key, value)
    sums.set(key, sum)
    changes.push({ key, sum, by: 1 })
    return { type: 'put', key, value }
  })
  return { operations, changes }
}

function valueOf(key: string, text: string): unknown {
  const { json, isIntact } = readStoredText(key, text)
  if (isIntact) return JSON.parse(json)
  const detail =
    'the disk no longer holds what the hub wrote here; stop the hub and start it again, which checks the whole store'
  throw new FaultError(fault('STATE_DAMAGED', `store ${key}`, detail))
}

/** `0` is the character after `/`, so this is every key below the prefix. */
function bounds({ under, after, before, limit, reverse }: Range) {
  return {
    ...(after === undefined ? { gte: under } : { gt: after }),
    lt: before ?? `${under.slice(0, -1)}0`,
    limit: limit ?? -1,
    reverse: reverse ?? false,
  }
}

async function troubleOf(dir: string): Promise<Fault | null> {
  // Where the file system cannot be asked, LevelDB says what is wrong.
  const system = await statfs(dir).catch(() => null)
  const free = system === null ? RESERVE : system.bavail * system.bsize
  if (free >= RESERVE) return null
  const detail = `only ${free} octets are free on this file system, and the hub leaves ${RESERVE} free; nothing new is stored until there is room. What is stored can be read`
  return fault('STATE_UNWRITABLE', dir, detail)
}
