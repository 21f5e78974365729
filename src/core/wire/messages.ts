import * as z from 'zod'
import type { Json } from '../base/json.js'
import { AuditParams, AuditResult } from './audit.js'
import { DoctorParams, DoctorResult } from './doctor.js'
import { EventRecord, EventsReport, HealthReading, HealthReport } from './health-reading.js'
import { IntentReading } from './intent.js'
import { LIMITS } from './limits.js'
import {
  ChangeName,
  count,
  Digest,
  bool,
  Generation,
  instant,
  LifecycleParams,
  LifecycleResult,
  NeighborPlace,
  OPTICS_METHODS,
  list,
  openWord,
  ReportedImpact,
  RouterId,
  text,
} from './message-fields.js'
import { PushParams } from './push.js'
import { FaultShape } from './rpc.js'
import { upgradeChangeRecord } from './older/upgrade.js'

export const IntentRef = z
  .object({ generation: Generation, digest: Digest })
  .describe('An intent by its generation and its digest.')
const running = IntentRef.nullable().describe('The intent in force; null: none.')
const lastGood = IntentRef.nullable().describe(
  'The intent that was confirmed last, and to which a rollback leads; null: none.',
)

const PlanStep = z
  .object({
    description: text(2048, 'What the step does.'),
    impact: ReportedImpact,
  })
  .describe('One step of a plan.')

const PlanEffect = z
  .object({
    subject: text(256, 'The subject whose traffic is affected.'),
    impact: ReportedImpact,
    why: text(1024, 'The reason, in one sentence.'),
  })
  .describe('What a plan does to one subject.')

/** A plan in words: what will be done, and what that does to traffic. */
export const PlanSummary = z
  .object({
    impact: ReportedImpact,
    steps: list(PlanStep, LIMITS.planLines, 'The first steps, in their order.'),
    effects: list(PlanEffect, LIMITS.planLines, 'The first effects on traffic.'),
    stepCount: count('Number of all steps; more than `steps` has where the plan is long.'),
    effectCount: count('Number of all effects; more than `effects` has where the plan is long.'),
  })
  .describe('A plan in words: what will be done, and what that does to traffic.')

/** The phases of one change, in order; the last three end it, `stuck` until somebody repairs it. */
export const PHASES = [
  'planned',
  'applying',
  'provisional',
  'rolling-back',
  'confirmed',
  'rolled-back',
  'stuck',
] as const

const Phase = openWord(PHASES, 'Phase of the change.')

const PhaseRecord = z
  .object({ phase: Phase, at: instant('When the change reached the phase') })
  .describe('One phase that a change went through.')

/** Phases that one message lists; a stuck change is rolled back again and again. */
export const PHASES_LISTED = 16

const Faults = list(FaultShape, LIMITS.faultsPerAnswer, 'What is wrong.')

export const ChangeProgress = z
  .object({
    change: ChangeName,
    generation: Generation,
    digest: Digest,
    phase: Phase,
    at: instant('When the change reached the phase'),
    plan: PlanSummary.describe('With `planned`: what will be done.').optional(),
    until: instant(
      'With `provisional`: when the change is rolled back unless it is confirmed before',
    ).optional(),
    confirmation: openWord(
      ['automatic', 'required'],
      'With `provisional`: `automatic` confirms itself once everything that worked before the change works again; `required` waits for `change.confirm`.',
    ).optional(),
    pendingWitnesses: list(
      z.string().max(256),
      LIMITS.faultsPerAnswer,
      'With `provisional`, in answers only: the witnesses that are not healthy again yet; empty: all are.',
    ).optional(),
    restored: bool(
      'With a second `rolled-back`: every witness that was healthy before the change is healthy again. `faults` names those that are not.',
    ).optional(),
    phases: list(
      PhaseRecord,
      PHASES_LISTED,
      'With `confirmed`, `rolled-back` and `stuck`: the phases that the change went through, the newest last.',
    ).optional(),
    faults: Faults.describe('With `rolling-back`, `rolled-back` and `stuck`: why.').optional(),
  })
  .describe('A change at one phase.')

const Platform = z.object({
  os: text(128, 'Operating system, such as "Debian 12".'),
  kernel: text(128, 'Release of the kernel.'),
  node: text(64, 'Version of Node.js.'),
  frr: z.string().max(64).nullable().describe('Version of FRR; null: it does not answer.'),
})

/** The first message of a connection: who the router is and what it runs. */
export const HelloParams = z
  .object({
    router: RouterId,
    agentVersion: text(64, 'Version of the agent.'),
    protocols: z
      .array(z.int().min(1))
      .min(1)
      .max(16)
      .describe('Versions of this protocol that the agent speaks.'),
    bootId: text(64, 'A random id of the boot of the host (/proc/sys/kernel/random/boot_id).'),
    platform: Platform.describe('What the agent runs on.'),
    running,
    lastGood,
    capabilities: list(
      z.string().max(64),
      64,
      'What the agent can do beyond the methods, such as `probes`.',
    ),
    lastSequence: count('Number of the newest report of this agent; 0 before the first.'),
  })
  .describe('Who the router is and what it runs.')

const HelloResult = z
  .object({
    hub: text(64, 'Name of the hub.'),
    hubVersion: text(64, 'Version of the hub.'),
    protocol: z.int().min(1).describe('The version of this protocol that the hub has chosen.'),
    acknowledged: count(
      'Number of the newest report that this hub has stored of the router; 0: none.',
    ),
  })
  .describe('Who the hub is and what it has of the router.')

const Acknowledged = z
  .object({
    acknowledged: count('The hub has stored all reports up to this number.'),
  })
  .describe('The answer to a report.')

export const PushResult = z
  .object({
    change: ChangeName,
    generation: Generation,
    digest: Digest,
    plan: PlanSummary.describe(
      'The plan of a dry run; an accepted push reports its plan through `change.progress`.',
    ).optional(),
  })
  .describe('The intent is accepted, or its plan is possible.')

const ChangeParams = z.object({ change: ChangeName }).describe('The change that is meant.')
export const Empty = z.object({}).describe('Nothing.')

const HubStatus = z.object({
  url: z.string().nullable().describe('URL of the hub; null: no hub is configured.'),
  connected: bool('The agent is connected to the hub.'),
  since: instant('Since when `connected` is what it is')
    .nullable()
    .describe('Since when `connected` is what it is, RFC 3339; null: since the start.'),
  lastError: z.string().nullable().describe('Why the last connection failed; null: none did.'),
  unacknowledged: count('Reports that the hub has not acknowledged yet.'),
})

export const ROUTER_STATES = [
  'no-intent',
  'in-sync',
  'applying',
  'provisional',
  'rolling-back',
  'stuck',
  'drifted',
  'failed',
] as const

/** The router at a glance. */
export const Status = z
  .object({
    router: RouterId,
    agentVersion: z.string().describe('Version of the agent.'),
    at: instant('When the answer was made'),
    startedAt: instant('When the agent started'),
    state: openWord(
      ROUTER_STATES,
      '`in-sync`: the router is as the intent wants it; the others name what is under way or wrong.',
    ),
    running,
    lastGood,
    hub: HubStatus.describe('The connection to the hub.'),
    change: ChangeProgress.nullable().describe('The newest change; null: none yet.'),
    faults: z.array(FaultShape).describe('What keeps the router from being in sync.'),
    health: HealthReading,
  })
  .describe('The router at a glance.')

const ReleaseResult = z
  .object({
    steps: list(
      z.string().max(2048),
      LIMITS.planLines,
      'The first steps that were done, in words.',
    ),
    stepCount: count('Number of all steps that were done.'),
  })
  .describe('What the release did.')

const NotExported = z
  .object({
    at: text(256, 'The place on the router.'),
    why: text(1024, 'Why the intent does not have it, or what needs attention.'),
  })
  .describe('One thing on the router that the intent does not have, or that needs attention.')

const ExportResult = z
  .object({
    intent: IntentReading,
    notExported: list(NotExported, LIMITS.planLines, 'The first things that were left out.'),
    notExportedCount: count('Number of all things that were left out.'),
  })
  .describe('The router as an intent.')

const HistoryResult = z
  .object({ changes: z.array(ChangeProgress).describe('The changes, the newest last.') })
  .describe('How the changes of the router ended.')

const EventsResult = z
  .object({ events: z.array(EventRecord).describe('The events, the newest last.') })
  .describe('The newest events.')

const Now = z.object({ at: instant('Time of the side that answers') }).describe('A heartbeat.')

const RepairParams = z
  .object({
    accept: bool('Accept the router as it is; otherwise roll back once more.').default(false),
  })
  .describe('How a stuck change is to end.')

const RepairResult = z
  .object({
    change: ChangeName.nullable().describe('The change that was stuck; null: none was.'),
    phase: Phase.nullable().describe('Its phase now; null: no change was stuck.'),
  })
  .describe('What became of the stuck change.')

const EventsParams = z
  .object({
    limit: z.int().min(1).max(1000).describe('The most events to return.').default(100),
  })
  .describe('How many events are wanted.')

const PreviousParams = z
  .object({
    generation: Generation.describe('The generation; absent: the newest one before.').optional(),
  })
  .describe('The intent that is wanted.')

const PreviousResult = z
  .object({
    intent: IntentReading,
    nextGeneration: Generation.describe('The least generation that makes it a new intent.'),
  })
  .describe('An intent that was in force before.')

const IntentResult = z
  .object({ intent: IntentReading.nullable().describe('The intent in force; null: none.') })
  .describe('The intent that is in force.')

const method = <P extends z.ZodType, R extends z.ZodType>(params: P, result: R) => ({
  params,
  result,
})

/** Reads what demarc 0.1.0 writes about a change as well; its words become the present ones. */
function fromOlder<S extends z.ZodType>(schema: S): z.ZodType<z.output<S>, z.input<S>> {
  const either = z.preprocess((value) => upgradeChangeRecord(value as Json), schema)
  return either as z.ZodType<z.output<S>, z.input<S>>
}

/** The methods of a hub. */
export const HUB_METHODS = {
  hello: method(HelloParams, HelloResult),
  'change.progress': method(fromOlder(ChangeProgress), Empty),
  'report.health': method(HealthReport, Acknowledged),
  'report.events': method(EventsReport, Acknowledged),
  ping: method(Empty, Now),
} as const

/** The methods of an agent, for its hub and for the local command. */
export const AGENT_METHODS = {
  'intent.push': method(PushParams, fromOlder(PushResult)),
  'change.confirm': method(ChangeParams, Empty),
  'change.cancel': method(ChangeParams, Empty),
  /** Ends `stuck`: rolls back once more, or accepts the router as it is. */
  'change.repair': method(RepairParams, RepairResult),
  /** Ends the session with one neighbour and starts it again. Only at the local socket. */
  'neighbor.clear': method(NeighborPlace, NeighborPlace),
  /** Removes demarc's marks from the router, changes nothing else and forgets the intent. */
  'router.release': method(Empty, ReleaseResult),
  /** Makes an intent of what the router has today; changes nothing. */
  'router.export': method(Empty, ExportResult),
  /** Says what the router cannot see: that the LOA was sent, or that an owner has accepted. */
  'lifecycle.notify': method(LifecycleParams, LifecycleResult),
  /** Walks the ladder of one attachment: looks, and measures with packets of its own. Changes nothing. */
  doctor: method(DoctorParams, DoctorResult),
  ...OPTICS_METHODS,
  'show.status': method(Empty, Status),
  'show.history': method(Empty, HistoryResult),
  'show.events': method(EventsParams, EventsResult),
  'show.audit': method(AuditParams, AuditResult),
  /** An intent that was in force before, and the least generation that makes it a new one. */
  'intent.previous': method(PreviousParams, PreviousResult),
  'show.intent': method(Empty, IntentResult),
  /** From now on this connection gets the notifications of {@link WATCH_METHODS}. */
  watch: method(Empty, Empty),
  ping: method(Empty, Now),
} as const

/** Notifications that a local client gets after `watch`: what the hub gets, as it happens. */
export const WATCH_METHODS = ['change.progress', 'report.health', 'report.events'] as const

export type AgentMethod = keyof typeof AGENT_METHODS
export type AgentParams<M extends AgentMethod> = z.input<(typeof AGENT_METHODS)[M]['params']>
export type AgentResult<M extends AgentMethod> = z.output<(typeof AGENT_METHODS)[M]['result']>

export type IntentRef = z.output<typeof IntentRef>
export type PlanSummary = z.output<typeof PlanSummary>
export type ChangeProgress = z.output<typeof ChangeProgress>
export type Status = z.output<typeof Status>
export type HelloParams = z.output<typeof HelloParams>
export type HelloResult = z.output<typeof HelloResult>
