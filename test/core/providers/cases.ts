import { fits } from '../../../src/core/providers/allowed.js'
import type { Allowed, Profile, ProfileRule } from '../../../src/core/providers/profile.js'
import type { RuleValue } from '../../../src/core/providers/subjects/line.js'
import type { SubjectName } from '../../../src/core/providers/subjects/subject-names.js'
import { SUBJECTS } from '../../../src/core/providers/subjects/subjects.js'
import { servicesOf } from './samples.js'

/** A value of the subject of a rule, and whether the provider takes it. */
export interface RuleCase {
  readonly rule: ProfileRule
  readonly service: string | null
  /** undefined: the region of the sample stays. */
  readonly region: string | undefined
  readonly value: RuleValue
  readonly isTaken: boolean
}

/** The cases of a rule, made from its data alone: values at and beside every bound, every word and every prefix. */
export function casesOf(profile: Profile, rule: ProfileRule): readonly RuleCase[] {
  if (rule.kind === 'default') return []
  const services = rule.services ?? servicesOf(profile)
  const allowed = rule.allowed === undefined ? [] : [{ region: undefined, allowed: rule.allowed }]
  const local = (rule.byRegion ?? []).flatMap(({ regions, fill: _, ...each }) =>
    regions.map((region) => ({ region, allowed: each })),
  )
  return services.flatMap((service) =>
    [...allowed, ...local].flatMap((each) =>
      valuesFor(rule, each.allowed)
        .filter((value) => isPossible(rule, value))
        .map((value) => ({
          rule,
          service,
          region: each.region,
          value,
          isTaken: fits(value, each.allowed),
        })),
    ),
  )
}

function valuesFor({ subject }: ProfileRule, allowed: Allowed): readonly RuleValue[] {
  const { numbers = [], except = [], words = [], prefixes = [] } = allowed
  const bounds = [...numbers, ...except].flat().filter((bound) => bound !== null)
  const known = SUBJECTS[subject].words ?? []
  return [
    ...new Set<RuleValue>([
      ...bounds.flatMap((bound) => [bound - 1, bound, bound + 1]),
      ...words,
      ...(words.length > 0 && known.length === 0 ? ['OTHER'] : known),
      ...prefixes.map((prefix) => prefix.replace(/0\/\d+$/, '1/30')),
      ...(prefixes.length > 0 ? ['198.51.100.1/30', '9.255.255.253/30', '172.32.0.1/30'] : []),
    ]),
  ]
}

/** The least and the most that an intent can say of a subject, where its rules do not. */
const BOUNDS: Readonly<Partial<Record<SubjectName, readonly [number, number]>>> = {
  'port-count': [1, 8],
  'attachment-count': [1, 100],
  'connection-count': [1, 8],
  'bridge-attachments': [1, 8],
  'optic-kinds': [1, 8],
  'address-count': [1, 16],
  'prefix-length': [0, 32],
  'export-length': [0, 32],
}

function isPossible({ subject }: ProfileRule, value: RuleValue): boolean {
  const [least, most] = BOUNDS[subject] ?? [0, Number.MAX_SAFE_INTEGER]
  return typeof value !== 'number' || (value >= least && value <= most)
}
