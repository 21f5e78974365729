import * as z from 'zod'
import { record } from '../../../core/keyed/record.js'

/** Where the store keeps its tally; it is the only key that no tally counts. */
export const TALLY_KEY = 'hub/tally'

/** How many entries of one kind the store holds, and the sum of their hashes modulo 2^64 in hexadecimal. */
const Count = z.object({ count: z.int().min(0), sum: z.string().regex(/^[0-9a-f]{1,16}$/) })

/**
 * What the store holds after one batch of writes. It is written in that same batch, so that a batch which
 * is lost later leaves a tally that does not fit the entries.
 */
export const Tally = z.object({
  /** Number of the batch, from 1. */
  batch: z.int().min(0),
  kinds: record(z.string(), Count),
})

export type Tally = z.output<typeof Tally>

export const EMPTY_TALLY: Tally = { batch: 0, kinds: {} }

/** One entry that came or went, with the hash of its value. */
export interface TallyChange {
  readonly key: string
  readonly sum: string
  readonly by: 1 | -1
}

/** The tally after a batch with these changes. */
export function tallyAfter(before: Tally, changes: readonly TallyChange[]): Tally {
  const kinds = new Map(Object.entries(before.kinds))
  for (const { key, sum, by } of changes) {
    const kind = kindOf(key)
    const { count, sum: total } = kinds.get(kind) ?? { count: 0, sum: '0' }
    const next = BigInt(`0x${total}`) + BigInt(by) * BigInt(`0x${sum}`)
    kinds.set(kind, { count: count + by, sum: BigInt.asUintN(64, next).toString(16) })
  }
  return { batch: before.batch + 1, kinds: Object.fromEntries(kinds) }
}

/** Kinds of entries by the start of their key; `index/ROUTER/TYPE/NUMBER` counts under its type. */
function kindOf(key: string): string {
  const [first = '', , type = ''] = key.split('/', 3)
  return first === 'index' ? `index/${type}` : first
}

/** What people call the entries of a kind. */
const LABELS: Readonly<Record<string, string>> = {
  router: 'routers',
  intent: 'intents',
  health: 'health documents',
  news: 'records of what happened',
  'index/event': 'events',
  'index/change': 'phases of changes',
  'index/health': 'records of health reports',
  'index/intent': 'records of pushed intents',
  'index/router': 'records of connections',
  audit: 'audit records',
  count: 'counts of records',
  unreadable: 'records that were set aside',
  hub: "the hub's own counters",
}

/** One sentence for each kind whose entries are not those that the tally says. */
export function tallyDifferences(expected: Tally, found: Tally): string[] {
  const kinds = new Set([...Object.keys(expected.kinds), ...Object.keys(found.kinds)])
  return [...kinds].sort().flatMap((kind) => {
    const want = expected.kinds[kind] ?? { count: 0, sum: '0' }
    const have = found.kinds[kind] ?? { count: 0, sum: '0' }
    if (want.count === have.count && want.sum === have.sum) return []
    return [`${LABELS[kind] ?? kind}: ${difference(want.count, have.count)}`]
  })
}

function difference(want: number, have: number): string {
  if (have < want) return `${want - have} of ${want} are missing`
  if (have > want) return `${have - want} more than the ${want} that were stored last`
  return `${want}, but at least one of them is not as it was stored last`
}
