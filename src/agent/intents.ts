import { canonicalJson } from '../core/base/canonical.js'
import { fault, type Fault } from '../core/base/fault.js'
import { latest, remembered } from '../core/base/remember.js'
import { faultsOf, ok, refused, type Result } from '../core/base/result.js'
import { secretNames } from '../core/intent/secret-names.js'
import { toWant, type WantContext } from '../core/intent/want.js'
import type { SecretDigest } from '../core/model/names.js'
import type { Effect, FrrPlan, Have, Plan, Want } from '../core/model/plan.js'
import { isWorse, type Impact } from '../core/model/plan.js'
import { planFrrAdoption } from '../core/frr/adopt.js'
import { overLimits, type Sessions } from '../core/frr/difference/limits.js'
import type { Passage } from '../core/frr/passage.js'
import { planFrr } from '../core/frr/plan.js'
import { planAdoption } from '../core/plan/adopt.js'
import { joinPlan } from '../core/plan/join.js'
import { leavingSessions } from '../core/plan/leaving.js'
import { planLinks } from '../core/plan/links.js'
import { findSubnet } from '../core/plan/subnets.js'
import type { Intent } from '../core/wire/intent.js'
import { parseIntent } from '../core/wire/intent-parse.js'
import type { KeptIntent } from './kept-intent.js'

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

/** What a plan minds on its way. */
export interface Care {
  /** The sessions that are up. */
  readonly established: Sessions
  /** s that peers get to move their traffic from a session that ends; 0: none is drained. */
  readonly drain: number
  readonly hubPath: ReadonlySet<string>
  /** Take over what is foreign and matches the want. */
  readonly adopt: boolean
}

/** A repair and a way back have no time to lose. */
const NO_CARE: Care = { established: new Map(), drain: 0, hubPath: new Set(), adopt: false }

const PLAIN = { links: planLinks, frr: planFrr }
const ADOPTING = { links: planAdoption, frr: planFrrAdoption }

/** The whole ordered difference, kernel and FRR; or every clash with what is foreign. */
export function planRouter(want: Want, have: Have, care: Care = NO_CARE): Result<Plan> {
  const planners = care.adopt ? ADOPTING : PLAIN
  const terms = { last: care.hubPath }
  const links = planners.links(want.links, have.links, have.sysctlDefaults, terms)
  const over = overLimits(want.bgp, care.established)
  const planFrrPart = (passage: Passage | null = null) =>
    withEffects(planners.frr(want.bgp, have.frr, passage), over)
  const frr = planFrrPart()
  if (!links.ok || !frr.ok) return refused(...faultsOf(links), ...faultsOf(frr))
  const leaving = leavingSessions(links.value, frr.value, want.bgp, care.established)
  if (leaving.size === 0) return ok(joinPlan(links.value, frr.value, want.bgp))
  const standing = findSubnet(links.value.standing)
  const gentle = planFrrPart({
    isReady: (vrf, address) => standing(vrf, address) !== undefined,
    leaving: care.drain === 0 ? new Map() : leaving,
    drain: care.drain,
  })
  return gentle.ok ? ok(joinPlan(links.value, gentle.value, want.bgp)) : gentle
}

/** A session over its limit would be down already, were it not for this plan. */
function withEffects(plan: Result<FrrPlan>, over: readonly Effect[]): Result<FrrPlan> {
  if (!plan.ok || over.length === 0) return plan
  return ok({ ...plan.value, effects: [...plan.value.effects, ...over] })
}

/** The plan of a pushed intent, refused where others on this router would take away what it makes. */
export async function planPushed(
  want: Want,
  have: Have,
  { refusals, care }: Pick<IntentContext, 'refusals'> & { readonly care: Care },
): Promise<Result<Plan>> {
  const others = await refusals(want, have)
  return others.length === 0 ? planRouter(want, have, care) : refused(...others)
}

/** Refuses a plan that would do more to traffic than all of the ceilings allow. */
export function withinImpact(plan: Plan, ceilings: readonly Impact[]): Result<Plan> {
  const ceiling = ceilings.reduce((a, b) => (isWorse(a, b) ? b : a), 'traffic-loss')
  if (!isWorse(plan.impact, ceiling)) return { ok: true, value: plan }
  const worse = plan.effects.filter(({ impact }) => isWorse(impact, ceiling))
  return refused(
    ...worse.map(({ subject, impact, why }) =>
      fault('IMPACT_TOO_HIGH', subject, `${impact} (${why}); ${ceiling} is allowed`),
    ),
    ...(worse.length > 0 ? [] : [fault('IMPACT_TOO_HIGH', 'plan', `it has impact ${plan.impact}`)]),
  )
}
