import { ClassicLevel } from 'classic-level'
import { fault, FaultError } from '../../core/base/fault.js'

/** One entry written or removed; a batch of them is kept whole or not at all. */
export type Write = { readonly put: string; readonly value: object } | { readonly remove: string }

export interface Range {
  /** Keys that start with this; it ends with `/`. */
  readonly under: string
  /** Only keys after this one. */
  readonly after?: string
  readonly limit?: number
  /** Newest first. */
  readonly reverse?: boolean
}

export interface StoredEntry {
  readonly key: string
  readonly value: unknown
}

/** Ordered keys and JSON values in one directory. */
export interface Store {
  readonly get: (key: string) => Promise<unknown>
  readonly range: (range: Range) => Promise<StoredEntry[]>
  readonly keys: (range: Range) => Promise<string[]>
  /** Resolves when all of it would survive a power cut. */
  readonly write: (writes: readonly Write[]) => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Opens the directory; LevelDB's lock keeps a second hub out of it. `filesMax` is how many of its files it
 * keeps open at a time.
 */
export async function openStore(dir: string, filesMax: number): Promise<Store> {
  const level = new ClassicLevel<string, unknown>(dir, {
    valueEncoding: 'json',
    maxOpenFiles: filesMax,
  })
  try {
    await level.open()
  } catch (error) {
    throw new FaultError(fault('STATE_UNWRITABLE', dir, openTrouble(error)), error)
  }
  return {
    get: async (key) => level.get(key),
    async range(range) {
      const entries = await level.iterator(bounds(range)).all()
      return entries.map(([key, value]) => ({ key, value }))
    },
    keys: async (range) => level.keys(bounds(range)).all(),
    async write(writes) {
      await level.batch(
        writes.map((one) =>
          'put' in one
            ? { type: 'put', key: one.put, value: one.value }
            : { type: 'del', key: one.remove },
        ),
        { sync: true },
      )
    },
    close: async () => level.close(),
  }
}

/** `0` is the character after `/`, so this is every key below the prefix. */
function bounds({ under, after, limit, reverse }: Range) {
  return {
    ...(after === undefined ? { gte: under } : { gt: after }),
    lt: `${under.slice(0, -1)}0`,
    limit: limit ?? -1,
    reverse: reverse ?? false,
  }
}

function openTrouble(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const message = cause instanceof Error ? cause.message : String(cause)
  return /lock/i.test(message)
    ? 'is in use by another demarc-hub'
    : `cannot be opened as a hub's store: ${message}`
}
