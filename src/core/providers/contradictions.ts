import { quote } from '../base/quote.js'
import { allowedIn, fits, takes } from './allowed.js'
import type { Allowed, Profile, ProfileRule } from './profile.js'
import type { RuleValue } from './subjects/line.js'
import type { SubjectName } from './subjects/subject-names.js'
import { SUBJECTS } from './subjects/subjects.js'

/** What contradicts itself in a profile, with its place. */
export interface Contradiction {
  readonly at: string
  readonly message: string
}

/** Everything in a profile that cannot be true at once, or that names what the profile does not have. */
export function contradictions(profile: Profile): readonly Contradiction[] {
  return [
    ...checkServices(profile),
    ...twice(profile.sources, 'sources'),
    ...twice(profile.services ?? [], 'services'),
    ...twice(profile.rules, 'rules'),
    ...profile.rules.flatMap((rule, i) => checkRule(rule, `rules[${i}]`, profile)),
    ...unknownSources(profile.facts, 'facts', profile),
    ...unknownSources(profile.rules, 'rules', profile),
    ...opposed(profile),
    ...twiceNamed(profile),
  ]
}

/** Two names for one state of demarc leave open which one is shown. */
function twiceNamed({ states }: Profile): readonly Contradiction[] {
  return (['connection', 'attachment'] as const).flatMap((kind) =>
    states[kind].flatMap(({ state }, i) => {
      const first = states[kind].findIndex((each) => each.state === state)
      if (state === undefined || first === i) return []
      const message = `${quote(state)} is already the state of states.${kind}[${first}]`
      return [{ at: `states.${kind}[${i}].state`, message }]
    }),
  )
}

function checkServices({ serviceOf, services = [] }: Profile): readonly Contradiction[] {
  const at = 'services'
  if ((serviceOf === undefined) !== (services.length === 0)) {
    return [{ at, message: 'must be there where "serviceOf" is, and only there' }]
  }
  const isTwice = services.filter((service) => service.default === true).length > 1
  return isTwice ? [{ at, message: 'only one service can be the default' }] : []
}

function twice(items: readonly { readonly id: string }[], at: string): readonly Contradiction[] {
  return items.flatMap(({ id }, i) => {
    const first = items.findIndex((item) => item.id === id)
    return first === i
      ? []
      : [{ at: `${at}[${i}].id`, message: `${quote(id)} is already the id of ${at}[${first}]` }]
  })
}

function unknownSources(
  items: readonly { readonly sources: readonly string[] }[],
  at: string,
  { sources }: Profile,
): readonly Contradiction[] {
  const known = new Set(sources.map(({ id }) => id))
  return items.flatMap((item, i) =>
    item.sources
      .filter((id) => !known.has(id))
      .map((id) => ({ at: `${at}[${i}].sources`, message: `there is no source ${quote(id)}` })),
  )
}

function checkRule(rule: ProfileRule, at: string, profile: Profile): readonly Contradiction[] {
  const own = new Set(profile.services?.map(({ id }) => id))
  const regions = new Set(profile.regions)
  const named = rule.byRegion?.flatMap((local) => local.regions) ?? []
  return [
    ...(rule.id.startsWith(`${profile.id}/`)
      ? []
      : [{ at: `${at}.id`, message: `must start with ${quote(`${profile.id}/`)}` }]),
    ...(rule.services ?? [])
      .filter((id) => !own.has(id))
      .map((id) => ({ at: `${at}.services`, message: `there is no service ${quote(id)}` })),
    ...named
      .filter((id) => profile.regions !== undefined && !regions.has(id))
      .map((id) => ({ at: `${at}.byRegion`, message: `there is no region ${quote(id)}` })),
    ...checkSense(rule, at),
    ...alternatives(rule).flatMap((allowed) => checkAllowed(allowed, rule.subject, at)),
    ...checkFill(rule, at),
    ...checkBeyond(rule, at),
  ]
}

/** A rule says what is taken, or fills in, or both. */
function checkSense(rule: ProfileRule, at: string): readonly Contradiction[] {
  const judges = alternatives(rule).length > 0
  const fills = fillsOf(rule).length > 0
  if (rule.kind === 'default') {
    return fills ? [] : [{ at, message: 'is a default and has no value to fill in' }]
  }
  return judges ? [] : [{ at, message: 'has neither "allowed" nor "byRegion"' }]
}

function alternatives(rule: ProfileRule): readonly Allowed[] {
  return allowedIn(rule, undefined)
}

function checkAllowed(
  { numbers = [], except = [], words = [], prefixes = [] }: Allowed,
  subject: SubjectName,
  at: string,
): readonly Contradiction[] {
  const ranges = [...numbers, ...except]
  const known = SUBJECTS[subject].words
  const isNumber = known === undefined && subject !== 'pool'
  const said = (isWrong: boolean, message: string): readonly Contradiction[] =>
    isWrong ? [{ at, message }] : []
  return [
    ...ranges.flatMap(([low, high]) =>
      said(low !== null && high !== null && low > high, `${low} is above ${high}`),
    ),
    ...said(ranges.length > 0 && !isNumber, `"${subject}" is not a number`),
    ...said(words.length > 0 && known === undefined, `"${subject}" is not a word`),
    ...strangeWords(words, known ?? []).flatMap((word) =>
      said(true, `${quote(word)} is no word for "${subject}"`),
    ),
    ...said(prefixes.length > 0 && subject !== 'pool', `"${subject}" is not an address`),
  ]
}

/** Words that a subject cannot have; one with an open list can have any. */
function strangeWords(words: readonly string[], known: readonly string[]): readonly string[] {
  return known.length === 0 ? [] : words.filter((word) => !known.includes(word))
}

interface Fill {
  readonly region: string | undefined
  readonly value: RuleValue
}

function fillsOf({ fill, byRegion = [] }: ProfileRule): readonly Fill[] {
  return [
    ...(fill === undefined ? [] : [{ region: undefined, value: fill }]),
    ...byRegion.flatMap((local) =>
      local.fill === undefined ? [] : [{ region: local.regions[0], value: local.fill }],
    ),
  ]
}

function checkFill(rule: ProfileRule, at: string): readonly Contradiction[] {
  const { write, words } = SUBJECTS[rule.subject]
  return fillsOf(rule).flatMap(({ region, value }) => {
    const place = `${at}.fill`
    if (write === undefined) {
      return [{ at: place, message: `"${rule.subject}" cannot be filled in` }]
    }
    if ((typeof value === 'number') !== (words === undefined)) {
      const message = `must be a ${words === undefined ? 'number' : 'word'} for "${rule.subject}"`
      return [{ at: place, message }]
    }
    return takes(rule, region, value)
      ? []
      : [{ at: place, message: `the rule itself refuses ${value}` }]
  })
}

const OUTBOUND: readonly SubjectName[] = ['export-limit', 'gateway-export-limit']

function checkBeyond({ beyond, subject }: ProfileRule, at: string): readonly Contradiction[] {
  if (beyond === undefined || OUTBOUND.includes(subject)) return []
  const message = `is only for ${OUTBOUND.map(quote).join(' and ')}`
  return [{ at: `${at}.beyond`, message }]
}

/** Two rules that refuse every value between them. */
function opposed({ rules }: Profile): readonly Contradiction[] {
  return rules.flatMap((rule, i) =>
    rules.slice(0, i).flatMap((earlier) => {
      const isOpposed =
        rule.subject === earlier.subject &&
        rule.kind === 'error' &&
        earlier.kind === 'error' &&
        meets(rule.services, earlier.services) &&
        !samples([rule, earlier]).some((value) => takesBoth(rule, earlier, value))
      return isOpposed
        ? [{ at: `rules[${i}]`, message: `no value can keep both this rule and "${earlier.id}"` }]
        : []
    }),
  )
}

function takesBoth(a: ProfileRule, b: ProfileRule, value: RuleValue): boolean {
  return [a, b].every((rule) => alternatives(rule).some((allowed) => fits(value, allowed)))
}

function meets(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((service) => b.includes(service))
}

/** Values at and beside every bound of the rules: where one keeps them all, one of these does. */
function samples(rules: readonly ProfileRule[]): readonly RuleValue[] {
  const all = rules.flatMap(alternatives)
  const bounds = all.flatMap(({ numbers = [], except = [] }) =>
    [...numbers, ...except].flatMap(([low, high]) => [low ?? 0, high ?? Number.MAX_SAFE_INTEGER]),
  )
  return [
    ...bounds.flatMap((bound) => [bound - 1, bound, bound + 1]),
    ...all.flatMap(({ words = [], prefixes = [] }) => [...words, ...prefixes]),
  ]
}
