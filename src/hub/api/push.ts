import { ok, type Result } from '../../core/base/result.js'
import { millis } from '../../core/base/time.js'
import type { PushResult } from '../../core/wire/messages.js'
import type * as z from 'zod'
import { notConnected, type Agents } from '../routers/agents.js'
import { faultReply, type ApiCall, type ApiReply } from './http.js'
import type { IntentStore } from '../intents/intents.js'
import { PUSH_TIMEOUT, type Offers } from '../intents/offers.js'
import { parseQuery, PushQuery } from './queries.js'
import { parseSubmission, type Submission } from '../intents/submission.js'
import type { Delivery, IntentHead, PushOptions } from '../store/records.js'

/** The parts of a hub that a push goes through. */
export interface PushContext {
  readonly agents: Agents
  readonly intents: IntentStore
  readonly offers: Offers
}

/** `PUT …/intent`: check, keep, offer; or with `dryRun` only ask the router what it would do. */
export async function pushIntent(desk: PushContext, id: string, call: ApiCall): Promise<ApiReply> {
  const query = parseQuery(PushQuery, call.query)
  if (!query.ok) return faultReply(query.faults)
  const text = await call.body()
  const submission = text.ok ? parseSubmission(id, text.value) : text
  if (!submission.ok) return faultReply(submission.faults)
  const { dryRun = false, ...rest } = query.value
  const options = withoutHoles({ ...rest, probes: [...submission.value.probes] })
  if (dryRun) {
    const plan = await planned(desk, id, { ...pushOf(submission.value), ...options })
    return plan.ok ? { status: 200, body: plan.value } : faultReply(plan.faults)
  }
  const kept = await desk.intents.keep(id, submission.value, options)
  if (!kept.ok) return faultReply(kept.faults)
  const connected = desk.agents.link(id) !== undefined
  const delivery =
    (connected ? await desk.offers.offer(id, 'lacks') : undefined) ?? kept.value.delivery
  return answer(id, kept.value, delivery)
}

function pushOf({ intent, secrets }: Submission) {
  return { intent, ...(secrets === null ? {} : { secrets }) }
}

async function planned(
  { agents }: PushContext,
  id: string,
  push: PushOptions & ReturnType<typeof pushOf>,
): Promise<Result<z.output<typeof PushResult>>> {
  const link = agents.link(id)
  if (link === undefined) return { ok: false, faults: [notConnected(id)] }
  const answered = await link.peer.call(
    'intent.push',
    { ...push, dryRun: true },
    { timeout: millis(PUSH_TIMEOUT) },
  )
  return answered.ok ? ok(answered.value) : answered
}

/** 200: the router took it. 202: kept, the router gets it as soon as it can. 4xx: the router said no. */
function answer(id: string, head: IntentHead, delivery: Delivery): ApiReply {
  const { generation, digest } = head
  const body = { router: id, generation, digest, stored: true, delivery: delivery.state }
  const { faults } = delivery
  if (delivery.state === 'accepted') return { status: 200, body }
  if (delivery.state === 'waiting') return { status: 202, body: { ...body, reasons: faults } }
  const no = faultReply(faults)
  return { ...no, body: { ...no.body, ...body } }
}

/** `undefined` is not a value in the stored options, and no key on the wire. */
function withoutHoles(options: PushOptions): PushOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as PushOptions
}
