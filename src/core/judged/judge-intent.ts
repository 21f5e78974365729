import { faultsOf, ok, refused, type Result } from '../base/result.js'
import type { Want } from '../model/plan.js'
import { effective, type Filled } from '../providers/effective.js'
import { judge, refusals, type Breach } from '../providers/judge.js'
import type { PasswordLengths, Profiles } from '../providers/lines.js'
import { checkProviderNames } from '../providers/names.js'
import type { Intent } from '../wire/intent.js'
import { capped } from '../wire/intent-parse.js'
import type { PushedSecrets } from '../wire/push.js'
import { toWant, type WantContext } from '../intent/want.js'

/** An intent that contradicts neither itself nor its providers. */
export interface Judged {
  /** The intent with what its providers fix. */
  readonly intent: Intent
  readonly filled: readonly Filled[]
  /** Warnings, and rules that the intent accepts to break. */
  readonly breaches: readonly Breach[]
  readonly want: Want
}

/** What an intent is judged by, besides itself. */
export interface JudgeContext extends WantContext {
  readonly profiles: Profiles
  /** The passwords that come with the intent, as far as they are at hand. */
  readonly passwords: PushedSecrets
}

/** Fills in what the providers fix, and checks the whole: every fault at once, those of the providers first. */
export function judgeIntent(intent: Intent, context: JudgeContext): Result<Judged> {
  const { profiles, passwords } = context
  const names = checkProviderNames(intent, profiles)
  const filled = effective(intent, profiles)
  if (!filled.ok) return filled
  const whole = filled.value.intent
  const breaches = judge(whole, profiles, lengths(passwords))
  const want = toWant(whole, context)
  const faults = [...names, ...refusals(breaches), ...faultsOf(want)]
  if (faults.length > 0 || !want.ok) return refused(...capped(faults))
  return ok({ intent: whole, filled: filled.value.filled, breaches, want: want.value })
}

function lengths(passwords: PushedSecrets): PasswordLengths {
  return new Map(Object.entries(passwords).map(([name, text]) => [name, text.length]))
}
