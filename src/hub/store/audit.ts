import { AuditRecord } from '../../core/wire/audit.js'
import type { Journal } from './journal.js'
import { KEYS, keyNumber } from './keys.js'
import type { Range, Store, StoredEntry, Write } from './store.js'

/** An audit record with its place in the order of all of them. */
export type NumberedAudit = AuditRecord & { readonly number: number }

export interface AuditQuery {
  /** Only records above this number; without it the newest. */
  readonly after?: number | undefined
  readonly limit: number
  /** Only records about this router. */
  readonly router?: string | undefined
}

/**
 * The hub's audit: who did what, from where, and how it ended. Records are added and never changed; the
 * oldest go when there are more than the settings keep.
 */
export interface AuditLog {
  /** The writes that add a record, for the batch of what it is about: both are stored, or neither. */
  readonly additions: (record: AuditRecord) => Write[]
  /** Resolves when the record would survive a power cut. */
  readonly append: (record: AuditRecord) => Promise<void>
  /**
   * Stores a request before it is carried out, as failed, and gives what stores how it ended. A hub that
   * is killed in between leaves the record of a request without an answer.
   */
  readonly begin: (record: AuditRecord) => Promise<(end: AuditRecord) => Promise<void>>
  /** The oldest first. */
  readonly read: (query: AuditQuery) => Promise<NumberedAudit[]>
}

/** Records removed at once. */
const BATCH = 64

/** Records that a search reads at once. */
const PAGE = 1000

/** Goes on after the newest stored record; keeps about `kept` of them. */
export async function openAuditLog(
  store: Store,
  journal: Pick<Journal, 'commit'>,
  kept: number,
): Promise<AuditLog> {
  const [first] = await store.keys({ under: KEYS.audits, limit: 1 })
  const [newest] = await store.keys({ under: KEYS.audits, reverse: true, limit: 1 })
  let last = newest === undefined ? 0 : keyNumber(newest)
  let oldest = first === undefined ? 1 : keyNumber(first)

  function overflow(): Write[] {
    if (last - oldest + 1 < kept + BATCH) return []
    const removed = Array.from({ length: BATCH }, (_, place) => KEYS.audit(oldest + place))
    oldest += BATCH
    return removed.map((remove) => ({ remove }))
  }

  function additions(record: AuditRecord): Write[] {
    last += 1
    return [{ put: KEYS.audit(last), value: record }, ...overflow()]
  }

  return {
    additions,
    append: async (record) => journal.commit({ writes: additions(record), records: [] }),
    async begin(record) {
      const writes = additions(record)
      const number = last
      await journal.commit({ writes, records: [] })
      return async (end) =>
        journal.commit({ writes: [{ put: KEYS.audit(number), value: end }], records: [] })
    },
    read: async (query) => readAudit(store, query),
  }
}

async function readAudit(store: Store, query: AuditQuery): Promise<NumberedAudit[]> {
  const { after, limit, router } = query
  const found: NumberedAudit[] = []
  const isBackwards = after === undefined
  let range: Range = isBackwards
    ? { under: KEYS.audits, reverse: true, limit: PAGE }
    : { under: KEYS.audits, after: KEYS.audit(after), limit: PAGE }
  for (;;) {
    const page = await store.range(range)
    found.push(...page.flatMap((entry) => numbered(entry, router)))
    const end = page.at(-1)?.key
    if (found.length >= limit || page.length < PAGE || end === undefined) break
    range = { ...range, [isBackwards ? 'before' : 'after']: end }
  }
  const taken = found.slice(0, limit)
  return isBackwards ? taken.reverse() : taken
}

/** A record that cannot be read, or is about another router, is left out. */
function numbered({ key, value }: StoredEntry, router: string | undefined): NumberedAudit[] {
  const record = AuditRecord.safeParse(value)
  if (!record.success || (router !== undefined && record.data.router !== router)) return []
  return [{ number: keyNumber(key), ...record.data }]
}
