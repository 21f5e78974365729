import type { AsPathPolicy, AsRange, ImportPolicy } from '../model/bgp.js'

/** What a route must have besides its prefix to be accepted, each as words after "routes with". */
export function conditionsOf({ asPaths, matchCommunities }: ImportPolicy): readonly string[] {
  const paths = asPaths === null ? [] : pathConditions(asPaths)
  return [...paths, ...whereAny('the community', matchCommunities)]
}

function pathConditions(policy: AsPathPolicy): readonly string[] {
  const { without, startingWith, originatedBy, maxLength } = policy
  return [
    ...whereAny('a path without AS', without.map(rangeText)),
    ...whereAny('a path that begins with AS', startingWith.map(rangeText)),
    ...whereAny('a path that ends with AS', originatedBy.map(rangeText)),
    ...(maxLength === null ? [] : [`a path of at most ${maxLength} AS numbers`]),
  ]
}

function rangeText({ low, high }: AsRange): string {
  return low === high ? `${low}` : `${low}-${high}`
}

/** Choices that one sentence names. */
const NAMED_MAX = 3

function whereAny(what: string, choices: readonly string[]): readonly string[] {
  if (choices.length === 0) return []
  const more = choices.length > NAMED_MAX ? ` and ${choices.length - NAMED_MAX} more` : ''
  return [`${what} ${choices.slice(0, NAMED_MAX).join(' or ')}${more}`]
}
