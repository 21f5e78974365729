import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { sha256 } from '../../edge/host/facts/identity.js'
import type { Journal, NewsDraft } from '../store/journal.js'
import { KEYS } from '../store/keys.js'
import { newRouter, RouterRecord } from '../store/records.js'
import type { Store, Write } from '../store/store.js'
import { newToken, tokenMatches } from './tokens.js'
import { createTurns } from './turns.js'

/** What becomes of a router's record, what is written with it, and what that was about. */
export interface Update<T> {
  readonly router: RouterRecord
  readonly writes?: readonly Write[]
  readonly news?: readonly NewsDraft[]
  readonly answer: T
}

/** All routers the hub knows. Records are in memory and on disk; the disk comes first. */
export interface Routers {
  readonly all: () => RouterRecord[]
  readonly get: (id: string) => RouterRecord | undefined
  readonly authentic: (id: string, token: string) => boolean
  /** The token is in the answer and nowhere else. */
  readonly register: (id: string) => Promise<Result<{ readonly token: string }>>
  readonly remove: (id: string) => Promise<Result<Record<string, never>>>
  /**
   * Changes one router: decides on its newest record, writes durably, then shows the new record.
   * Updates of one router never overlap.
   */
  readonly update: <T>(
    id: string,
    decide: (router: RouterRecord) => Promise<Update<T>> | Update<T>,
  ) => Promise<Result<T>>
  /** Resolves when no update is under way. */
  readonly idle: () => Promise<void>
}

/** Routers of one hub. */
const ROUTERS_MAX = 10_000

export interface RoutersOptions {
  readonly store: Store
  readonly journal: Journal
  readonly wall: () => Date
  /** Routers of the TOML, with the SHA-256 of their tokens. */
  readonly fixed: ReadonlyMap<string, string>
}

/** Reads the records and adds the TOML's routers. Rejects where the store cannot be read or written. */
export async function openRouters(options: RoutersOptions): Promise<Routers> {
  const { store, journal, wall, fixed } = options
  const records = new Map<string, RouterRecord>()
  const { inTurn, idle } = createTurns()
  for (const { value } of await store.range({ under: KEYS.routers })) {
    const router = RouterRecord.parse(value)
    records.set(router.id, router)
  }
  for (const id of fixed.keys()) {
    if (!records.has(id)) await keep(newRouter(id, null, wall().toISOString()))
  }

  async function keep(router: RouterRecord, update: Partial<Update<unknown>> = {}): Promise<void> {
    const writes = [{ put: KEYS.router(router.id), value: router }, ...(update.writes ?? [])]
    await journal.commit({ writes, news: update.news ?? [] })
    records.set(router.id, router)
  }

  return {
    all: () => [...records.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    get: (id) => records.get(id),
    authentic(id, token) {
      return tokenMatches(token, fixed.get(id) ?? records.get(id)?.tokenSha256 ?? undefined)
    },
    register: async (id) =>
      inTurn(id, async () => {
        if (records.has(id)) return refused(fault('ROUTER_EXISTS', id))
        if (records.size >= ROUTERS_MAX) {
          return refused(fault('PEER_LIMIT', 'routers', `the hub has ${ROUTERS_MAX} already`))
        }
        const token = newToken()
        await keep(newRouter(id, sha256(token), wall().toISOString()))
        return ok({ token })
      }),
    remove: async (id) =>
      inTurn(id, async () => {
        if (!records.has(id)) return refused(unknownRouter(id))
        if (fixed.has(id)) {
          return refused(fault('ROUTER_EXISTS', id, "stands in the hub's TOML; remove it there"))
        }
        await journal.commit({ writes: await everythingOf(id), news: [] })
        records.delete(id)
        return ok({})
      }),
    update: async (id, decide) =>
      inTurn(id, async () => {
        const router = records.get(id)
        if (router === undefined) return refused(unknownRouter(id))
        const update = await decide(router)
        const same = update.router === router && update.writes === undefined
        if (!same || update.news !== undefined) await keep(update.router, update)
        return ok(update.answer)
      }),
    idle,
  }

  async function everythingOf(id: string): Promise<Write[]> {
    const keys = [
      KEYS.router(id),
      KEYS.healthBase(id),
      ...(await store.keys({ under: KEYS.healthPatches(id) })),
      ...(await store.keys({ under: KEYS.intents(id) })),
    ]
    return [...keys.map((remove) => ({ remove })), ...(await journal.forgetting(id))]
  }
}

/** `ROUTER_UNKNOWN`, with the way to register it. */
export function unknownRouter(id: string): Fault {
  return fault('ROUTER_UNKNOWN', id, 'no such router; register it with POST /v1/routers')
}
