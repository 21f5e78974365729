import * as z from 'zod'
import { SEVERITIES, SUBJECT_KINDS } from '../model/health.js'
import { IMPACTS } from '../model/plan.js'
import { HealthPatch, HealthReading } from './health-reading.js'
import { intentSchema } from './intent.js'
import { LIMITS } from './limits.js'
import { Probe } from './probe.js'
import { PushedSecrets } from './pushed-secrets.js'
import { FaultShape } from './rpc.js'

const Instant = z.iso.datetime()
const Generation = z.int().min(1)
const Digest = z.string().regex(/^[0-9a-f]{64}$/)
const Sequence = z.int().min(1)
/** The name of a change: one plain word, chosen by the client that pushes it. */
const ChangeName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
const RouterId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)

export const IntentRef = z.strictObject({ generation: Generation, digest: Digest })

const SeverityName = z.enum(SEVERITIES)
export const ImpactLevel = z.enum(IMPACTS)

export const EventRecord = z.strictObject({
  at: Instant,
  kind: z.enum(SUBJECT_KINDS),
  name: z.string().max(128),
  code: z.string().max(64),
  severity: SeverityName,
  message: z.string().max(1024),
})

/** A plan in words: what will be done, and what that does to whom. */
export const PlanSummary = z.strictObject({
  impact: ImpactLevel,
  steps: z
    .array(z.strictObject({ description: z.string().max(2048), impact: ImpactLevel }))
    .max(LIMITS.planLines),
  effects: z
    .array(
      z.strictObject({
        subject: z.string().max(256),
        impact: ImpactLevel,
        why: z.string().max(1024),
      }),
    )
    .max(LIMITS.planLines),
  /** Steps in all; more than `steps` lists when the plan is longer than the limit. */
  stepCount: z.int().min(0),
  effectCount: z.int().min(0),
})

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

/** When a change came to a phase. */
const PhaseRecord = z.strictObject({ phase: z.enum(PHASES), at: Instant })

/** Phases that one message lists; a stuck change is rolled back again and again. */
export const PHASES_LISTED = 16

export const ChangeProgress = z.strictObject({
  change: ChangeName,
  generation: Generation,
  digest: Digest,
  phase: z.enum(PHASES),
  at: Instant,
  /** With `planned`. */
  plan: PlanSummary.optional(),
  /** With `provisional`: the change is rolled back at this time unless it is confirmed. */
  until: Instant.optional(),
  /**
   * With `provisional`: `automatic` confirms itself once everything that worked before the change
   * works again; `required` waits for `change.confirm`.
   */
  confirmation: z.enum(['automatic', 'required']).optional(),
  /** With `provisional`, in answers only: the witnesses that are not healthy again yet; empty: all are. */
  pendingWitnesses: z.array(z.string().max(256)).max(LIMITS.faultsPerAnswer).optional(),
  /**
   * With a second `rolled-back`: whether every witness that was healthy before the change is healthy
   * again. `faults` names those that are not.
   */
  restored: z.boolean().optional(),
  /** With `confirmed`, `rolled-back` and `stuck`: the phases the change went through, the newest last. */
  phases: z.array(PhaseRecord).max(PHASES_LISTED).optional(),
  /** With `rolling-back`, `rolled-back` and `stuck`: why. */
  faults: z.array(FaultShape).max(LIMITS.faultsPerAnswer).optional(),
})

/** The first message of a connection: who the router is and what it runs. */
export const HelloParams = z.strictObject({
  router: RouterId,
  agentVersion: z.string().max(64),
  protocols: z.array(z.int().min(1)).min(1).max(16),
  bootId: z.string().max(64),
  platform: z.strictObject({
    os: z.string().max(128),
    kernel: z.string().max(128),
    node: z.string().max(64),
    frr: z.string().max(64).nullable(),
  }),
  running: IntentRef.nullable(),
  lastGood: IntentRef.nullable(),
  capabilities: z.array(z.string().max(64)).max(64),
  /** Number of the newest report of this agent; 0 before the first. */
  lastSequence: z.int().min(0),
})

const HelloResult = z.strictObject({
  hub: z.string().max(64),
  hubVersion: z.string().max(64),
  protocol: z.int().min(1),
  /** Number of the newest report that this hub has stored of the router; 0: none. */
  acknowledged: z.int().min(0),
})

const Acknowledged = z.strictObject({ acknowledged: z.int().min(0) })

/** The whole health document, or what changed since the one that the hub acknowledged last. */
export const HealthReport = z.discriminatedUnion('kind', [
  z.strictObject({
    sequence: Sequence,
    at: Instant,
    kind: z.literal('full'),
    health: HealthReading,
  }),
  z.strictObject({
    sequence: Sequence,
    at: Instant,
    kind: z.literal('difference'),
    health: HealthPatch,
  }),
])

export const EventsReport = z.strictObject({
  sequence: Sequence,
  events: z.array(EventRecord).min(1).max(LIMITS.eventsPerReport),
  /** Events that were dropped since the last report because the queue was full; normally 0. */
  dropped: z.int().min(0).default(0),
})

/** Questions that must be answered well after the change. */
export const Probes = z.array(Probe).max(LIMITS.probesPerPush)

export const PushParams = z.strictObject({
  /** Checked by the intent schema, so that its faults carry its own paths. */
  intent: z.unknown(),
  /** Passwords that the intent names and the router does not have of its own; never given back. */
  secrets: PushedSecrets.optional(),
  change: ChangeName.optional(),
  /**
   * Seconds until the change is rolled back unless it is confirmed. Without it the change confirms itself
   * once it is read back and every witness that was healthy before is healthy again.
   */
  confirmWithin: z.int().min(1).max(86_400).optional(),
  maxImpact: ImpactLevel.optional(),
  /** Witnesses of the change beside sessions, bundles and the hub. */
  probes: Probes.default([]),
  /** Take over what is on the router and matches the intent; `maxImpact` is then `soft` unless given. */
  adopt: z.boolean().default(false),
  /** Check and plan only. */
  dryRun: z.boolean().default(false),
})

export const PushResult = z.strictObject({
  change: ChangeName,
  generation: Generation,
  digest: Digest,
  /** Always there for a dry run; an accepted push reports its plan through `change.progress`. */
  plan: PlanSummary.optional(),
})

const ChangeParams = z.strictObject({ change: ChangeName })

export const Empty = z.strictObject({})

/** The router at a glance. */
export const Status = z.strictObject({
  router: RouterId,
  agentVersion: z.string(),
  at: Instant,
  startedAt: Instant,
  /** `in-sync`: the router is as the intent wants it; the others name what is under way or wrong. */
  state: z.enum([
    'no-intent',
    'in-sync',
    'applying',
    'provisional',
    'rolling-back',
    'stuck',
    'drifted',
    'failed',
  ]),
  running: IntentRef.nullable(),
  lastGood: IntentRef.nullable(),
  hub: z.strictObject({
    /** null: no hub is configured. */
    url: z.string().nullable(),
    connected: z.boolean(),
    since: Instant.nullable(),
    lastError: z.string().nullable(),
    /** Reports not yet acknowledged. */
    unacknowledged: z.int().min(0),
  }),
  change: ChangeProgress.nullable(),
  faults: z.array(FaultShape),
  /** Empty until the agent has assessed the router for the first time. */
  health: HealthReading,
})

const ReleaseResult = z.strictObject({
  /** In words; only the first ones where there are more than the limit. */
  steps: z.array(z.string().max(2048)).max(LIMITS.planLines),
  stepCount: z.int().min(0),
})

const ExportResult = z.strictObject({
  intent: intentSchema,
  /** What is on the router and not in the intent, or needs attention; only the first ones. */
  notExported: z
    .array(z.strictObject({ at: z.string().max(256), why: z.string().max(1024) }))
    .max(LIMITS.planLines),
  notExportedCount: z.int().min(0),
})

const HistoryResult = z.strictObject({
  changes: z.array(ChangeProgress),
})

const EventsResult = z.strictObject({ events: z.array(EventRecord) })

const method = <P extends z.ZodType, R extends z.ZodType>(params: P, result: R) => ({
  params,
  result,
})

/** The methods of a hub. */
export const HUB_METHODS = {
  hello: method(HelloParams, HelloResult),
  'change.progress': method(ChangeProgress, Empty),
  'report.health': method(HealthReport, Acknowledged),
  'report.events': method(EventsReport, Acknowledged),
  ping: method(Empty, z.strictObject({ at: Instant })),
} as const

/** The methods of an agent, for its hub and for the local command. */
export const AGENT_METHODS = {
  'intent.push': method(PushParams, PushResult),
  'change.confirm': method(ChangeParams, Empty),
  'change.cancel': method(ChangeParams, Empty),
  /** Ends `stuck`: rolls back once more, or accepts the router as it is. */
  'change.repair': method(
    z.strictObject({ accept: z.boolean().default(false) }),
    z.strictObject({ change: ChangeName.nullable(), phase: z.enum(PHASES).nullable() }),
  ),
  /** Removes demarc's marks from the router, changes nothing else and forgets the intent. */
  'router.release': method(Empty, ReleaseResult),
  /** Makes an intent of what the router has today; changes nothing. */
  'router.export': method(Empty, ExportResult),
  'show.status': method(Empty, Status),
  'show.history': method(Empty, HistoryResult),
  'show.events': method(
    z.strictObject({ limit: z.int().min(1).max(1000).default(100) }),
    EventsResult,
  ),
  /** An intent that was in force before, and the least generation that makes it a new one. */
  'intent.previous': method(
    z.strictObject({ generation: Generation.optional() }),
    z.strictObject({ intent: intentSchema, nextGeneration: Generation }),
  ),
  'show.intent': method(Empty, z.strictObject({ intent: intentSchema.nullable() })),
  /** From now on this connection gets the notifications of {@link WATCH_METHODS}. */
  watch: method(Empty, Empty),
  ping: method(Empty, z.strictObject({ at: Instant })),
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
export type HealthReport = z.output<typeof HealthReport>
export type EventsReport = z.output<typeof EventsReport>
export type HelloParams = z.output<typeof HelloParams>
export type HelloResult = z.output<typeof HelloResult>
