import { canonicalJson } from '../core/base/canonical.js'
import { fault } from '../core/base/fault.js'
import { ok, refused, type Result } from '../core/base/result.js'
import type { Intent } from '../core/wire/intent.js'
import { parseIntentText } from '../core/wire/intent-parse.js'
import { sha256 } from '../edge/host/identity.js'
import { KEYS, keyNumber } from './store/keys.js'
import {
  heldGeneration,
  type IntentHead,
  type PushOptions,
  type RouterRecord,
} from './store/records.js'
import type { Routers, Update } from './routers.js'
import type { Store, Write } from './store/store.js'

export interface IntentDesk {
  /** Checks and keeps an intent; the same one again is fine, an older one is stale. */
  readonly keep: (id: string, intent: Intent, options: PushOptions) => Promise<Result<IntentHead>>
}

/** Reads an intent that is meant for this router. */
export function parseIntentFor(id: string, text: string): Result<Intent> {
  const parsed = parseIntentText(text)
  if (!parsed.ok || parsed.value.router.id === id) return parsed
  const detail = `is for ${parsed.value.router.id}, the address says ${id}`
  return refused(fault('INTENT_WRONG_ROUTER', 'router.id', detail))
}

export function createIntentDesk(options: {
  readonly store: Store
  readonly routers: Routers
  readonly wall: () => Date
  /** Intents kept for each router. */
  readonly kept: number
}): IntentDesk {
  return {
    async keep(id, intent, push) {
      const { generation } = intent
      // A parsed intent is JSON as it was written: no dates, no undefined.
      const digest = sha256(canonicalJson(intent))
      const at = options.wall().toISOString()
      const kept = await options.routers.update(
        id,
        async (router): Promise<Update<Result<IntentHead>>> => {
          const repeat = router.intent?.generation === generation && router.intent.digest === digest
          if (repeat && router.intent !== null) {
            return { router, answer: ok(router.intent) }
          }
          const newest = newestGeneration(router)
          if (generation <= newest) return { router, answer: refused(stale(generation, newest)) }
          const head: IntentHead = {
            generation,
            digest,
            storedAt: at,
            options: push,
            delivery: { state: 'waiting', at, faults: [] },
          }
          return {
            router: { ...router, intent: head },
            writes: [
              { put: KEYS.intent(id, generation), value: { intent } },
              ...(await beyond(options.store, id, options.kept - 1)),
            ],
            news: [{ router: id, type: 'intent', at, data: { generation, digest } }],
            answer: ok(head),
          }
        },
      )
      return kept.ok ? kept.value : kept
    },
  }
}

/** What runs counts too: a hub that lost its store must not send a router back in time. */
function newestGeneration(router: RouterRecord): number {
  return Math.max(router.intent?.generation ?? 0, heldGeneration(router))
}

function stale(generation: number, newest: number) {
  const detail = `${generation} is not newer than ${newest}`
  return fault('INTENT_STALE', 'generation', detail)
}

/** The oldest go when there are more than this. */
async function beyond(store: Store, id: string, count: number): Promise<Write[]> {
  const keys = await store.keys({ under: KEYS.intents(id) })
  return keys.slice(0, Math.max(0, keys.length - count)).map((remove) => ({ remove }))
}

export interface StoredIntent {
  readonly generation: number
  readonly intent: unknown
}

/** The newest intent, or the one with this generation. */
export async function readStoredIntent(
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
  return { generation: keyNumber(key), intent: (stored as { intent: unknown }).intent }
}
