import { attempt } from '../../core/base/attempt.js'
import type { BgpInstance } from '../../core/model/bgp.js'
import type { Plan, Want } from '../../core/model/plan.js'
import { forecastRoutes, type RoutesBefore } from '../../core/router/route-forecast.js'
import type { RouteForecast } from '../../core/routes/outlook.js'
import { originsOf } from '../../core/routes/policy.js'
import type { RouteQuestion, RouteView } from '../../core/routes/table.js'

const NOTHING_READ: RouteView = { tables: [], present: new Map() }

/**
 * What a plan does to the routes of the sessions; nothing for a plan without steps. Where FRR does not list its routes,
 * the plan says less, and the counts before the change judge it all the same.
 */
export async function routeForecasts(
  plan: Pick<Plan, 'steps'>,
  before: Omit<RoutesBefore, 'view'> & { readonly want: Want },
  { routes }: { readonly routes: (questions: readonly RouteQuestion[]) => Promise<RouteView> },
): Promise<readonly RouteForecast[]> {
  const { want, ...rest } = before
  if (plan.steps.length === 0 || rest.sessions.size === 0) return []
  const view = await attempt(() => routes(want.bgp.map(questionOf)))
  const known = view.ok ? view.value : NOTHING_READ
  return forecastRoutes(want, { ...rest, view: known })
}

function questionOf(instance: BgpInstance): RouteQuestion {
  const origins = [...originsOf(instance, 'ipv4-unicast'), ...originsOf(instance, 'ipv6-unicast')]
  return { vrf: instance.vrf, origins: [...new Set(origins)] }
}
