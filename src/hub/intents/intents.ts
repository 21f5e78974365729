import { fault } from '../../core/base/fault.js'
import { canonicalJson } from '../../core/base/json.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { changedSecrets } from '../../core/intent/secret-names.js'
import type { Intent } from '../../core/wire/intent.js'
import { sha256 } from '../../edge/host/facts/identity.js'
import type { Routers, Update } from '../routers/routers.js'
import { KEYS, keyNumber } from '../store/keys.js'
import {
  heldGeneration,
  type IntentHead,
  type PushOptions,
  type RouterRecord,
} from '../store/records.js'
import type { Store, Write } from '../store/store.js'
import type { IntentSecrets } from './intent-secrets.js'
import type { Submission } from './submission.js'

export interface IntentStore {
  /**
   * Stores an intent that is newer than every other of its router. The same intent again changes
   * nothing; an older one, or another with the same generation, is `INTENT_STALE`.
   */
  readonly add: (
    id: string,
    submission: Submission,
    options: PushOptions,
  ) => Promise<Result<IntentHead>>
  /** The newest intent, or the one with this generation; undefined: there is none. */
  readonly read: (id: string, generation: number | undefined) => Promise<StoredIntent | undefined>
}

export interface IntentStoreOptions {
  readonly store: Store
  readonly routers: Routers
  readonly secrets: IntentSecrets
  readonly wall: () => Date
  /** Intents that are kept of each router; the oldest go. */
  readonly kept: number
}

/** Stores the intents of all routers, with their passwords. */
export function createIntentStore(options: IntentStoreOptions): IntentStore {
  return {
    read: async (id, generation) => readStoredIntent(options.store, id, generation),
    async add(id, submission, push) {
      const added = await options.routers.update(
        id,
        async (router): Promise<Update<Result<IntentHead>>> => {
          const head = newHead(submission.intent, push, options.wall().toISOString())
          const { intent: newest } = router
          if (newest?.generation === head.generation && newest.digest === head.digest) {
            return { router, answer: await repeated(options.secrets, id, submission, newest) }
          }
          const least = newestGeneration(router)
          if (head.generation <= least) {
            return { router, answer: refused(stale(head.generation, least)) }
          }
          return addition(options, router, submission, head)
        },
      )
      return added.ok ? added.value : added
    },
  }
}

function newHead(intent: Intent, options: PushOptions, at: string): IntentHead {
  return {
    generation: intent.generation,
    // A parsed intent is JSON as it was written: it has no dates and no undefined members.
    digest: sha256(canonicalJson(intent)),
    storedAt: at,
    options,
    delivery: { state: 'waiting', at, faults: [] },
  }
}

/** The same intent again is accepted unless it comes with other passwords. */
async function repeated(
  secrets: IntentSecrets,
  id: string,
  submission: Submission,
  newest: IntentHead,
): Promise<Result<IntentHead>> {
  if (submission.secrets === null) return ok(newest)
  const stored = await secrets.read(id, newest.generation)
  const changed = changedSecrets(submission.secrets, stored)
  return changed.length > 0 ? refused(...changed) : ok(newest)
}

async function addition(
  { store, secrets, kept }: IntentStoreOptions,
  router: RouterRecord,
  submission: Submission,
  head: IntentHead,
): Promise<Update<Result<IntentHead>>> {
  const { id } = router
  const { generation, digest, storedAt } = head
  const value = await secrets.sealed(id, submission, router.intent?.generation ?? null)
  return {
    router: { ...router, intent: head },
    writes: [
      { put: KEYS.intent(id, generation), value },
      ...(await oldestRemovals(store, id, kept - 1)),
    ],
    records: [{ router: id, type: 'intent', at: storedAt, data: { generation, digest } }],
    answer: ok(head),
  }
}

/** What runs counts too: a hub that lost its store must not push an older intent than the one that runs. */
function newestGeneration(router: RouterRecord): number {
  return Math.max(router.intent?.generation ?? 0, heldGeneration(router))
}

function stale(generation: number, newest: number) {
  const detail = `${generation} is not newer than ${newest}`
  return fault('INTENT_STALE', 'generation', detail)
}

/** Removes the oldest intents of a router, so that `count` are left. */
async function oldestRemovals(store: Store, id: string, count: number): Promise<Write[]> {
  const keys = await store.keys({ under: KEYS.intents(id) })
  return keys.slice(0, Math.max(0, keys.length - count)).map((key) => ({ remove: key }))
}

export interface StoredIntent {
  readonly generation: number
  /** As it was written; it was checked before it was stored. */
  readonly intent: Intent
}

async function readStoredIntent(
  store: Store,
  id: string,
  generation: number | undefined,
): Promise<StoredIntent | undefined> {
  const under = KEYS.intents(id)
  const [key] =
    generation === undefined
      ? await store.keys({ under, reverse: true, limit: 1 })
      : [KEYS.intent(id, generation)]
  const stored = key === undefined ? undefined : await store.get(key)
  if (key === undefined || stored === undefined) return undefined
  return { generation: keyNumber(key), intent: (stored as { intent: Intent }).intent }
}
