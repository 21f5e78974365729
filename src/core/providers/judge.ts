import { fault, type Fault } from '../base/fault.js'
import { pathText, quoteValue } from '../base/quote.js'
import type { Intent } from '../wire/intent.js'
import { allowedText, takes } from './allowed.js'
import {
  linesOf,
  readingsOf,
  reasonAgainst,
  type PasswordLengths,
  type ProfiledLine,
  type Profiles,
} from './lines.js'
import type { Profile, ProfileRule } from './profile.js'
import type { Reading, RuleValue } from './subjects/line.js'
import { SUBJECTS } from './subjects/subjects.js'

/** A place of an intent that does not keep a rule of its provider. */
export interface Breach {
  readonly at: string
  /** The id of the rule. */
  readonly rule: string
  readonly kind: 'error' | 'warning'
  /** null: it is a secret. */
  readonly value: RuleValue | null
  /** What the provider takes, such as `2-4000`. */
  readonly requires: string
  /** What is wrong, what the provider requires, and the document that says so. */
  readonly message: string
  /** Why the intent accepts it all the same; null: it does not. */
  readonly reason: string | null
}

const NO_PASSWORDS: PasswordLengths = new Map()

/** Every rule that an intent breaks, in the order of its connections. It is judged as it is written: see `effective`. */
export function judge(
  intent: Intent,
  profiles: Profiles,
  passwords: PasswordLengths = NO_PASSWORDS,
): readonly Breach[] {
  return linesOf(intent, profiles, passwords).flatMap((line) =>
    line.profile.rules.flatMap((rule) => breaches(line, rule)),
  )
}

function breaches(line: ProfiledLine, rule: ProfileRule): readonly Breach[] {
  const { kind } = rule
  if (kind === 'default') return []
  const { region } = line.line.connection
  const reason = reasonAgainst(line.line, rule) ?? null
  return readingsOf(line, rule).flatMap(({ path, value }: Reading) => {
    if (value === undefined || takes(rule, region, value)) return []
    const { isSecret } = SUBJECTS[rule.subject]
    const requires = allowedText(rule, region)
    return [
      {
        at: pathText(path),
        rule: rule.id,
        kind,
        value: isSecret === true ? null : value,
        requires,
        message: sentence(line.profile, rule, { value, requires }),
        reason,
      },
    ]
  })
}

function sentence(
  profile: Profile,
  rule: ProfileRule,
  { value, requires }: { readonly value: RuleValue; readonly requires: string },
): string {
  const { what, isSecret } = SUBJECTS[rule.subject]
  const is =
    isSecret === true ? 'is another' : `is ${typeof value === 'number' ? value : quoteValue(value)}`
  const asks = rule.kind === 'error' ? 'requires' : 'advises'
  return `${what} ${is}; ${profile.name} ${asks} ${requires}. ${rule.says} (${rule.id}; ${sourceText(profile, rule)})`
}

/** The documents that say so, with the days on which they were read. */
function sourceText(profile: Profile, { sources }: Pick<ProfileRule, 'sources'>): string {
  return profile.sources
    .filter(({ id }) => sources.includes(id))
    .map(({ title, url, read }) => `${title}, ${url}, read ${read}`)
    .join('; ')
}

/** The faults of those breaches that refuse an intent. */
export function refusals(found: readonly Breach[]): readonly Fault[] {
  return found
    .filter(({ kind, reason }) => kind === 'error' && reason === null)
    .map(({ at, message }) => fault('PROVIDER_RULE', at, message))
}
