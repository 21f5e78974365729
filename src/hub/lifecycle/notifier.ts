import { fault, nextAfter, type Fault } from '../../core/base/fault.js'
import { millis } from '../../core/base/time.js'
import { auditReason, type AuditRecord } from '../../core/wire/audit.js'
import { cutText } from '../../core/wire/limits.js'
import type { Log } from '../../edge/host/log.js'
import { notConnected, type AgentLinks } from '../routers/agents.js'
import type { Routers } from '../routers/routers.js'
import { createSerialQueues } from '../routers/serial-queues.js'
import type { AuditLog } from '../store/audit.js'
import { isWaiting, type LifecycleWords, type SaidWord, type WordDelivery } from './words.js'

/** Says the words that wait to their routers, in their order. */
export interface LifecycleNotifier {
  /** Says what waits for a router. An error is logged. */
  readonly notify: (id: string) => Promise<void>
  /** Says what waits for any router; a timer calls it. */
  readonly retry: () => void
  /** Begins no more; resolves when what is under way has ended. */
  readonly stop: () => Promise<void>
}

export interface NotifierOptions {
  readonly words: LifecycleWords
  readonly routers: Routers
  readonly links: Pick<AgentLinks, 'link'>
  readonly audit: Pick<AuditLog, 'additions'>
  readonly log: Log
  readonly wall: () => Date
}

/** The agent writes to its disk before it answers. */
const NOTIFY_TIMEOUT = millis(60_000)

/** What an agent that knows lifecycles lists in its hello. */
const CAPABILITY = 'lifecycle'

export function createLifecycleNotifier(options: NotifierOptions): LifecycleNotifier {
  const { words, log } = options
  const queues = createSerialQueues()
  let isStopped = false

  async function notify(id: string): Promise<void> {
    try {
      await queues.run(id, async () => {
        for (const word of (await words.read(id)).filter(isWaiting)) {
          if (isStopped || !(await say(options, id, word))) return
        }
      })
    } catch (error) {
      log.error({ event: 'lifecycle', router: id, error }, 'a word could not be said')
    }
  }

  return {
    notify,
    retry() {
      for (const id of words.waiting()) if (!queues.isBusy(id)) void notify(id)
    },
    async stop() {
      isStopped = true
      await queues.idle()
    },
  }
}

/** Whether the next word may be said: this one is accepted, or refused for good. */
async function say(options: NotifierOptions, id: string, said: SaidWord): Promise<boolean> {
  const { words, audit, log, wall } = options
  const faults = await answerOf(options, id, said)
  const delivery = deliveryOf(faults, wall().toISOString())
  const { state } = delivery
  const isNews = state !== 'waiting' || said.delivery.faults[0]?.code !== faults[0]?.code
  if (!isNews) return false
  log.info({ event: 'lifecycle-notified', router: id, word: said.id, ...delivery }, `word ${state}`)
  const writes = state === 'waiting' ? [] : audit.additions(recordOf(id, said, delivery))
  await words.settle(id, said.id, { delivery, writes })
  return state !== 'waiting'
}

/** The faults of the agent's answer, or of the way to it; none: it has taken the word. */
async function answerOf(
  { routers, links }: NotifierOptions,
  id: string,
  said: SaidWord,
): Promise<readonly Fault[]> {
  const router = routers.get(id)
  const link = links.link(id)
  if (!router.ok) return router.faults
  if (link === undefined) return [notConnected(id)]
  // The word may be about what that intent brings.
  if (router.value.intent?.delivery.state === 'waiting') {
    return [fault('CHANGE_BUSY', id, 'an intent waits for the router, and goes first')]
  }
  if (router.value.agent?.capabilities.includes(CAPABILITY) !== true) return [tooOld(id)]
  const { at: _, delivery: __, ...params } = said
  const answer = await link.peer.call('lifecycle.notify', params, { timeout: NOTIFY_TIMEOUT })
  return answer.ok ? [] : answer.faults
}

function tooOld(id: string): Fault {
  const message =
    'the agent of this router does not know lifecycles; the word waits until demarc is upgraded there'
  return fault('METHOD_UNKNOWN', id, message)
}

/** Faults that pass by themselves, or with an upgrade or with room on the disk of the router. */
function mayPass({ code }: Fault): boolean {
  return nextAfter(code) === 'retry' || code === 'METHOD_UNKNOWN' || code === 'STATE_UNWRITABLE'
}

function deliveryOf(faults: readonly Fault[], at: string): WordDelivery {
  const state = faults.length === 0 ? 'accepted' : faults.every(mayPass) ? 'waiting' : 'refused'
  return { state, at, faults: [...faults] }
}

/** Characters of the action of a record. */
const ACTION = 128

function recordOf(
  router: string,
  { kind, name, word }: SaidWord,
  { state, at, faults }: WordDelivery,
): AuditRecord {
  return {
    at,
    actor: { kind: 'hub', name: 'demarc-hub' },
    from: 'demarc-hub',
    action: cutText(`lifecycle.notify ${word} ${kind}/${name}`, ACTION),
    router,
    outcome: state === 'accepted' ? 'done' : 'refused',
    ...auditReason(faults),
  }
}
