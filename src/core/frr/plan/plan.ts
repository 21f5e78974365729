import { fault, type Fault } from '../../base/fault.js'
import { latest, remembered } from '../../base/remember.js'
import { ok, refused, type Result } from '../../base/result.js'
import type { BgpInstance } from '../../model/bgp.js'
import type { FrrPlan, HaveFrr } from '../../model/plan.js'
import { blockRemarks, remarkEffects } from '../diff/block-remarks.js'
import { conflicts, sharedNames } from '../diff/conflicts.js'
import { ownedPart } from '../diff/owned.js'
import { claimed } from './claim.js'
import { planGracefully, type GracefulShutdown } from './graceful.js'
import { bareName, type ObservedFrrConfig, type FrrConfig } from '../read/frr-config.js'
import { compose } from './steps.js'
import { versionFault } from '../version.js'
import { renderFrrConfig } from '../render/render.js'

/**
 * Plans the fewest lines that make FRR have the wanted neighbours. The faults are all conflicts with what
 * is foreign or missing. With `graceful`, the plan also adds sessions early and drains those that end.
 */
export function planFrr(
  instances: readonly BgpInstance[],
  have: HaveFrr,
  graceful: GracefulShutdown | null = null,
): Result<FrrPlan> {
  if (graceful !== null) return planAnew(instances, have, graceful)
  return plansFrom(have)(instances)
}

/** Most turns of the agent read the same configuration and want the same. */
const plansFrom = remembered((have: HaveFrr) =>
  latest((instances: readonly BgpInstance[]) => planAnew(instances, have, null)),
)

function planAnew(
  instances: readonly BgpInstance[],
  have: HaveFrr,
  graceful: GracefulShutdown | null,
): Result<FrrPlan> {
  const target = renderFrrConfig(instances)
  const current = claimed(target, have)
  if (isIdle(target, current)) {
    return ok({ early: [], drain: [], remove: [], change: [], effects: [] })
  }
  const old = have.bgpd === null ? undefined : versionFault(have.version)
  const faults = [
    ...unavailable(target, have),
    ...(old === undefined ? [] : [old]),
    ...blockConflicts(target, current),
    ...sharedNames(target, current),
  ]
  if (faults.length > 0) return refused(...faults)
  const context = { version: have.version ?? '', used: current.used }
  const plan =
    graceful === null
      ? compose(target, current, context)
      : planGracefully(target, current, context, graceful)
  const remarks = remarkEffects(blockRemarks(instances, have))
  return ok({ ...plan, effects: [...plan.effects, ...remarks] })
}

/** Whether nothing is wanted and nothing of demarc's exists: then FRR may be old, or absent. */
function isIdle(target: FrrConfig, current: ObservedFrrConfig): boolean {
  if (target.blocks.size > 0) return false
  const owned = [...current.blocks.values()].some((block) => ownedPart(block).neighbors.size > 0)
  const names = [current.lists, current.maps, current.profiles].flatMap((kind) => [...kind.keys()])
  return !owned && names.every((name) => current.used.has(bareName(name)))
}

/** A daemon that does not answer is a fault only if the want needs it. */
function unavailable(target: FrrConfig, have: HaveFrr): Fault[] {
  const missing: string[] = []
  if (target.blocks.size > 0 && have.bgpd === null) missing.push('bgpd')
  if (target.profiles.size > 0 && have.bfdd === null) missing.push('bfdd')
  return missing.map(
    (daemon) => have.faults.find(({ at }) => at === daemon) ?? fault('FRR_UNAVAILABLE', daemon),
  )
}

function blockConflicts(target: FrrConfig, current: FrrConfig): Fault[] {
  return [...target.blocks].flatMap(([vrf, block]) => {
    const present = current.blocks.get(vrf)
    return present === undefined ? [] : conflicts(block, present)
  })
}
