import { reworded, type Fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import type { PlanConflict } from '../model/drift.js'
import type { SecretDigest } from '../model/names.js'
import type { Want } from '../model/plan.js'
import type { Intent } from '../wire/intent.js'
import { capped } from '../wire/intent-parse.js'
import { buildBgp } from './build/bgp.js'
import { buildStaticRoutes } from './build/static-routes.js'
import { buildLinks } from './build/links.js'
import { checkAddresses } from './check/addresses.js'
import { checkAttachments } from './check/attachments.js'
import { checkConnections } from './check/connections.js'
import { findGaps } from './check/gaps.js'
import { checkGateways } from './check/gateways.js'
import { checkNames } from './check/names.js'
import { checkStaticRoutes } from './check/static-routes.js'
import { checkAggregates } from './check/aggregates.js'
import { checkProbes } from './check/probes.js'
import { checkSessions } from './check/sessions.js'
import { checkNeighbors } from './check/neighbors.js'
import { indexIntent } from './survey/intent-index.js'

/** What an intent is checked against, besides itself. */
export interface WantContext {
  /** Names and globs of `[ports] manage`. */
  readonly managedPorts: readonly string[]
  /** The secrets that are on this router. */
  readonly secrets: ReadonlyMap<string, SecretDigest>
}

/** What the router should have for this intent, with defaults filled in; or every contradiction in it. */
export function toWant(intent: Intent, context: WantContext): Result<Want> {
  const { faults, gaps, want } = survey(intent, context)
  const all = [...faults, ...gaps.map(({ fault }) => fault)]
  return all.length > 0 ? refused(...capped(all)) : ok(want)
}

/** A want, and what this router lacks for a part of it. */
export interface PartialWant {
  readonly want: Want
  /** Missing secrets and unmanaged ports. The wanted neighbour or port of each must be left as it is. */
  readonly gaps: readonly PlanConflict[]
}

/** As {@link toWant}, but what this router lacks refuses nothing: it is reported beside the want. */
export function toPartialWant(intent: Intent, context: WantContext): Result<PartialWant> {
  const { faults, gaps, want } = survey(intent, context)
  if (faults.length > 0) return refused(...capped(faults))
  return ok({ want, gaps: gaps.map(withConsequence) })
}

function withConsequence({ fault, targets }: PlanConflict): PlanConflict {
  const text = `${fault.message}; ${targets.join(', ')} is left as it is until then, and nothing else waits for it`
  return { fault: reworded(fault, text), targets }
}

function survey(
  intent: Intent,
  { managedPorts, secrets }: WantContext,
): PartialWant & { readonly faults: readonly Fault[] } {
  const index = indexIntent(intent)
  const bgp = buildBgp(index, secrets)
  return {
    faults: [
      ...checkNames(index),
      ...checkConnections(index),
      ...checkAttachments(index),
      ...checkAddresses(index),
      ...checkNeighbors(index),
      ...checkSessions(index),
      ...checkGateways(index),
      ...checkProbes(index),
      ...checkAggregates(index),
      ...checkStaticRoutes(index),
      ...bgp.faults,
    ],
    gaps: findGaps(index, managedPorts, secrets),
    want: { links: buildLinks(index), bgp: bgp.value, routes: buildStaticRoutes(index) },
  }
}
