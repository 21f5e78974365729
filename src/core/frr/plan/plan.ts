import { fault, type Fault } from '../../base/fault.js'
import { latest, remembered } from '../../base/remember.js'
import { ok, refused, type Result } from '../../base/result.js'
import type { BgpInstance } from '../../model/bgp.js'
import type { FrrPlan, HaveFrr } from '../../model/plan.js'
import { conflicts, sharedNames } from '../diff/conflicts.js'
import { ownedPart } from '../diff/owned.js'
import { planGracefully, type GracefulShutdown } from './graceful.js'
import { bareName, readFrrConfig, type FoundFrrConfig, type FrrConfig } from '../read/frr-config.js'
import { compose } from './steps.js'
import { versionFault } from '../version.js'
import { renderFrrConfig } from '../render/render.js'

/**
 * The least that makes FRR carry the wanted neighbours, or every reason why it must not be done;
 * with a passage, what makes it gentle as well.
 */
export function planFrr(
  instances: readonly BgpInstance[],
  have: HaveFrr,
  passage: GracefulShutdown | null = null,
): Result<FrrPlan> {
  if (passage !== null) return planAnew(instances, have, passage)
  return plansFrom(have)(instances)
}

/** Most looks find what the last one found, and want the same. */
const plansFrom = remembered((have: HaveFrr) =>
  latest((instances: readonly BgpInstance[]) => planAnew(instances, have, null)),
)

function planAnew(
  instances: readonly BgpInstance[],
  have: HaveFrr,
  passage: GracefulShutdown | null,
): Result<FrrPlan> {
  const [target, found] = [renderFrrConfig(instances), readFrrConfig(have)]
  if (isIdle(target, found)) {
    return ok({ early: [], drain: [], remove: [], change: [], effects: [] })
  }
  const old = have.bgpd === null ? undefined : versionFault(have.version)
  const faults = [
    ...unavailable(target, have),
    ...(old === undefined ? [] : [old]),
    ...obstacles(target, found),
    ...sharedNames(target, found),
  ]
  if (faults.length > 0) return refused(...faults)
  const around = { version: have.version ?? '', used: found.used }
  if (passage !== null) return ok(planGracefully(target, found, around, passage))
  return ok(compose(target, found, around))
}

/** Nothing wanted and nothing of demarc's there: FRR may be old, or not there at all. */
function isIdle(target: FrrConfig, found: FoundFrrConfig): boolean {
  if (target.blocks.size > 0) return false
  const owned = [...found.blocks.values()].some((block) => ownedPart(block).neighbors.size > 0)
  const names = [found.lists, found.maps, found.profiles].flatMap((kind) => [...kind.keys()])
  return !owned && names.every((name) => found.used.has(bareName(name)))
}

/** A daemon that does not answer matters only to a want that needs it. */
function unavailable(target: FrrConfig, have: HaveFrr): Fault[] {
  const missing: string[] = []
  if (target.blocks.size > 0 && have.bgpd === null) missing.push('bgpd')
  if (target.profiles.size > 0 && have.bfdd === null) missing.push('bfdd')
  return missing.map(
    (daemon) => have.faults.find(({ at }) => at === daemon) ?? fault('FRR_UNAVAILABLE', daemon),
  )
}

function obstacles(target: FrrConfig, found: FrrConfig): Fault[] {
  return [...target.blocks].flatMap(([vrf, block]) => {
    const there = found.blocks.get(vrf)
    return there === undefined ? [] : conflicts(block, there)
  })
}
