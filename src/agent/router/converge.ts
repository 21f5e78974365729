import { attempt } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { faultsOf } from '../../core/base/result.js'
import { millis, type Millis } from '../../core/base/time.js'
import type { Have, Want } from '../../core/model/plan.js'
import type { RestorePlan } from '../../core/router/restore.js'
import { doSteps, readHave } from './steps.js'
import type { RouterPorts } from './ports.js'
import { describeStep } from '../../core/router/describe.js'
import { blockedBy, suppressDependents } from '../../core/change/drift.js'
import type { PlanConflict } from '../../core/model/drift.js'
import { findDrift, itemsOf, splitSuppressed } from '../../core/router/drift-steps.js'

/** Pauses before the second, third … attempt: in all long enough for watchfrr to restart FRR. */
const PAUSES = [500, 1000, 2000, 4000, 8000, 16_000].map(millis)

/** Plans from the observed router. */
export type Planner = (have: Have) => RestorePlan

/**
 * Reads, plans and applies, again after each pause, until nothing is left to do. Empty: done and read
 * back. Otherwise: why the last attempt failed, or everything that still differs.
 */
export async function converge(
  planFrom: Planner,
  ports: RouterPorts,
  pauses: readonly Millis[] = PAUSES,
): Promise<readonly Fault[]> {
  let remaining = await tryOnce(planFrom, ports)
  for (const pause of pauses) {
    if (isFinal(remaining)) return remaining
    await ports.sleep(pause)
    remaining = await tryOnce(planFrom, ports)
  }
  return remaining
}

/** Nothing is left, or only what needs a password that is lost, which no pause brings back. */
function isFinal(remaining: readonly Fault[]): boolean {
  return remaining.every(({ code }) => code === 'SECRET_MISSING')
}

async function tryOnce(planFrom: Planner, ports: RouterPorts): Promise<readonly Fault[]> {
  const done = await attempt(() => applyAndReadBack(planFrom, ports))
  return done.ok ? done.value : faultsOf(done)
}

async function applyAndReadBack(planFrom: Planner, ports: RouterPorts): Promise<readonly Fault[]> {
  const found = planFrom(await readHave(ports))
  const failed = await doSteps(
    found.plan.steps.map(({ step }) => step),
    ports,
  )
  if (failed !== null) return [failed]
  const again = planFrom(await readHave(ports))
  const steps = again.plan.steps.map(({ step }) =>
    fault('READ_BACK_MISMATCH', step.do, `this step is still to do: ${describeStep(step)}`),
  )
  return [...again.missing, ...steps]
}

/**
 * What a second plan would still do after a plan was applied, one fault a step, and the conflicts that it
 * meets. What the plan left out does not count.
 */
export async function remainingSteps(
  want: Want,
  ports: Pick<RouterPorts, 'kernel' | 'frr'>,
  leftOut: readonly PlanConflict[] = [],
): Promise<readonly Fault[]> {
  const { steps, conflicts } = findDrift(want, await readHave(ports))
  const known = new Set(leftOut.map((conflict) => placeOf(conflict.fault)))
  const met = conflicts.map((conflict) => conflict.fault)
  const others = met.filter((conflict) => !known.has(placeOf(conflict)))
  if (others.length > 0) return others
  const left = suppressDependents(blockedBy(leftOut), itemsOf(steps))
  return splitSuppressed(steps, left).free.map(({ step }) =>
    fault(
      'READ_BACK_MISMATCH',
      step.do,
      `after the plan was applied, this step is still to do: ${describeStep(step)}`,
    ),
  )
}

function placeOf({ code, at }: Fault): string {
  return `${code} ${at}`
}
