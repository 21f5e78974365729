import { ok, refused, type Result } from '../base/result.js'
import type { SecretDigest } from '../model/names.js'
import type { Want } from '../model/plan.js'
import type { Intent } from '../wire/intent.js'
import { capped } from '../wire/intent-parse.js'
import { buildBgp } from './build/bgp.js'
import { buildLinks } from './build/links.js'
import { checkAddresses } from './check/addresses.js'
import { checkAttachments } from './check/attachments.js'
import { checkConnections } from './check/connections.js'
import { checkNames } from './check/names.js'
import { checkNeighbors } from './check/neighbors.js'
import { indexIntent } from './survey/intent-index.js'

/** What of this router an intent is judged by. */
export interface WantContext {
  /** Names and globs of `[ports] manage`. */
  readonly managedPorts: readonly string[]
  /** The secrets that are on this router. */
  readonly secrets: ReadonlyMap<string, SecretDigest>
}

/** What the intent makes of this router, defaults filled in, or every contradiction in it. */
export function toWant(intent: Intent, context: WantContext): Result<Want> {
  const seen = indexIntent(intent)
  const bgp = buildBgp(seen, context.secrets)
  const faults = [
    ...checkNames(seen),
    ...checkConnections(seen, context.managedPorts),
    ...checkAttachments(seen),
    ...checkAddresses(seen),
    ...checkNeighbors(seen, context.secrets),
    ...bgp.faults,
  ]
  return faults.length > 0
    ? refused(...capped(faults))
    : ok({ links: buildLinks(seen), bgp: bgp.value })
}
