import { canonicalJson } from '../../core/base/json.js'
import type { Fault } from '../../core/base/fault.js'
import { latest, remembered } from '../../core/base/remember.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { judgeIntent } from '../../core/judged/judge-intent.js'
import { withLinkNames } from '../../core/intent/survey/port-names.js'
import { everySecret, secretNames } from '../../core/intent/secret-names.js'
import {
  toPartialWant,
  toWant,
  type PartialWant,
  type WantContext,
} from '../../core/intent/want.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { Have, Plan, Want } from '../../core/model/plan.js'
import type { Profiles } from '../../core/providers/lines.js'
import { checkProviderNames } from '../../core/providers/names.js'
import { draftRouter, type RouterTerms } from '../../core/router/plan.js'
import { planPushed } from '../../core/router/partial-plan.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntent } from '../../core/wire/intent-parse.js'
import type { PushedSecrets } from '../../core/wire/push.js'
import { effectiveOf, type KeptIntent } from '../state/kept-intent.js'

/** What turns an intent into a plan on this router. Secrets are read anew each time. */
export interface IntentContext {
  readonly managedPorts: readonly string[]
  /** Digests of the named secrets that are on this router, or were pushed with this generation. */
  readonly secrets: (
    names: readonly string[],
    generation: number,
  ) => Promise<ReadonlyMap<string, SecretDigest>>
  /** Lower-case hexadecimal SHA-256 of the UTF-8 bytes. */
  readonly sha256: (text: string) => string
  /** What other programs on this router would remove again; a change is refused while there is any. */
  readonly refusals: (want: Want, have: Have) => Promise<readonly Fault[]>
}

/**
 * Checks a pushed document. The digest in its reference is the SHA-256 of its canonical JSON (RFC 8785).
 */
export function readPushed(document: unknown, sha256: IntentContext['sha256']): Result<KeptIntent> {
  const intent = parseIntent(document)
  if (!intent.ok) return intent
  const digest = sha256(canonicalJson(intent.value))
  return {
    ok: true,
    value: { ref: { generation: intent.value.generation, digest }, intent: intent.value },
  }
}

/** The passwords of a push, and a look at those of the router. */
export interface PasswordsAtHand {
  readonly pushed: PushedSecrets | undefined
  readonly own: (names: readonly string[]) => Promise<PushedSecrets>
}

/**
 * The same with what its providers fix filled in; refused with every rule of theirs that it breaks, and then with
 * every contradiction in it as well. Without providers it is checked when it is planned. The router's own passwords
 * come before those that are pushed.
 */
export async function judgePushed(
  kept: KeptIntent,
  profiles: Profiles,
  { pushed, own }: PasswordsAtHand,
): Promise<Result<KeptIntent>> {
  const { intent } = kept
  const passwords = { ...pushed, ...(await own(secretNames(intent))) }
  const secrets = everySecret(intent)
  const judged = judgeIntent(intent, { managedPorts: ['*'], secrets, profiles, passwords })
  if (!judged.ok) {
    const isProviders = judged.faults.some(({ code }) => code === 'PROVIDER_RULE')
    const names = checkProviderNames(intent, profiles)
    return isProviders || names.length > 0 ? judged : ok(kept)
  }
  const effective = judged.value.intent
  return ok(effective === intent ? kept : { ...kept, effective })
}

/** The same with the links' own names where it names ports by alternative ones. */
export function namePorts(kept: KeptIntent, links: Have['links']): KeptIntent {
  const before = effectiveOf(kept)
  const effective = withLinkNames(before, links)
  return effective === before ? kept : { ...kept, effective }
}

/** What the intent wants of this router, or every reason why it cannot be. */
export async function wantOf(intent: Intent, context: IntentContext): Promise<Result<Want>> {
  return wantsOf(intent)(await wantContext(intent, context)).whole
}

/**
 * What an intent in force wants of this router, and what is missing for a part of it: a secret that was lost or
 * a port that is not managed any more keeps only its own neighbour or port from being repaired.
 */
export async function partialWantOf(
  intent: Intent,
  context: IntentContext,
): Promise<Result<PartialWant>> {
  return wantsOf(intent)(await wantContext(intent, context)).partial
}

async function wantContext(intent: Intent, context: IntentContext): Promise<WantContext> {
  const secrets = await context.secrets(secretNames(intent), intent.generation)
  return { managedPorts: context.managedPorts, secrets }
}

/** Remembered, because every turn needs it, and the same intent with the same secrets wants the same. */
const wantsOf = remembered((intent: Intent) =>
  latest((context: WantContext) => {
    const partial = toPartialWant(intent, context)
    return { partial, whole: withoutGaps(intent, context, partial) }
  }, isSameContext),
)

/** The same want in both forms, where nothing is missing. */
function withoutGaps(
  intent: Intent,
  context: WantContext,
  partial: Result<PartialWant>,
): Result<Want> {
  return partial.ok && partial.value.gaps.length === 0
    ? ok(partial.value.want)
    : toWant(intent, context)
}

function isSameContext(a: WantContext, b: WantContext): boolean {
  const text = ({ managedPorts, secrets }: WantContext) =>
    JSON.stringify([managedPorts, [...secrets]])
  return text(a) === text(b)
}

/** What an intent wants, and what that of the intent in force is; null: there is none. */
export interface PushedWant {
  readonly want: Want
  readonly inForce: Want | null
}

/**
 * Plans a pushed intent. Refused where other programs on this router would remove what it makes, and by
 * conflicts that concern it. An adoption is refused by every conflict, because it is about what is foreign.
 */
export async function planIntent(
  { want, inForce }: PushedWant,
  have: Have,
  { refusals, care }: Pick<IntentContext, 'refusals'> & { readonly care: RouterTerms },
): Promise<Result<Plan>> {
  const others = await refusals(want, have)
  if (others.length > 0) return refused(...others)
  const isComparable = inForce !== null && !care.adopt
  return planPushed(
    draftRouter(want, have, care),
    isComparable ? draftRouter(inForce, have, care) : null,
    have,
  )
}
