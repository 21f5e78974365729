import { fault, type Fault } from '../base/fault.js'
import { quoteValue } from '../base/quote.js'
import { canonicalJson } from '../base/json.js'
import type { Intent } from '../wire/intent.js'
import { effective } from './effective.js'
import { judge, refusals } from './judge.js'
import type { Profiles } from './lines.js'
import { checkProviderNames } from './names.js'
import { member } from './subjects/line.js'

/** An intent that is in force: as it was written, and as the router was made from it. */
export interface InForce {
  readonly intent: Intent
  readonly effective: Intent
}

/**
 * What the profiles of today say against an intent in force, which was taken with those of another day. Nothing
 * changes on the router for it: the next push is judged, filled in and planned by today's.
 */
export function changedRules(inForce: InForce, profiles: Profiles): readonly Fault[] {
  const now = effective(inForce.intent, profiles)
  if (!now.ok) return now.faults
  const { intent, filled } = now.value
  const moved = filled.flatMap(({ at, path, value, rule }) => {
    const before = member(inForce.effective, ...path)
    return JSON.stringify(before) === JSON.stringify(member(intent, ...path))
      ? []
      : [
          fault(
            'PROVIDER_RULE',
            at,
            `is ${shown(before)} in force, and ${rule} now fills in ${value}`,
          ),
        ]
  })
  const found = [
    ...checkProviderNames(inForce.intent, profiles),
    ...refusals(judge(intent, profiles)),
    ...moved,
  ]
  const isSame = canonicalJson(intent) === canonicalJson(inForce.effective)
  if (found.length > 0 || isSame) return found
  const message = 'a value that a profile filled in is not filled in any more'
  return [fault('PROVIDER_RULE', 'intent', message)]
}

function shown(value: unknown): string {
  return value === undefined ? 'left out' : quoteValue(value)
}
