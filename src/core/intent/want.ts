import { ok, refused, type Result } from '../base/result.js'
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
import { checkNames } from './check/names.js'
import { checkStaticRoutes } from './check/static-routes.js'
import { checkAggregates } from './check/aggregates.js'
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
  const index = indexIntent(intent)
  const bgp = buildBgp(index, context.secrets)
  const faults = [
    ...checkNames(index),
    ...checkConnections(index, context.managedPorts),
    ...checkAttachments(index),
    ...checkAddresses(index),
    ...checkNeighbors(index, context.secrets),
    ...checkSessions(index),
    ...checkAggregates(index),
    ...checkStaticRoutes(index),
    ...bgp.faults,
  ]
  return faults.length > 0
    ? refused(...capped(faults))
    : ok({ links: buildLinks(index), bgp: bgp.value, routes: buildStaticRoutes(index) })
}
