import type { Fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import { blockedBy, suppressDependents, type Suppressed } from '../change/drift.js'
import type { Draft, PlanConflict } from '../model/drift.js'
import { worstImpact, type Effect, type Have, type Plan } from '../model/plan.js'
import { driftSteps, freePart, itemsOf, splitSuppressed, type DriftStep } from './drift-steps.js'

const LOCAL: readonly Fault['code'][] = [
  ...(['NOT_OWNED', 'PORT_MISSING', 'PORT_UNMANAGED', 'SECRET_MISSING'] as const),
]

/** Whether a conflict concerns one thing alone. A daemon that is away concerns every plan. */
export function isLocal({ fault }: PlanConflict): boolean {
  return LOCAL.includes(fault.code)
}

/**
 * The plan of a push. What stands in the way refuses it, unless it stood there before and does not concern
 * the push: the intent in force meets the same conflict, which forbids the same steps. Those steps are left
 * out then, and the conflict is named among the effects. `inForce` is the plan of the intent in force; null:
 * there is none.
 */
export function planPushed(
  pushed: Draft<Plan>,
  inForce: Draft<Plan> | null,
  have: Pick<Have, 'links'>,
): Result<Plan> {
  const { plan, conflicts } = pushed
  if (conflicts.length === 0) return ok(plan)
  const concerned =
    inForce === null
      ? conflicts
      : conflicts.filter((conflict) => concerns(conflict, pushed, inForce, have))
  if (inForce === null || concerned.length > 0) {
    return refused(...conflicts.map(({ fault }) => fault))
  }
  const known = new Set(inForce.plan.effects.map(textOf))
  const steps = freeSteps(plan, conflicts, have)
  const effects = plan.effects.filter((effect) => !known.has(textOf(effect)))
  const impact = worstImpact([...steps, ...effects].map((part) => part.impact))
  return ok({
    steps,
    impact,
    effects: [...effects, ...conflicts.map(leftOutEffect)],
    leftOut: conflicts,
  })
}

/** Whether a conflict concerns what the push changes. */
function concerns(
  conflict: PlanConflict,
  pushed: Draft<Plan>,
  inForce: Draft<Plan>,
  have: Pick<Have, 'links'>,
): boolean {
  if (!isLocal(conflict)) return true
  if (!inForce.conflicts.some((other) => textOf(other) === textOf(conflict))) return true
  const forbidden = ({ plan }: Draft<Plan>) => {
    const { all, suppressed } = split(plan, [conflict], have)
    return textOf(splitSuppressed(all, suppressed).left.map(({ step }) => step))
  }
  return forbidden(pushed) !== forbidden(inForce)
}

/** The steps that no conflict forbids, each with the impact that the plan gives it. */
export function freeSteps(
  plan: Plan,
  conflicts: readonly PlanConflict[],
  have: Pick<Have, 'links'>,
): Plan['steps'] {
  const { all, suppressed } = split(plan, conflicts, have)
  return plan.steps.flatMap(({ impact }, i) => {
    const whole = all[i]
    if (whole === undefined) return []
    return freePart(whole, suppressed).map(({ step }) => ({ step, impact }))
  })
}

/** Each step with its targets, and the targets that the conflicts forbid. */
function split(
  { steps }: Plan,
  conflicts: readonly PlanConflict[],
  have: Pick<Have, 'links'>,
): { readonly all: readonly DriftStep[]; readonly suppressed: Suppressed } {
  const all = driftSteps(
    steps.map(({ step }) => step),
    have,
  )
  return { all, suppressed: suppressDependents(blockedBy(conflicts), itemsOf(all)) }
}

function leftOutEffect({ fault }: PlanConflict): Effect {
  return { subject: fault.at, impact: 'none', why: `is left as it is: ${fault.message}` }
}

/** The same text for equal values, which the planner builds in the same order. */
function textOf(value: unknown): string {
  return JSON.stringify(value)
}
