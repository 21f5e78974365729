import type { FamilyState } from '../model/state.js'
import type { RouteForecast, RouteOutlook } from './outlook.js'
import type { FamilyName } from './policy.js'

/** How many routes of one family a session must have after a change. */
export interface RouteFloor {
  readonly family: FamilyName
  readonly direction: 'accepted' | 'announced'
  /** Before the change. */
  readonly before: number
  readonly least: number
}

/** A peer may withdraw some routes while a change is watched: one in so many may be missing. */
const TOLERATED = 10

/** The least number of routes of each session, by its subject, that a change may leave without having announced it. */
export function routeFloors(
  forecasts: readonly RouteForecast[],
): ReadonlyMap<string, readonly RouteFloor[]> {
  const floors = new Map<string, RouteFloor[]>()
  for (const { subject, family, accepted, announced, outLimit } of forecasts) {
    const own = [
      ...floorOf({ family, direction: 'accepted' }, accepted),
      ...floorOf({ family, direction: 'announced' }, limited(announced, outLimit)),
    ]
    if (own.length > 0) floors.set(subject, [...(floors.get(subject) ?? []), ...own])
  }
  return floors
}

function limited({ before, after }: RouteOutlook, most: number | undefined): RouteOutlook {
  return { before, after: after === null ? null : Math.min(after, most ?? after) }
}

function floorOf(
  what: Pick<RouteFloor, 'family' | 'direction'>,
  { before, after }: RouteOutlook,
): readonly RouteFloor[] {
  if (before === null || before === 0) return []
  // Of a policy that could not be evaluated, only a loss of everything is certainly not what was announced.
  const foreseen = after === null ? 1 : Math.min(before, after)
  const least = foreseen - Math.floor(foreseen / TOLERATED)
  return least <= 0 ? [] : [{ ...what, before, least }]
}

/** What is missing of the routes of a session, in words; null: nothing. Counts that FRR does not say are not missing. */
export function missingRoutes(
  floors: readonly RouteFloor[],
  families: readonly Pick<FamilyState, 'family' | 'received' | 'sent'>[],
): string | null {
  const texts = floors.flatMap(({ family, direction, before, least }) => {
    const counts = families.find((found) => found.family === family)
    const now = direction === 'accepted' ? counts?.received : counts?.sent
    if (now === undefined || now === null || now >= least) return []
    const verb = direction === 'accepted' ? 'accepted from it' : 'announced to it'
    return [
      `${family}: ${before} routes were ${verb} before the change, and ${now} are now; the plan foresaw no fewer than ${least}`,
    ]
  })
  return texts.length === 0 ? null : texts.join('; ')
}
