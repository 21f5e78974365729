import type { Fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'

/** Something foreign or missing that forbids a part of a plan. */
export interface PlanConflict {
  readonly fault: Fault
  /**
   * The targets (see {@link DriftItem}) of the steps that must not be done. Empty: the steps that would
   * meet the conflict are not in the plan.
   */
  readonly targets: readonly string[]
}

/** A plan, and the conflicts that forbid some of its steps. Without conflicts it can be applied as it is. */
export interface Draft<P> {
  readonly plan: P
  readonly conflicts: readonly PlanConflict[]
}

/** The plan of a draft, or every conflict that it has. */
export function withoutConflicts<P>({ plan, conflicts }: Draft<P>): Result<P> {
  return conflicts.length === 0 ? ok(plan) : refused(...conflicts.map(({ fault }) => fault))
}

/** A difference from the intent that no change made, and that one step repairs. */
export interface DriftItem {
  /** What differs, without the values, so that a writer that sets a new value each time is one conflict. */
  readonly keys: readonly string[]
  /** What the step changes. All steps on one target are done, or suppressed, together. */
  readonly targets: readonly string[]
  /** Other targets that must not be suppressed when the step is done. */
  readonly dependsOn: readonly string[]
}

/** The existence of a link, as a target of its own: FRR depends on a VRF's existence, not on its MTU. */
export function presenceTarget(link: string): string {
  return `presence of ${link}`
}

/** A link, as a target. */
export function linkTarget(link: string): string {
  return `link ${link}`
}

/** A BGP neighbour, as a target. It has no VRF: neighbours with the same address in two VRFs count as one. */
export function neighborTarget(address: string): string {
  return `neighbor ${address}`
}
