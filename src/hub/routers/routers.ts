import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { toMillis, type Seconds } from '../../core/base/time.js'
import { sha256 } from '../../edge/host/facts/identity.js'
import type { Log } from '../../edge/host/log.js'
import type { RecordDraft } from '../store/journal-writer.js'
import type { Journal } from '../store/journal.js'
import { KEYS } from '../store/keys.js'
import { newRouter, type RouterRecord } from '../store/records.js'
import type { Store, StoredEntry, Write } from '../store/store.js'
import { readRouterRecord, salvagedRouter } from '../store/upgrade.js'
import { createSerialQueues, type SerialQueues } from './serial-queues.js'
import { knownSeverity, readHealth } from './stored-health.js'
import { acceptedDigests, newToken, tokenMatches } from './tokens.js'

/** What becomes of a router's record, what is written with it, and the answer to the caller. */
export interface Update<T> {
  readonly router: RouterRecord
  readonly writes?: readonly Write[]
  readonly records?: readonly RecordDraft[]
  readonly answer: T
}

/** All routers that the hub knows. A record is written to the disk before it is in memory. */
export interface Routers {
  /** Sorted by id. */
  readonly all: () => RouterRecord[]
  /** The router of this id, or `ROUTER_UNKNOWN`. */
  readonly get: (id: string) => Result<RouterRecord>
  /** The SHA-256 of this token, if the router may connect with it now. */
  readonly digestOf: (id: string, token: string) => string | undefined
  /** Whether the router may still use the token with this SHA-256. */
  readonly isAccepted: (id: string, digest: string) => boolean
  /** Makes a router and its token; only the token's SHA-256 is stored. */
  readonly register: (id: string) => Promise<Result<{ readonly token: string }>>
  /** Gives a router a new token, with everything else as it was. The old one is accepted for `overlap` more. */
  readonly rotate: (id: string, overlap: Seconds) => Promise<Result<Rotation>>
  /** Takes over the routers of new settings, with their tokens. */
  readonly replaceFixed: (fixed: FixedTokens) => Promise<void>
  readonly remove: (id: string) => Promise<Result<Record<string, never>>>
  /**
   * Changes one router: `decide` gets its newest record, and the record it returns is written durably.
   * Updates of one router never overlap.
   */
  readonly update: <T>(
    id: string,
    decide: (router: RouterRecord) => Promise<Update<T>> | Update<T>,
  ) => Promise<Result<T>>
  /** Resolves when no update is under way. */
  readonly idle: () => Promise<void>
}

export interface Rotation {
  readonly token: string
  /** ISO 8601: until when the old token is accepted at the most; null: it is not accepted any more. */
  readonly previousUntil: string | null
}

/** Routers of the TOML, with the SHA-256 of each token that they may use. */
export type FixedTokens = ReadonlyMap<string, readonly string[]>

/** Routers of one hub. */
const ROUTERS_MAX = 10_000

export interface RoutersOptions {
  readonly store: Store
  readonly journal: Journal
  readonly wall: () => Date
  readonly fixed: FixedTokens
  readonly log: Log
}

/** Reads the records and adds the TOML's routers. Rejects where the store cannot be read or written. */
export async function openRouters(options: RoutersOptions): Promise<Routers> {
  const base: Base = { ...options, records: new Map(), queues: createSerialQueues() }
  const { records, queues } = base
  for (const entry of await options.store.range({ under: KEYS.routers })) {
    const router = await withSeverity(options.store, await readOrSalvage(base, entry))
    records.set(router.id, router)
  }
  await addFixed(base)
  const get = (id: string): Result<RouterRecord> => {
    const router = records.get(id)
    return router === undefined ? refused(unknownRouter(id)) : ok(router)
  }
  return {
    all: () => [...records.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    get,
    digestOf: (id, token) => {
      const accepted = digestsOf(base, id)
      // A router that is unknown takes as long as one whose token is wrong.
      const compared = accepted.length === 0 ? [undefined] : accepted
      return compared.filter((digest) => tokenMatches(token, digest)).at(0)
    },
    isAccepted: (id, digest) => digestsOf(base, id).includes(digest),
    rotate: async (id, overlap) => queues.run(id, async () => rotate(base, id, overlap)),
    async replaceFixed(fixed) {
      base.fixed = fixed
      await addFixed(base)
    },
    register: async (id) => queues.run(id, async () => register(base, id)),
    remove: async (id) => queues.run(id, async () => remove(base, id)),
    update: async (id, decide) =>
      queues.run(id, async () => {
        const router = get(id)
        if (!router.ok) return router
        const update = await decide(router.value)
        const isSame = update.router === router.value && update.writes === undefined
        if (!isSame || update.records !== undefined) await write(base, update.router, update)
        return ok(update.answer)
      }),
    idle: queues.idle,
  }
}

interface Base extends RoutersOptions {
  fixed: FixedTokens
  readonly records: Map<string, RouterRecord>
  readonly queues: SerialQueues
}

async function addFixed(base: Base): Promise<void> {
  const { fixed, records, wall } = base
  for (const id of fixed.keys()) {
    if (!records.has(id)) await write(base, newRouter(id, null, wall().toISOString()))
  }
}

function digestsOf({ fixed, records, wall }: Base, id: string): readonly string[] {
  const router = records.get(id)
  return fixed.get(id) ?? (router === undefined ? [] : acceptedDigests(router, wall()))
}

/** A hub before 0.2 stored no severity beside the health. */
async function withSeverity(store: Store, router: RouterRecord): Promise<RouterRecord> {
  if (router.severity !== undefined || router.sequence === 0) return router
  const health = await readHealth(store, router.id)
  if (!health.ok || health.value === undefined) return router
  return { ...router, severity: knownSeverity(health.value.health.router?.severity) }
}

/**
 * A stored record of a router. One that cannot be read must not keep the hub from starting: it is set aside
 * under another key and named in the log, and the hub goes on with those of its members that can be read.
 */
async function readOrSalvage(
  { journal, log, wall }: Base,
  { key, value }: StoredEntry,
): Promise<RouterRecord> {
  const id = key.slice(KEYS.routers.length)
  const read = readRouterRecord(id, value)
  if (read.ok) return read.value
  const { router, lost } = salvagedRouter(id, value, wall().toISOString())
  log.error(
    { event: 'router-unreadable', router: id, lost, faults: read.faults },
    'a stored router cannot be read; what is left of it goes on, and the record is set aside',
  )
  await journal.commit({
    writes: [
      { put: KEYS.unreadableRouter(id), value: { record: value } },
      { put: KEYS.router(id), value: router },
    ],
    records: [],
  })
  return router
}

async function write(
  { journal, records }: Base,
  router: RouterRecord,
  update: Partial<Update<unknown>> = {},
): Promise<void> {
  const writes = [{ put: KEYS.router(router.id), value: router }, ...(update.writes ?? [])]
  await journal.commit({ writes, records: update.records ?? [] })
  records.set(router.id, router)
}

async function register(base: Base, id: string): Promise<Result<{ readonly token: string }>> {
  const { records, wall } = base
  if (records.has(id)) return refused(fault('ROUTER_EXISTS', id))
  if (records.size >= ROUTERS_MAX) {
    const detail = `the hub has ${ROUTERS_MAX} routers and takes no more; remove one`
    return refused(fault('PEER_LIMIT', 'routers', detail))
  }
  const token = newToken()
  await write(base, newRouter(id, sha256(token), wall().toISOString()))
  return ok({ token })
}

async function rotate(base: Base, id: string, overlap: Seconds): Promise<Result<Rotation>> {
  const { records, fixed, wall } = base
  const router = records.get(id)
  if (router === undefined) return refused(unknownRouter(id))
  if (fixed.has(id)) {
    const detail =
      "is in the hub's TOML: write the new token there, the old one as previous_token_file, and reload the hub (SIGHUP)"
    return refused(fault('ROUTER_EXISTS', id, detail))
  }
  const token = newToken()
  const until = new Date(wall().getTime() + toMillis(overlap)).toISOString()
  const before = router.tokenSha256
  const previousToken = overlap > 0 && before !== null ? { sha256: before, until } : null
  await write(base, { ...router, tokenSha256: sha256(token), previousToken })
  return ok({ token, previousUntil: previousToken?.until ?? null })
}

async function remove(base: Base, id: string): Promise<Result<Record<string, never>>> {
  const { journal, records, fixed, store } = base
  if (!records.has(id)) return refused(unknownRouter(id))
  if (fixed.has(id)) {
    return refused(fault('ROUTER_EXISTS', id, "is in the hub's TOML; remove it there"))
  }
  const keys = [
    KEYS.router(id),
    KEYS.healthBase(id),
    KEYS.lifecycle(id),
    ...(await store.keys({ under: KEYS.healthPatches(id) })),
    ...(await store.keys({ under: KEYS.intents(id) })),
  ]
  const writes = [...keys.map((key) => ({ remove: key })), ...(await journal.removals(id))]
  await journal.commit({ writes, records: [] })
  records.delete(id)
  return ok({})
}

function unknownRouter(id: string): Fault {
  return fault('ROUTER_UNKNOWN', id, 'no such router; register it with POST /v1/routers')
}
