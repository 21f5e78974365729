import { seconds } from '../../core/base/time.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { hubPath } from '../../core/change/hub-path.js'
import { HUB } from '../../core/change/witness.js'
import { versionFault } from '../../core/frr/version.js'
import { askedProbes } from '../../core/intent/probes.js'
import type { Have, Impact, Plan, Want } from '../../core/model/plan.js'
import type { AskedProbe } from '../../core/model/probe.js'
import type { Probe } from '../../core/wire/probe.js'
import type { ChangePorts } from './apply.js'
import type { ChangeRunOptions } from './run.js'
import { readHave } from '../router/steps.js'
import { planPushed, wantOf } from '../router/want.js'
import { withinImpact } from '../../core/router/plan.js'
import type { JournalEntry } from './journal.js'
import type { KeptIntent } from '../state/kept-intent.js'
import { expectationsFor } from '../../core/change/expectations.js'

/** One pushed intent with its terms. */
export interface Push {
  readonly intent: unknown
  readonly change: string
  /** Seconds; null: the change confirms itself once it is proven. */
  readonly confirmWithin: number | null
  readonly maxImpact: Impact
  readonly probes: readonly Probe[]
  readonly dryRun: boolean
  /** Take over what is foreign and matches the intent. */
  readonly adopt: boolean
}

/** An admitted push, planned on the router as it is. */
export interface Planned {
  readonly want: Want
  readonly plan: Plan
  readonly have: Have
  readonly probes: readonly AskedProbe[]
}

/** What a push needs of the agent around it. */
export interface PushPorts extends ChangePorts, Pick<ChangeRunOptions, 'hubRoute'> {
  readonly ceiling: Impact
  readonly safety: {
    /** Longest time a change may take to prove itself where nobody is to confirm it, ms. */
    readonly window: number
    /** Time each witness has to come back, ms. */
    readonly grace: number
    /** Time that peers get to move their traffic from a session that ends, s. */
    readonly drain: number
  }
  /** The passwords in a configuration, sealed for the journal. */
  readonly sealSecrets: (have: Have) => string
}

/** Plans it on the router as it is, or says what stands in the way. */
export async function planOnRouter(
  kept: KeptIntent,
  request: Push,
  options: PushPorts,
): Promise<Result<Planned>> {
  const { ports, context } = options
  const probes = askedProbes(request.probes, kept.intent)
  if (!probes.ok) return probes
  const want = await wantOf(kept.intent, context)
  if (!want.ok) return want
  const have = await readHave(ports)
  const sessions = await options.established()
  // One that is too old, or not there, is for the planner to refuse.
  const answers = have.frr.bgpd !== null && versionFault(have.frr.version) === undefined
  if (!sessions.ok && answers) return sessions
  const care = {
    established: sessions.ok ? sessions.value : new Map(),
    drain: seconds(options.safety.drain),
    hubPath: hubPath(have.links, await options.hubRoute()),
    adopt: request.adopt,
  }
  const plan = await planPushed(want.value, have, { ...context, care })
  if (!plan.ok) return plan
  const allowed = request.dryRun
    ? plan
    : withinImpact(plan.value, [request.maxImpact, options.ceiling])
  return allowed.ok
    ? ok({ want: want.value, plan: plan.value, have, probes: probes.value })
    : allowed
}

/** What the journal holds of it before the first step. */
export async function entryOf(
  kept: KeptIntent,
  { change, confirmWithin }: Push,
  { want, plan, have, probes }: Planned,
  options: PushPorts,
): Promise<Result<JournalEntry>> {
  const { memory, clock } = options
  const before = memory.lastGood()?.intent ?? kept.intent
  const { witnesses, unreadable: deaf } = await options.queryWitnesses(before, probes)
  // Without a word of the sessions from before, nothing could be said of them afterwards.
  if (deaf !== null && have.frr.bgpd !== null) return refused(deaf)
  const hubRoute = await options.hubRoute()
  const healthyBefore = witnesses.filter(({ healthy: well }) => well).map(({ subject }) => subject)
  const window = confirmWithin === null ? options.safety.window : confirmWithin * 1000
  return ok({
    change,
    kept,
    lastGood: memory.lastGood()?.ref.generation ?? null,
    automatic: confirmWithin === null,
    phase: 'applying',
    startedAt: clock.wall().toISOString(),
    bootId: options.bootId,
    until: clock.now() + window,
    appliedAt: null,
    grace: Math.min(options.safety.grace, window),
    expected: expectationsFor({ want, plan, have, probes, witnesses, hubRoute }),
    healthyBefore,
    hubBefore: healthyBefore.includes(HUB) ? hubRoute : null,
    probes,
    phases: [],
    why: [],
    steps: plan.steps.map(({ step }) => step),
    before: have,
    sealed: options.sealSecrets(have),
    pid: process.pid,
  })
}
