import { fault, nextAfter, type Fault } from '../../core/base/fault.js'
import { millis } from '../../core/base/time.js'
import { auditReason, type AuditRecord } from '../../core/wire/audit.js'
import type { AgentParams, IntentRef } from '../../core/wire/messages.js'
import { expiry } from '../../core/wire/push.js'
import type { Log } from '../../edge/host/log.js'
import type { AgentLinks } from '../routers/agents.js'
import type { Routers } from '../routers/routers.js'
import { createSerialQueues } from '../routers/serial-queues.js'
import type { AuditLog } from '../store/audit.js'
import {
  heldGeneration,
  type Delivery,
  type IntentHead,
  type PushOptions,
  type RouterRecord,
} from '../store/records.js'
import type { IntentSecrets } from './intent-secrets.js'
import type { IntentStore } from './intents.js'

/**
 * Which intents are pushed: those whose delivery is `waiting`, or all that the router lacks, those it
 * refused included. An intent that was rolled back or has expired is never pushed again.
 */
export type PushSelection = 'waiting' | 'lacking'

/** Pushes stored intents to their routers. */
export interface IntentPusher {
  /**
   * Pushes the newest intent of a router. Resolves to its delivery; undefined: nothing was pushed. A
   * push that fails is logged.
   */
  readonly push: (id: string, which: PushSelection) => Promise<Delivery | undefined>
  /** Pushes every intent that is still waiting; a timer calls it. */
  readonly retry: () => void
  /** Starts no more pushes; resolves when those under way have ended. */
  readonly stop: () => Promise<void>
}

export interface PusherOptions {
  readonly routers: Routers
  readonly links: AgentLinks
  readonly intents: Pick<IntentStore, 'read'>
  readonly secrets: Pick<IntentSecrets, 'read'>
  readonly audit: Pick<AuditLog, 'additions'>
  readonly log: Log
  readonly wall: () => Date
}

/** Time an agent gets to check and plan a large intent on a small machine. */
export const PUSH_TIMEOUT = millis(60_000)

/** Pushes one intent to a router at a time; a caller that comes meanwhile gets a push of its own after it. */
export function createIntentPusher(options: PusherOptions): IntentPusher {
  const { routers, log } = options
  const queues = createSerialQueues()
  let isStopped = false

  async function push(id: string, which: PushSelection): Promise<Delivery | undefined> {
    try {
      return await queues.run(id, async () =>
        isStopped ? undefined : pushNewest(options, id, which),
      )
    } catch (error) {
      log.error({ event: 'push', router: id, error }, 'an intent could not be pushed')
      return undefined
    }
  }

  return {
    push,
    retry() {
      for (const { id, intent } of routers.all()) {
        if (intent?.delivery.state === 'waiting' && !queues.isBusy(id)) void push(id, 'waiting')
      }
    },
    async stop() {
      isStopped = true
      await queues.idle()
    },
  }
}

async function pushNewest(
  options: PusherOptions,
  id: string,
  which: PushSelection,
): Promise<Delivery | undefined> {
  const { routers, links, log, wall } = options
  const router = routers.get(id)
  const head = router.ok ? pushable(router.value, which) : undefined
  if (!router.ok || head === undefined) return undefined
  const expired = expiry(head.options.validUntil, wall())
  if (expired !== null) return expire(options, id, head, expired)
  const link = links.link(id)
  if (link === undefined) return undefined
  const push = await readPush(options, router.value, head)
  // Meanwhile the token of this connection may have been revoked, and the passwords are for its successor.
  if (push === undefined || links.link(id)?.peer !== link.peer) return undefined
  const answer = await link.peer.call('intent.push', push, { timeout: PUSH_TIMEOUT })
  const at = wall().toISOString()
  const delivery = answer.ok ? accepted(at) : refusal(answer.faults, at)
  log.info(
    { event: 'intent-pushed', router: id, generation: head.generation, ...delivery },
    `intent ${delivery.state}`,
  )
  return recordDelivery(options, id, head, delivery)
}

/** The parameters of the push; undefined where the intent is not stored any more. */
async function readPush(
  { intents, secrets }: PusherOptions,
  router: RouterRecord,
  head: IntentHead,
): Promise<AgentParams<'intent.push'> | undefined> {
  const stored = await intents.read(router.id, head.generation)
  if (stored === undefined) return undefined
  const passwords = await secrets.read(router.id, head.generation)
  return {
    intent: stored.intent,
    ...(Object.keys(passwords).length === 0 ? {} : { secrets: passwords }),
    ...knownOptions(router, head.options),
  }
}

/** An agent that does not list `valid-until` knows no such member; this hub keeps to the time all the same. */
function knownOptions({ agent }: RouterRecord, options: PushOptions): PushOptions {
  const { validUntil, ...others } = options
  const isKnown = agent?.capabilities.includes('valid-until') === true
  return isKnown && validUntil !== undefined ? options : others
}

/** An intent whose time is over is never pushed, whether its router was absent or refused it. */
async function expire(
  options: PusherOptions,
  id: string,
  head: IntentHead,
  why: Fault,
): Promise<Delivery | undefined> {
  // What the router has accepted in time may still be on its way.
  if (head.delivery.state === 'accepted') return undefined
  const delivery: Delivery = { state: 'expired', at: options.wall().toISOString(), faults: [why] }
  options.log.warn(
    { event: 'intent-expired', router: id, generation: head.generation },
    why.message,
  )
  return recordDelivery(options, id, head, delivery)
}

/** The newest intent of a router if the router has not got it and it may be pushed. */
function pushable(router: RouterRecord, which: PushSelection): IntentHead | undefined {
  if (router.intent === null) return undefined
  const { generation, delivery } = router.intent
  const { state } = delivery
  const isOver = state === 'rolled-back' || state === 'expired'
  const isWanted = which === 'waiting' ? state === 'waiting' : !isOver
  return isWanted && generation > heldGeneration(router) ? router.intent : undefined
}

/** Keeps a rollback that was reported meanwhile, and the state of a newer intent that came meanwhile. */
async function recordDelivery(
  { routers, audit }: Pick<PusherOptions, 'routers' | 'audit'>,
  id: string,
  { generation, digest, delivery: before }: IntentHead,
  delivery: Delivery,
): Promise<Delivery | undefined> {
  // An intent that waits is pushed every 30 s; only the first of the same answers is recorded.
  const isNews =
    delivery.state !== before.state || delivery.faults[0]?.code !== before.faults[0]?.code
  const writes = isNews ? audit.additions(deliveryRecord(id, { generation, digest }, delivery)) : []
  const recorded = await routers.update<Delivery | undefined>(id, (router) => {
    const { intent } = router
    if (intent?.generation !== generation) return { router, writes, answer: delivery }
    if (intent.delivery.state === 'rolled-back') return { router, writes, answer: intent.delivery }
    return { router: { ...router, intent: { ...intent, delivery } }, writes, answer: delivery }
  })
  return recorded.ok ? recorded.value : undefined
}

function deliveryRecord(
  id: string,
  intent: IntentRef,
  { state, at, faults }: Delivery,
): AuditRecord {
  return {
    at,
    actor: { kind: 'hub', name: 'demarc-hub' },
    from: 'demarc-hub',
    action: 'intent.push',
    router: id,
    ...intent,
    outcome: state === 'accepted' ? 'done' : 'refused',
    ...auditReason(faults),
  }
}

function accepted(at: string): Delivery {
  return { state: 'accepted', at, faults: [] }
}

/** An intent whose faults may all pass by themselves waits for the next try. */
function refusal(faults: readonly Fault[], at: string): Delivery {
  const all = faults.length > 0 ? [...faults] : [fault('BUG', 'agent', 'refused without a reason')]
  const mayPass = all.every(({ code }) => nextAfter(code) === 'retry')
  return { state: mayPass ? 'waiting' : 'refused', at, faults: all }
}
