import { fault } from '../../base/fault.js'
import { latest, remembered } from '../../base/remember.js'
import type { Result } from '../../base/result.js'
import type { BgpInstance } from '../../model/bgp.js'
import {
  neighborTarget,
  withoutConflicts,
  type Draft,
  type PlanConflict,
} from '../../model/drift.js'
import type { Effect, FrrPlan, HaveFrr } from '../../model/plan.js'
import { blockRemarks, remarkEffects } from '../diff/block-remarks.js'
import { conflicts as conflictsOf, replaceable, sharedNames } from '../diff/conflicts.js'
import { ownedPart } from '../diff/owned.js'
import { BFD_TARGET, blockTarget, targetsAt } from '../drift-keys.js'
import { claimed } from './claim.js'
import { planGracefully, type GracefulShutdown } from './graceful.js'
import { bareName, type ObservedFrrConfig, type FrrConfig } from '../read/frr-config.js'
import { blockHeader } from '../read/block.js'
import { compose, type MovedNeighbors } from './steps.js'
import { strictFault, versionFault } from '../version.js'
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
  return withoutConflicts(draftFrr(instances, have, graceful))
}

/** As {@link planFrr}, with a plan also where there are conflicts. It is empty while bgpd cannot be used. */
export function draftFrr(
  instances: readonly BgpInstance[],
  have: HaveFrr,
  graceful: GracefulShutdown | null = null,
  moved?: MovedNeighbors,
): Draft<FrrPlan> {
  if (graceful !== null || moved !== undefined) {
    return draftAnew(instances, have, graceful, moved)
  }
  return draftsFrom(have)(instances)
}

/** Most turns of the agent read the same configuration and want the same. */
const draftsFrom = remembered((have: HaveFrr) =>
  latest((instances: readonly BgpInstance[]) => draftAnew(instances, have, null)),
)

const NO_STEPS: FrrPlan = { early: [], drain: [], remove: [], change: [], effects: [] }

function draftAnew(
  instances: readonly BgpInstance[],
  have: HaveFrr,
  graceful: GracefulShutdown | null,
  moved?: MovedNeighbors,
): Draft<FrrPlan> {
  const target = renderFrrConfig(instances)
  const current = claimed(target, have)
  if (isIdle(target, current)) return { plan: NO_STEPS, conflicts: [] }
  const old = have.bgpd === null ? undefined : versionFault(have.version)
  const conflicts = [
    ...unavailable(target, have),
    ...(old === undefined ? [] : [{ fault: old, targets: [] }]),
    ...blockConflicts(target, current),
    ...nameConflicts(target, current),
  ]
  if (have.bgpd === null || old !== undefined) return { plan: NO_STEPS, conflicts }
  conflicts.push(...tooOldForStrict(instances, have.version))
  const context = { version: have.version ?? '', used: current.used, moved }
  const plan =
    graceful === null
      ? compose(target, current, context)
      : planGracefully(target, current, context, graceful)
  const remarks = [
    ...remarkEffects(blockRemarks(instances, have)),
    ...blocksThatStay(target, current),
  ]
  return { plan: { ...plan, effects: [...plan.effects, ...remarks] }, conflicts }
}

/** Whether nothing is wanted and nothing of demarc's exists: then FRR may be old, or absent. */
function isIdle(target: FrrConfig, current: ObservedFrrConfig): boolean {
  if (target.blocks.size > 0) return false
  const owned = [...current.blocks.values()].some((block) => ownedPart(block).neighbors.size > 0)
  const names = [current.lists, current.maps, current.profiles].flatMap((kind) => [...kind.keys()])
  return !owned && names.every((name) => current.used.has(bareName(name)))
}

/** A daemon that does not answer is a fault only if the want needs it. */
function unavailable(target: FrrConfig, have: HaveFrr): readonly PlanConflict[] {
  const missing: string[] = []
  if (target.blocks.size > 0 && have.bgpd === null) missing.push('bgpd')
  if (target.profiles.size > 0 && have.bfdd === null) missing.push('bfdd')
  return missing.map((daemon) => ({
    fault: have.faults.find(({ at }) => at === daemon) ?? fault('FRR_UNAVAILABLE', daemon),
    targets: daemon === 'bfdd' ? [BFD_TARGET] : [],
  }))
}

/** FRR that does not know the line would refuse the whole step. */
function tooOldForStrict(
  instances: readonly BgpInstance[],
  version: string | null,
): readonly PlanConflict[] {
  return instances.flatMap(({ neighbors }) =>
    neighbors.flatMap(({ address, bfd }) => {
      const found = bfd?.strict === true ? strictFault(address, version) : undefined
      return found === undefined ? [] : [{ fault: found, targets: [neighborTarget(address)] }]
    }),
  )
}

/** A block of another AS is left alone as a whole; every other conflict concerns what it names. */
function blockConflicts(target: FrrConfig, current: FrrConfig): readonly PlanConflict[] {
  return [...target.blocks].flatMap(([vrf, block]) => {
    const present = current.blocks.get(vrf)
    if (present === undefined) return []
    const sameAs = present.localAs === block.localAs
    return conflictsOf(block, present).map((found) => ({
      fault: found,
      targets: sameAs ? targetsAt(found.at, block.vrf) : [blockTarget(block.vrf)],
    }))
  })
}

function nameConflicts(target: FrrConfig, current: ObservedFrrConfig): readonly PlanConflict[] {
  return sharedNames(target, current).map((found) => ({
    fault: found,
    targets: target.profiles.has(found.at) ? [BFD_TARGET] : targetsAt(bareName(found.at), null),
  }))
}

/** Blocks that would be removed with their last neighbour, if nothing outside needed them. */
function blocksThatStay(target: FrrConfig, current: FrrConfig): readonly Effect[] {
  return [...current.blocks].flatMap(([vrf, block]) => {
    if (target.blocks.has(vrf) || block.needed === null) return []
    if (!replaceable({ ...block, needed: null })) return []
    const { by, remedy } = block.needed
    const why = `stays without neighbors, because ${by} needs it; to be able to remove it, ${remedy}`
    return [{ subject: blockHeader(block), impact: 'none', why }]
  })
}
