import { canonicalJson } from '../../core/base/json.js'
import type { Fault } from '../../core/base/fault.js'
import { latest, remembered } from '../../core/base/remember.js'
import { refused, type Result } from '../../core/base/result.js'
import { secretNames } from '../../core/intent/secret-names.js'
import { toWant, type WantContext } from '../../core/intent/want.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { Have, Plan, Want } from '../../core/model/plan.js'
import { planRouter, type RouterTerms } from '../../core/router/plan.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntent } from '../../core/wire/intent-parse.js'
import type { KeptIntent } from '../state/kept-intent.js'

/** What turns an intent into a plan on this router; secrets are read anew each time. */
export interface IntentContext {
  readonly managedPorts: readonly string[]
  /** Those of the named secrets that are on this router, or came with this generation. */
  readonly secrets: (
    names: readonly string[],
    generation: number,
  ) => Promise<ReadonlyMap<string, SecretDigest>>
  /** Lower-case hexadecimal SHA-256 of the UTF-8 bytes. */
  readonly sha256: (text: string) => string
  /** What others on this router would take away; while there is any, no change begins. */
  readonly refusals: (want: Want, have: Have) => Promise<readonly Fault[]>
}

/** Checks a pushed document and names it by generation and digest (RFC 8785, SHA-256). */
export function readPushed(document: unknown, sha256: IntentContext['sha256']): Result<KeptIntent> {
  const intent = parseIntent(document)
  if (!intent.ok) return intent
  const digest = sha256(canonicalJson(intent.value))
  return {
    ok: true,
    value: { ref: { generation: intent.value.generation, digest }, intent: intent.value },
  }
}

/** What the intent wants of this router, or every reason why it cannot be. */
export async function wantOf(intent: Intent, context: IntentContext): Promise<Result<Want>> {
  const { managedPorts } = context
  const secrets = await context.secrets(secretNames(intent), intent.generation)
  return wantsOf(intent)({ managedPorts, secrets })
}

/** Every look at the router asks, and the same intent with the same secrets wants the same. */
const wantsOf = remembered((intent: Intent) =>
  latest((context: WantContext) => toWant(intent, context), isSameContext),
)

function isSameContext(a: WantContext, b: WantContext): boolean {
  const text = ({ managedPorts, secrets }: WantContext) =>
    JSON.stringify([managedPorts, [...secrets]])
  return text(a) === text(b)
}

/** The plan of a pushed intent, refused where others on this router would take away what it makes. */
export async function planPushed(
  want: Want,
  have: Have,
  { refusals, care }: Pick<IntentContext, 'refusals'> & { readonly care: RouterTerms },
): Promise<Result<Plan>> {
  const others = await refusals(want, have)
  return others.length === 0 ? planRouter(want, have, care) : refused(...others)
}
