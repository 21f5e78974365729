import { ok, refused, type Result } from '../../core/base/result.js'
import { millis, toMillis, type Millis, type Seconds } from '../../core/base/time.js'
import { longestApply } from '../../core/change/deadline.js'
import { expectationsFor } from '../../core/change/expectations.js'
import { hubPath, type HubRoute } from '../../core/change/hub-path.js'
import { HUB, type Witness } from '../../core/change/witness.js'
import type { Sessions } from '../../core/frr/diff/limits.js'
import { versionFault } from '../../core/frr/version.js'
import { askedProbes } from '../../core/intent/probes.js'
import { probeTargets } from '../../core/intent/survey/probe-targets.js'
import type { Have, Impact, Plan, Want } from '../../core/model/plan.js'
import { probeSubject, type AskedProbe } from '../../core/model/probe.js'
import { withinImpact } from '../../core/router/plan.js'
import {
  routeEffects,
  withRouteEffects,
  type AnnounceLimits,
} from '../../core/router/route-effects.js'
import type { RouteForecast } from '../../core/routes/outlook.js'
import type { Probe } from '../../core/wire/push.js'
import type { ManagedRouter } from '../router/ports.js'
import { readHave } from '../router/steps.js'
import { routeForecasts } from '../router/route-forecasts.js'
import { planIntent, wantOf } from '../router/want.js'
import { effectiveOf, type KeptIntent } from '../state/kept-intent.js'
import type { JournalEntry } from './journal.js'
import type { BootClock, SafetyLimits, WitnessSource } from './ports.js'

/** A pushed intent with its terms. */
export interface Push {
  readonly kept: KeptIntent
  /** The name of the change. */
  readonly change: string
  /** null: the change is kept as soon as its witnesses are healthy. */
  readonly confirmWithin: Seconds | null
  readonly maxImpact: Impact
  readonly probes: readonly Probe[]
  readonly dryRun: boolean
  /** Take over what matches the intent and is not demarc's. */
  readonly adopt: boolean
  /** What the providers take of each session; absent: nothing is known of it. */
  readonly announceLimits?: AnnounceLimits
}

/** A push that is planned on the router as it is. */
export interface PlannedPush {
  readonly want: Want
  readonly plan: Plan
  readonly have: Have
  readonly probes: readonly AskedProbe[]
  /** The subjects of the targets that the intent wants probed again and again. */
  readonly targets: readonly string[]
  /** What the plan does to the routes of each session. */
  readonly routes: readonly RouteForecast[]
}

/** Plans a push on the router as it is; refused with everything that stands in the way. */
export async function planPush(
  push: Push,
  inForce: KeptIntent | null,
  { ports, context }: ManagedRouter,
  { witnesses, limits }: { readonly witnesses: WitnessSource; readonly limits: SafetyLimits },
): Promise<Result<PlannedPush>> {
  const probes = askedProbes(push.probes, push.kept.intent)
  if (!probes.ok) return probes
  const effective = effectiveOf(push.kept)
  const want = await wantOf(effective, context)
  if (!want.ok) return want
  const have = await readHave(ports)
  const sessions = await sessionsFor(have, witnesses)
  if (!sessions.ok) return sessions
  const care = {
    established: sessions.value,
    drain: limits.drain,
    hubPath: hubPath(have.links, await witnesses.hubRoute()),
    adopt: push.adopt,
    paths: await witnesses.foreignPaths(),
  }
  const wants = { want: want.value, inForce: await wantInForce(inForce, context) }
  const drafted = await planIntent(wants, have, { ...context, care })
  if (!drafted.ok) return drafted
  const before = { ...wants, frr: have.frr, sessions: sessions.value }
  const routes = await routeForecasts(drafted.value, before, witnesses)
  const plan = withRouteEffects(drafted.value, routeEffects(routes, push.announceLimits))
  const allowed = push.dryRun ? ok(plan) : withinImpact(plan, push.maxImpact)
  if (!allowed.ok) return allowed
  const targets = probeTargets(effective).map(probeSubject)
  return ok({ want: want.value, plan, have, probes: probes.value, targets, routes })
}

/** The established sessions. An FRR that is missing or too old has none; the planner refuses it and says so. */
async function sessionsFor(
  { frr }: Have,
  { established }: Pick<WitnessSource, 'established'>,
): Promise<Result<Sessions>> {
  const sessions = await established()
  const usable = frr.bgpd !== null && versionFault(frr.version) === undefined
  return sessions.ok || usable ? sessions : ok(new Map())
}

/** null: no intent is in force, or what it wants is not known now. */
async function wantInForce(
  inForce: KeptIntent | null,
  context: ManagedRouter['context'],
): Promise<Want | null> {
  if (inForce === null) return null
  const want = await wantOf(effectiveOf(inForce), context)
  return want.ok ? want.value : null
}

/** What is known of the router's surroundings before a change. */
export interface Baseline {
  readonly lastGood: KeptIntent | null
  readonly witnesses: readonly Witness[]
  readonly hubRoute: HubRoute | null
}

/** Queries every witness before the first step; refused while FRR does not report its sessions. */
export async function queryBaseline(
  { kept }: Push,
  { have, want, probes }: PlannedPush,
  source: WitnessSource,
  lastGood: KeptIntent | null,
): Promise<Result<Baseline>> {
  const intent = effectiveOf(lastGood ?? kept)
  const hosts = await source.linkHosts(want, have)
  const { witnesses, unreadable } = await source.query(intent, probes, hosts)
  // Without the sessions from before, there would be nothing to compare those from afterwards with.
  if (unreadable !== null && have.frr.bgpd !== null) return refused(unreadable)
  return ok({ lastGood, witnesses, hubRoute: await source.hubRoute() })
}

/** The time that a provisional change has until it is confirmed, or confirms itself. */
export function windowOf(
  { confirmWithin }: Pick<Push, 'confirmWithin'>,
  { window }: Pick<SafetyLimits, 'window'>,
): Millis {
  return confirmWithin === null ? window : toMillis(confirmWithin)
}

/** What the journal gets before the first step. `sealed` are the passwords of the router before it. */
export function journalEntry(
  { change, kept, confirmWithin }: Push,
  planned: PlannedPush,
  { lastGood, witnesses, hubRoute }: Baseline,
  terms: {
    readonly clock: BootClock
    readonly limits: SafetyLimits
    readonly sealed: string
  },
): JournalEntry {
  const { clock, limits, sealed } = terms
  const healthyBefore = witnesses.filter(({ healthy }) => healthy).map(({ subject }) => subject)
  const window = windowOf({ confirmWithin }, limits)
  const steps = planned.plan.steps.map(({ step }) => step)
  return {
    change,
    kept,
    lastGood: lastGood?.ref.generation ?? null,
    automatic: confirmWithin === null,
    phase: 'applying',
    startedAt: clock.wall().toISOString(),
    bootId: clock.bootId,
    until: millis(clock.now() + longestApply(steps) + window),
    appliedAt: null,
    grace: limits.grace < window ? limits.grace : window,
    expected: expectationsFor({ ...planned, witnesses, hubRoute }),
    healthyBefore,
    hubBefore: healthyBefore.includes(HUB) ? hubRoute : null,
    probes: planned.probes,
    phases: [],
    reasons: [],
    steps,
    before: planned.have,
    sealed,
    pid: process.pid,
  }
}
