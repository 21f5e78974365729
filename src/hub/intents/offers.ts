import { FAULTS, fault, type Fault } from '../../core/base/fault.js'
import { millis } from '../../core/base/time.js'
import type { Log } from '../../edge/host/log.js'
import type { Agents } from '../routers/agents.js'
import { readStoredIntent, type IntentStore } from './intents.js'
import {
  heldGeneration,
  type Delivery,
  type IntentHead,
  type RouterRecord,
} from '../store/records.js'
import type { Routers } from '../routers/routers.js'
import type { Store } from '../store/store.js'
import { createTurns } from '../routers/turns.js'

/** Brings stored intents to their routers, whenever these can be reached and will have them. */
export interface Offers {
  /**
   * Offers the newest intent where it still `waits`, or wherever the router `lacks` it, refusals
   * included; resolves to what became of it.
   */
  readonly offer: (id: string, where: 'waits' | 'lacks') => Promise<Delivery | undefined>
  /** Offers again what still waits; for a timer. */
  readonly retry: () => void
  /** No more offers; resolves when those under way have ended. */
  readonly stop: () => Promise<void>
}

export interface OffersOptions {
  readonly store: Store
  readonly routers: Routers
  readonly agents: Agents
  readonly log: Log
  readonly wall: () => Date
  /** The passwords kept with an intent. */
  readonly secrets: IntentStore['secrets']
}

/** Milliseconds for an agent to check and plan a large intent on a small machine. */
export const PUSH_TIMEOUT = 60_000

/** Nothing is offered before it is asked for. A failed offer is logged and gives undefined. */
export function createOffers(options: OffersOptions): Offers {
  const { routers, agents, log } = options
  const turns = createTurns()
  let stopped = false

  async function attempt(id: string, where: 'waits' | 'lacks'): Promise<Delivery | undefined> {
    const head = lacking(routers.get(id), where)
    const link = agents.link(id)
    if (stopped || head === undefined || link === undefined) return undefined
    const stored = await readStoredIntent(options.store, id, head.generation)
    if (stored === undefined) return undefined
    const secrets = await options.secrets(id, head.generation)
    const push = {
      intent: stored.intent,
      ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
      ...head.options,
    }
    const answer = await link.peer.call('intent.push', push, { timeout: millis(PUSH_TIMEOUT) })
    const at = options.wall().toISOString()
    const delivery = answer.ok ? accepted(at) : turnedDown(answer.faults, at)
    log.info(
      { event: 'intent-offered', router: id, generation: head.generation, ...delivery },
      `intent ${delivery.state}`,
    )
    return note(id, head.generation, delivery)
  }

  /** Progress may have said more meanwhile, and a newer intent may have come: those stand. */
  async function note(
    id: string,
    generation: number,
    delivery: Delivery,
  ): Promise<Delivery | undefined> {
    const noted = await routers.update<Delivery | undefined>(id, (router) => {
      const { intent } = router
      if (intent?.generation !== generation) return { router, answer: delivery }
      if (intent.delivery.state === 'rolled-back') return { router, answer: intent.delivery }
      return { router: { ...router, intent: { ...intent, delivery } }, answer: delivery }
    })
    return noted.ok ? noted.value : undefined
  }

  /** Who asks while one is under way gets its own after that one. */
  async function offer(id: string, where: 'waits' | 'lacks'): Promise<Delivery | undefined> {
    try {
      return await turns.inTurn(id, async () => attempt(id, where))
    } catch (error) {
      log.error({ event: 'offer', router: id, error }, 'an intent could not be offered')
      return undefined
    }
  }

  return {
    offer,
    retry() {
      for (const { id, intent } of routers.all()) {
        if (intent?.delivery.state === 'waiting' && !turns.isBusy(id)) void offer(id, 'waits')
      }
    },
    async stop() {
      stopped = true
      await turns.idle()
    },
  }
}

/** The newest intent if the router lacks it and has not turned it down for good. */
function lacking(
  router: RouterRecord | undefined,
  where: 'waits' | 'lacks',
): IntentHead | undefined {
  if (router === undefined || router.intent === null) return undefined
  const { generation, delivery } = router.intent
  const { state } = delivery
  const wanted = where === 'waits' ? state === 'waiting' : state !== 'rolled-back'
  return wanted && generation > heldGeneration(router) ? router.intent : undefined
}

function accepted(at: string): Delivery {
  return { state: 'accepted', at, faults: [] }
}

/** What may pass by itself is offered again; the rest waits for the router to come back or for a newer intent. */
function turnedDown(faults: readonly Fault[], at: string): Delivery {
  const all = faults.length > 0 ? [...faults] : [fault('BUG', 'agent', 'refused without a reason')]
  const passing = all.every((one) => FAULTS[one.code].next === 'retry')
  return { state: passing ? 'waiting' : 'refused', at, faults: all }
}
