import { ok, refused, type Result } from '../../core/base/result.js'
import type * as z from 'zod'
import type { PushResult } from '../../core/wire/messages.js'
import { expiry } from '../../core/wire/push.js'
import type { IntentStore } from '../intents/intents.js'
import type { Profiles } from '../../core/providers/lines.js'
import { PUSH_TIMEOUT, type IntentPusher } from '../intents/pusher.js'
import { parseSubmission, type Submission } from '../intents/submission.js'
import { notConnected, type AgentLinks } from '../routers/agents.js'
import type { Delivery, IntentHead, PushOptions } from '../store/records.js'
import { faultReply } from './reply.js'
import type { AnswerOf, CallOf } from './route.js'

/** The parts of a hub that a push goes through. */
export interface PushContext {
  readonly links: AgentLinks
  readonly intents: IntentStore
  readonly pusher: IntentPusher
  /** The profiles of providers that intents are judged by. */
  readonly profiles: () => Profiles
  readonly wall: () => Date
}

type Answer = AnswerOf<'pushIntent'>

/** `PUT …/intent`: check, store, push; or with `dryRun` only ask the router what it would do. */
export async function pushIntent(
  context: PushContext,
  { router, query, text }: CallOf<'pushIntent'>,
): Promise<Answer> {
  const { id } = router
  const submission = parseSubmission(id, text, context.profiles())
  if (!submission.ok) return faultReply(submission.faults)
  const { dryRun = false, ...rest } = query
  const { probes, validUntil } = submission.value
  const options = withoutUndefined({
    ...rest,
    probes: [...probes],
    validUntil: validUntil ?? undefined,
  })
  const expired = expiry(options.validUntil, context.wall())
  if (expired !== null) return faultReply([expired])
  if (dryRun) {
    const plan = await dryRunPush(context.links, id, submission.value, options)
    return plan.ok ? { status: 200, body: plan.value } : faultReply(plan.faults)
  }
  const stored = await context.intents.add(id, submission.value, options)
  if (!stored.ok) return faultReply(stored.faults)
  const isConnected = context.links.link(id) !== undefined
  const delivery = isConnected ? await context.pusher.push(id, 'lacking') : undefined
  return answerOf(id, stored.value, delivery ?? stored.value.delivery)
}

async function dryRunPush(
  links: AgentLinks,
  id: string,
  { intent, secrets }: Submission,
  options: PushOptions,
): Promise<Result<z.output<typeof PushResult>>> {
  const link = links.link(id)
  if (link === undefined) return refused(notConnected(id))
  const push = { intent, ...(secrets === null ? {} : { secrets }), ...options, dryRun: true }
  const answer = await link.peer.call('intent.push', push, { timeout: PUSH_TIMEOUT })
  return answer.ok ? ok(answer.value) : answer
}

/** 200: the router took it. 202: it waits for the router. Otherwise the router refused it. */
function answerOf(id: string, { generation, digest }: IntentHead, delivery: Delivery): Answer {
  const stored = { router: id, generation, digest, stored: true } as const
  const { state, faults } = delivery
  if (state === 'accepted') return { status: 200, body: { ...stored, delivery: state } }
  if (state === 'waiting') {
    return { status: 202, body: { ...stored, delivery: state, reasons: faults } }
  }
  const refusal = faultReply(faults)
  const body = { ...refusal.body, ...stored, delivery: state }
  return { ...refusal, body }
}

/** `undefined` is no value in the stored options, and no member on the wire. */
function withoutUndefined(options: PushOptions): PushOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as PushOptions
}
