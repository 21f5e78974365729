import { worstImpact, type Effect, type Plan } from '../model/plan.js'
import type { RouteForecast, RouteOutlook, Unforeseen } from '../routes/outlook.js'
import type { FamilyName } from '../routes/policy.js'

/** The most routes that a peer takes from this router, and what happens beyond it. */
export interface AnnounceLimit {
  readonly limit: number
  /** `the provider ends the session`. */
  readonly beyond: string
}

/** The limit of a session, by its subject; undefined: none is known. */
export type AnnounceLimits = (subject: string, family: FamilyName) => AnnounceLimit | undefined

/** What the forecast says to a person, with its impact: nothing where as many routes stay as before. */
export function routeEffects(
  forecasts: readonly RouteForecast[],
  limits: AnnounceLimits = () => undefined,
): readonly Effect[] {
  return forecasts.flatMap(({ subject, family, accepted, announced, outLimit, unforeseen }) =>
    [
      acceptedEffect(accepted),
      announcedEffect(announced, outLimit, limits(subject, family)),
      unforeseen === undefined ? null : unknownEffect(accepted, announced, WHY[unforeseen]),
    ].flatMap((found) =>
      found === null ? [] : [{ subject, impact: found.impact, why: `${family}: ${found.text}` }],
    ),
  )
}

interface Found {
  readonly impact: Effect['impact']
  readonly text: string
}

function acceptedEffect({ before, after }: RouteOutlook): Found | null {
  if (before === null || after === null || before === after) return null
  const text = `import would refuse ${before - after} of ${before} accepted routes`
  return { impact: after === 0 ? 'traffic-loss' : 'soft', text }
}

function announcedEffect(
  { before, after: wanted }: RouteOutlook,
  outLimit: number | undefined,
  limit: AnnounceLimit | undefined,
): Found | null {
  if (before === null || wanted === null || before === wanted) return null
  const after = Math.min(wanted, outLimit ?? wanted)
  const surplus = wanted - after
  const inside = surplus === 0 ? '' : `; ${surplus} stay inside, because the limit is ${after}`
  const text = `announced: ${before} → ${after}${inside}`
  if (limit !== undefined && after > limit.limit) {
    return { impact: 'traffic-loss', text: `${text}, ${limit.beyond} above ${limit.limit}` }
  }
  return { impact: after === 0 ? 'traffic-loss' : 'soft', text }
}

/** Why the effect of a policy on the routes is not known. */
const WHY: Readonly<Record<Unforeseen, string>> = {
  'not-read': 'FRR did not list its table, so that the new policy was evaluated on no route',
  'too-many': 'the table has too many routes to evaluate the new policy on each',
  'own-routes':
    'an aggregate, a static route or a default route of this router changes what is announced',
}

/** Counts that a policy may lower, and nobody can say by how much. */
function unknownEffect(accepted: RouteOutlook, announced: RouteOutlook, why: string): Found | null {
  const unknown = [
    ...(isUnknown(accepted) ? [`${accepted.before ?? 0} accepted`] : []),
    ...(isUnknown(announced) ? [`${announced.before ?? 0} announced`] : []),
  ]
  if (unknown.length === 0) return null
  const text = `${why}: ${unknown.join(' and ')} routes may become fewer`
  return { impact: 'soft', text }
}

function isUnknown({ before, after }: RouteOutlook): boolean {
  return before !== null && after === null
}

/**
 * Adds what the routes say to the effects of a plan, as a part of the sentence about the same subject. A plan
 * without steps changes no routes.
 */
export function withRouteEffects(plan: Plan, added: readonly Effect[]): Plan {
  if (plan.steps.length === 0 || added.length === 0) return plan
  const known = new Set(plan.effects.map(({ subject }) => subject))
  const subjects = [...new Set(added.map(({ subject }) => subject))]
  const effects = [
    ...plan.effects.map((effect) => joined(effect, added)),
    ...subjects
      .filter((subject) => !known.has(subject))
      .flatMap((subject) => {
        const [first, ...more] = added.filter((effect) => effect.subject === subject)
        return first === undefined ? [] : [joined(first, more)]
      }),
  ]
  return { ...plan, effects, impact: worstImpact([plan.impact, ...effects.map((e) => e.impact)]) }
}

function joined(effect: Effect, added: readonly Effect[]): Effect {
  const own = added.filter(({ subject }) => subject === effect.subject)
  if (own.length === 0) return effect
  return {
    subject: effect.subject,
    impact: worstImpact([effect.impact, ...own.map(({ impact }) => impact)]),
    why: [effect.why, ...own.map(({ why }) => why)].join('; '),
  }
}
