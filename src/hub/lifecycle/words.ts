import * as z from 'zod'
import { fault } from '../../core/base/fault.js'
import { canonicalJson } from '../../core/base/json.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { ChangeName, LifecycleParams } from '../../core/wire/message-fields.js'
import { FaultShape } from '../../core/wire/rpc.js'
import type { Routers } from '../routers/routers.js'
import { KEYS } from '../store/keys.js'
import type { Store, Write } from '../store/store.js'

/** How far a word has come on its way to the router. */
export const WordDelivery = z.object({
  /** `waiting`: said again until the router takes it; `accepted`: it has; `refused`: it does not fit. */
  state: z.enum(['waiting', 'accepted', 'refused']),
  at: z.iso.datetime(),
  faults: z.array(FaultShape),
})

/** A word of the control plane about a connection or an attachment, as the hub keeps it. */
export const SaidWord = LifecycleParams.extend({
  id: ChangeName,
  at: z.iso.datetime(),
  delivery: WordDelivery,
})

export type WordDelivery = z.output<typeof WordDelivery>
export type SaidWord = z.output<typeof SaidWord>

const Stored = z.object({ words: z.array(SaidWord) })

/** Words of one router that wait for it; the next one is refused. */
export const WAITING_MAX = 100
/** Words that are kept once the router has answered; the oldest go. */
export const ANSWERED_KEPT = 100

/** The words of all routers. Each is on the disk before it is said. */
export interface LifecycleWords {
  /** Stores a word. The same word under the same id again changes nothing. */
  readonly add: (router: string, said: SaidWord) => Promise<Result<SaidWord>>
  /** All words of a router, the oldest first. */
  readonly read: (router: string) => Promise<readonly SaidWord[]>
  /** Stores what became of a word. */
  readonly settle: (
    router: string,
    id: string,
    settled: { readonly delivery: WordDelivery; readonly writes: readonly Write[] },
  ) => Promise<void>
  /** The routers that have words waiting. */
  readonly waiting: () => readonly string[]
}

/** Reads which routers have words waiting. A document that cannot be read is left out, and its next word replaces it. */
export async function openLifecycleWords(
  store: Store,
  routers: Pick<Routers, 'update'>,
): Promise<LifecycleWords> {
  const waiting = new Set<string>()
  for (const { key, value } of await store.range({ under: KEYS.lifecycles })) {
    if (hasWaiting(wordsIn(value))) waiting.add(key.slice(KEYS.lifecycles.length))
  }
  const read = async (router: string) => wordsIn(await store.get(KEYS.lifecycle(router)))

  /** What to write; called once the update is decided. */
  function replaced(router: string, words: readonly SaidWord[]): Write {
    if (hasWaiting(words)) waiting.add(router)
    else waiting.delete(router)
    return { put: KEYS.lifecycle(router), value: { words: bounded(words) } }
  }

  return {
    read,
    waiting: () => [...waiting],
    async add(router, said) {
      const added = await routers.update<Result<SaidWord>>(router, async (record) => {
        const words = await read(router)
        const known = words.find(({ id }) => id === said.id)
        if (known !== undefined) return { router: record, answer: repeated(known, said) }
        if (words.filter(isWaiting).length >= WAITING_MAX) {
          return { router: record, answer: refused(tooMany(router)) }
        }
        return {
          router: record,
          writes: [replaced(router, [...words, said])],
          answer: ok(said),
        }
      })
      return added.ok ? added.value : added
    },
    async settle(router, id, { delivery, writes }) {
      await routers.update(router, async (record) => {
        const words = await read(router)
        const next = words.map((word) => (word.id === id ? { ...word, delivery } : word))
        return { router: record, writes: [replaced(router, next), ...writes], answer: null }
      })
    },
  }
}

export function isWaiting({ delivery }: SaidWord): boolean {
  return delivery.state === 'waiting'
}

function hasWaiting(words: readonly SaidWord[]): boolean {
  return words.some(isWaiting)
}

function wordsIn(value: unknown): readonly SaidWord[] {
  const stored = Stored.safeParse(value)
  return stored.success ? stored.data.words : []
}

function bounded(words: readonly SaidWord[]): readonly SaidWord[] {
  const surplus = words.filter((word) => !isWaiting(word)).slice(0, -ANSWERED_KEPT)
  return words.filter((word) => !surplus.includes(word))
}

function repeated(known: SaidWord, said: SaidWord): Result<SaidWord> {
  const of = ({ kind, name, word, reason }: SaidWord): string =>
    canonicalJson({ kind, name, word, reason })
  if (of(known) === of(said)) return ok(known)
  const message = `${known.word} of ${known.kind} ${known.name} has this id already; choose another one`
  return refused(fault('LIFECYCLE_STATE', 'body.id', message))
}

function tooMany(router: string) {
  const message = `${WAITING_MAX} words wait for this router, and it takes no more until it has answered them`
  return fault('PEER_LIMIT', router, message)
}
