import * as z from 'zod'
import { record } from '../../core/keyed/record.js'
import { SEVERITIES } from '../../core/model/health.js'
import type { HealthPatch, HealthReading } from '../../core/wire/health-reading.js'
import { ChangeProgress, HelloParams, IntentRef } from '../../core/wire/messages.js'
import { ImpactLevel } from '../../core/wire/message-fields.js'
import { Probes, PushParams } from '../../core/wire/push.js'
import { FaultShape } from '../../core/wire/rpc.js'

/** How far a stored intent has come on its way to the router. */
export const Delivery = z.object({
  /**
   * `waiting`: not taken yet, pushed again; `accepted`: the router applies it or runs it;
   * `refused`: the router refused it, pushed again when it reconnects; `rolled-back`, and `expired` (its
   * `validUntil` passed before the router took it): never pushed again.
   */
  state: z.enum(['waiting', 'accepted', 'refused', 'rolled-back', 'expired']),
  at: z.iso.datetime(),
  faults: z.array(FaultShape).default([]),
})

/** How a client wants its intent applied. */
export const PushOptions = z.object({
  change: ChangeProgress.shape.change.optional(),
  /** Seconds. */
  confirmWithin: z.int().optional(),
  maxImpact: ImpactLevel.optional(),
  adopt: z.boolean().optional(),
  probes: Probes.optional(),
  validUntil: PushParams.shape.validUntil,
})

/** The newest intent of a router without its document, which has a key of its own. */
export const IntentHead = IntentRef.extend({
  storedAt: z.iso.datetime(),
  options: PushOptions,
  delivery: Delivery,
})

/** The newest phase of the newest change, without the plan: that is in the history. */
const LastChange = ChangeProgress.omit({ plan: true, pendingWitnesses: true }).strip()

/** What the hub keeps of one router, without its documents; small, and written with every report. */
export const RouterRecord = z.object({
  id: HelloParams.shape.router,
  /** SHA-256 of the token; null where the hub's TOML names the router and holds its token. */
  tokenSha256: z.string().nullable(),
  /** The token before a rotation, which is accepted until `until` or until the new one has been used. */
  previousToken: z.object({ sha256: z.string(), until: z.iso.datetime() }).nullable().default(null),
  registeredAt: z.iso.datetime(),
  lastSeen: z.iso.datetime().nullable(),
  agent: HelloParams.pick({
    agentVersion: true,
    bootId: true,
    platform: true,
    capabilities: true,
  }).nullable(),
  running: IntentRef.nullable(),
  lastGood: IntentRef.nullable(),
  intent: IntentHead.nullable(),
  change: LastChange.nullable(),
  /** Of the router, as of its newest health report; absent: it has not been read from one yet. */
  severity: z.enum(SEVERITIES).optional(),
  /** Number of the newest report that is stored. */
  sequence: z.int(),
  /** No number is missing since the last full health report, so a difference can be merged. */
  whole: z.boolean(),
  /** Health differences stored beside the full report. */
  patches: z.int(),
  /** Octets of these. */
  patchOctets: z.int().default(0),
  /** Report numbers that never came. */
  reportsMissed: z.int(),
  /** Events that the agent dropped because its queue was full. */
  eventsDropped: z.int(),
})

/**
 * A document that the hub checked before it stored it. Checking megabytes of it again, each time that a
 * difference is merged, would hold up other routers.
 */
function checkedBefore<T extends object>() {
  return z.custom<T>((value) => typeof value === 'object' && value !== null, 'an object')
}

/** The health document that the patches under {@link HealthPatchRecord} are applied to. */
export const HealthBase = z.object({
  sequence: z.int(),
  at: z.iso.datetime(),
  health: checkedBefore<HealthReading>(),
})

export const HealthPatchRecord = z.object({
  sequence: z.int(),
  at: z.iso.datetime(),
  health: checkedBefore<HealthPatch>(),
})

export const RECORD_TYPES = ['event', 'change', 'health', 'intent', 'router'] as const

/** Something that happened to a router, with its place in the one order over all routers. */
export const JournalRecord = z.object({
  number: z.int(),
  router: z.string(),
  type: z.enum(RECORD_TYPES),
  at: z.iso.datetime(),
  data: record(z.string(), z.unknown()),
})

export type Delivery = z.output<typeof Delivery>
export type PushOptions = z.output<typeof PushOptions>
export type IntentHead = z.output<typeof IntentHead>
export type RouterRecord = z.output<typeof RouterRecord>
export type JournalRecord = z.output<typeof JournalRecord>
export type HealthPatchRecord = z.output<typeof HealthPatchRecord>
export type RecordType = (typeof RECORD_TYPES)[number]

/** The newest generation that the router itself has. */
export function heldGeneration({
  running,
  lastGood,
}: Pick<RouterRecord, 'running' | 'lastGood'>): number {
  return Math.max(running?.generation ?? 0, lastGood?.generation ?? 0)
}

/** The record of a router that has not connected yet. */
export function newRouter(id: string, tokenSha256: string | null, at: string): RouterRecord {
  return {
    id,
    tokenSha256,
    previousToken: null,
    registeredAt: at,
    lastSeen: null,
    agent: null,
    running: null,
    lastGood: null,
    intent: null,
    change: null,
    sequence: 0,
    whole: false,
    patches: 0,
    patchOctets: 0,
    reportsMissed: 0,
    eventsDropped: 0,
  }
}
