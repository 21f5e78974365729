import { type Fault, fault } from '../../base/fault.js'
import type {
  AddressFamily,
  Community,
  ExportPolicy,
  ImportPolicy,
  MaxPrefixes,
  PrefixRule,
} from '../../model/bgp.js'
import { EXPORT_DEFAULTS, FAMILY_DEFAULTS, MAX_PREFIXES } from '../../model/intent-defaults.js'
import type { SpokenFamily } from '../survey/families.js'
import type { Share } from '../survey/gateways.js'
import { asPathPolicy, checkAsPaths } from './as-paths.js'
import { parseRule } from './prefix-rule.js'

/** A value, and the faults of the part of the intent that it was built from. */
export interface Built<T> {
  readonly value: T
  readonly faults: readonly Fault[]
}

/** The policies of one address family. An empty list lets no route through. */
export function buildFamily(
  { family, key, policy }: SpokenFamily,
  at: string,
  shares: ReadonlyMap<string, Share>,
): Built<AddressFamily> {
  const place = `${at}.${key}`
  const accepted = rules(policy.import?.prefixes ?? [], family, `${place}.import.prefixes`)
  const announced = rules(policy.export?.prefixes ?? [], family, `${place}.export.prefixes`)
  const { import: _, export: __, allowAsIn = null, ...options } = policy
  const value = {
    ...FAMILY_DEFAULTS,
    ...options,
    allowAsIn,
    import: importPolicy(policy.import, accepted.value),
    export: exportPolicy(policy.export, announced.value, shares.get(place)),
  }
  return {
    value,
    faults: [
      ...accepted.faults,
      ...announced.faults,
      ...checkDirection(policy.import ?? {}, `${place}.import`),
      ...checkDirection(policy.export ?? {}, `${place}.export`),
    ],
  }
}

type Written = NonNullable<SpokenFamily['policy']['import']>

function checkDirection(
  {
    asPaths,
    matchCommunities,
    communities,
  }: Pick<Written, 'asPaths' | 'matchCommunities' | 'communities'>,
  at: string,
): readonly Fault[] {
  return [
    ...checkAsPaths(asPaths, `${at}.asPaths`),
    ...twice(matchCommunities ?? [], `${at}.matchCommunities`),
    ...twice(communities ?? [], `${at}.communities`),
  ]
}

function importPolicy(
  from: SpokenFamily['policy']['import'],
  prefixes: readonly PrefixRule[],
): ImportPolicy {
  return {
    prefixes,
    asPaths: asPathPolicy(from?.asPaths),
    matchCommunities: inOrder(from?.matchCommunities ?? []),
    localPreference: from?.localPreference ?? null,
    communities: inOrder(from?.communities ?? []),
    maxPrefixes: from?.maxPrefixes === undefined ? null : maxPrefixes(from.maxPrefixes),
  }
}

function exportPolicy(
  from: SpokenFamily['policy']['export'],
  prefixes: readonly PrefixRule[],
  share: Share | undefined,
): ExportPolicy {
  const { maxPrefixes: limit, communities = [], med = null, asPaths, ...rest } = from ?? {}
  const { prefixes: _, ...options } = rest
  return {
    ...EXPORT_DEFAULTS,
    ...options,
    prefixes,
    asPaths: asPathPolicy(asPaths),
    med,
    maxPrefixes: limit?.limit ?? share?.limit ?? null,
    shareOf: share?.of ?? null,
    communities: inOrder(communities),
  }
}

function maxPrefixes(
  from: NonNullable<NonNullable<SpokenFamily['policy']['import']>['maxPrefixes']>,
): MaxPrefixes {
  return { ...MAX_PREFIXES, ...from, restartMinutes: from.restartMinutes ?? null }
}

function rules(texts: readonly string[], family: 4 | 6, at: string): Built<readonly PrefixRule[]> {
  const value: PrefixRule[] = []
  const faults: Fault[] = []
  const seen = new Map<string, number>()
  for (const [i, text] of texts.entries()) {
    const rule = parseRule(text, family, `${at}[${i}]`)
    if (!rule.ok) {
      faults.push(...rule.faults)
      continue
    }
    const { prefix, ge, le } = rule.value
    const key = `${prefix} ${ge} ${le}`
    const before = seen.get(key)
    if (before === undefined) seen.set(key, i)
    else
      faults.push(fault('INTENT_CONFLICT', `${at}[${i}]`, `is the same rule as ${at}[${before}]`))
    value.push(rule.value)
  }
  return { value, faults }
}

function twice(communities: readonly string[], at: string): Fault[] {
  return communities.flatMap((community, i) =>
    communities.indexOf(community) === i
      ? []
      : [fault('INTENT_CONFLICT', `${at}[${i}]`, `"${community}" is listed twice`)],
  )
}

/** Communities are a set: their order in the document has no meaning. */
function inOrder(communities: readonly Community[]): readonly Community[] {
  return communities.toSorted()
}
