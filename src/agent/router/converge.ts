import { attempt } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { faultsOf, type Result } from '../../core/base/result.js'
import { millis, type Millis } from '../../core/base/time.js'
import type { Have, Want } from '../../core/model/plan.js'
import type { RestorePlan } from '../../core/router/restore.js'
import { doSteps, readHave } from './steps.js'
import type { RouterPorts } from './ports.js'
import { describeStep } from '../../core/router/describe.js'
import { NONE_SUPPRESSED, suppressDependents, type Suppressed } from '../../core/change/drift.js'
import { driftSteps, splitSuppressed } from '../../core/router/drift-steps.js'
import { planRouter } from '../../core/router/plan.js'

/** Pauses before the second, third … attempt: in all long enough for watchfrr to restart FRR. */
const PAUSES = [500, 1000, 2000, 4000, 8000, 16_000].map(millis)

/** Plans from the observed router. */
export type Planner = (have: Have) => Result<RestorePlan> | Promise<Result<RestorePlan>>

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
    if (remaining.length === 0) return remaining
    await ports.sleep(pause)
    remaining = await tryOnce(planFrom, ports)
  }
  return remaining
}

async function tryOnce(planFrom: Planner, ports: RouterPorts): Promise<readonly Fault[]> {
  const done = await attempt(() => applyAndReadBack(planFrom, ports))
  return done.ok ? done.value : faultsOf(done)
}

async function applyAndReadBack(planFrom: Planner, ports: RouterPorts): Promise<readonly Fault[]> {
  const found = await planFrom(await readHave(ports))
  if (!found.ok) return found.faults
  const failed = await doSteps(
    found.value.plan.steps.map(({ step }) => step),
    ports,
  )
  if (failed !== null) return [failed]
  const again = await planFrom(await readHave(ports))
  if (!again.ok) return again.faults
  const steps = again.value.plan.steps.map(({ step }) =>
    fault('READ_BACK_MISMATCH', step.do, `this step is still to do: ${describeStep(step)}`),
  )
  return [...again.value.missing, ...steps]
}

/**
 * What a second plan would still do after a plan was applied, one fault a step. Steps on suppressed
 * targets do not count.
 */
export async function remainingSteps(
  want: Want,
  ports: Pick<RouterPorts, 'kernel' | 'frr'>,
  suppressed: Suppressed = NONE_SUPPRESSED,
): Promise<readonly Fault[]> {
  const have = await readHave(ports)
  const plan = planRouter(want, have)
  if (!plan.ok) return plan.faults
  const all = driftSteps(
    plan.value.steps.map(({ step }) => step),
    have,
  )
  const differences = all.flatMap(({ items }) => items)
  return splitSuppressed(all, suppressDependents(suppressed, differences)).free.map(({ step }) =>
    fault(
      'READ_BACK_MISMATCH',
      step.do,
      `after the plan was applied, this step is still to do: ${describeStep(step)}`,
    ),
  )
}
