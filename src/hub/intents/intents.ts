import * as z from 'zod'
import { canonicalJson } from '../../core/base/json.js'
import { fault, FaultError } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { changedSecrets, secretsFor } from '../../core/intent/secret-names.js'
import { PushedSecrets } from '../../core/wire/pushed-secrets.js'
import { sha256 } from '../../edge/host/facts/identity.js'
import type { Vault } from '../../edge/host/secrets/vault.js'
import { KEYS, keyNumber } from '../store/keys.js'
import {
  heldGeneration,
  type IntentHead,
  type PushOptions,
  type RouterRecord,
} from '../store/records.js'
import type { Routers, Update } from '../routers/routers.js'
import type { Store, Write } from '../store/store.js'
import type { Submission } from './submission.js'

export interface IntentStore {
  /** Checks and keeps an intent; the same one again is fine, an older one is stale. */
  readonly keep: (
    id: string,
    submission: Submission,
    options: PushOptions,
  ) => Promise<Result<IntentHead>>
  /** The passwords kept with an intent, for the push to its router and nobody else. */
  readonly secrets: (id: string, generation: number) => Promise<PushedSecrets>
}

/** Keeps the newest `kept` intents of each router with their passwords, which it seals. */
export function createIntentStore(options: {
  readonly store: Store
  readonly routers: Routers
  readonly wall: () => Date
  /** Seals passwords before they are kept. */
  readonly vault: Pick<Vault, 'seal' | 'unseal'>
  /** Intents kept for each router. */
  readonly kept: number
}): IntentStore {
  const { store, vault } = options

  async function secrets(id: string, generation: number): Promise<PushedSecrets> {
    const stored = StoredSecrets.parse((await store.get(KEYS.intent(id, generation))) ?? {})
    if (stored.secrets === undefined) return {}
    const text = vault.unseal('pushed secrets', stored.secrets)
    if (!text.ok) {
      const why = 'the kept passwords cannot be opened any more: send them again with an intent'
      throw new FaultError(fault('STATE_DAMAGED', `${id} generation ${generation}`, why))
    }
    return PushedSecrets.parse(JSON.parse(text.value))
  }

  /** With the passwords that came with it, or else those of the intent before it. */
  async function sealed(id: string, { intent, secrets: given }: Submission, before: number | null) {
    const earlier = given === null && before !== null ? await secrets(id, before) : {}
    const needed = secretsFor(intent, given ?? {}, earlier)
    return Object.keys(needed).length === 0
      ? { intent }
      : { intent, secrets: vault.seal('pushed secrets', JSON.stringify(needed)) }
  }

  return {
    secrets,
    async keep(id, submission, push) {
      const { intent } = submission
      const { generation } = intent
      // A parsed intent is JSON as it was written: no dates, no undefined.
      const digest = sha256(canonicalJson(intent))
      const at = options.wall().toISOString()
      const kept = await options.routers.update(
        id,
        async (router): Promise<Update<Result<IntentHead>>> => {
          const repeat = router.intent?.generation === generation && router.intent.digest === digest
          if (repeat && router.intent !== null) {
            const given = submission.secrets
            const changed =
              given === null ? [] : changedSecrets(given, await secrets(id, generation))
            const answer = changed.length > 0 ? refused(...changed) : ok(router.intent)
            return { router, answer }
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
              {
                put: KEYS.intent(id, generation),
                value: await sealed(id, submission, router.intent?.generation ?? null),
              },
              ...(await beyond(store, id, options.kept - 1)),
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

const StoredSecrets = z.object({ secrets: z.string().optional() })

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
