import { setTimeout as sleep } from 'node:timers/promises'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import type { Result } from '../../core/base/result.js'
import type { Have, Want } from '../../core/model/plan.js'
import type { RestorePlan } from '../../core/router/restore.js'
import { doSteps, readHave } from './steps.js'
import type { RouterPorts } from './ports.js'
import { describeStep } from '../../core/router/describe.js'
import { NONE_SUPPRESSED, suppressDependents, type Suppressed } from '../../core/change/drift.js'
import { driftSteps, splitSuppressed } from '../../core/router/drift-steps.js'
import { planRouter } from '../../core/router/plan.js'

/** How long to go on. */
export interface RetryPolicy {
  /** ms before the second, third … attempt. */
  readonly pauses?: readonly number[] | undefined
}

/** ms before the second, third … attempt: long enough in all for FRR to be restarted by watchfrr. */
const PAUSES = [500, 1000, 2000, 4000, 8000, 16_000] as const

/**
 * Reads, plans and applies until nothing is left to do. Empty: it is there, and was read back.
 * Otherwise everything that still differs when patience is over.
 */
export async function converge(
  planFrom: (have: Have) => Result<RestorePlan> | Promise<Result<RestorePlan>>,
  ports: RouterPorts,
  { pauses = PAUSES }: RetryPolicy,
): Promise<readonly Fault[]> {
  let left = await attempt(planFrom, ports)
  for (const pause of pauses) {
    if (left.length === 0) return left
    await sleep(pause)
    left = await attempt(planFrom, ports)
  }
  return left
}

async function attempt(
  planFrom: (have: Have) => Result<RestorePlan> | Promise<Result<RestorePlan>>,
  ports: RouterPorts,
): Promise<readonly Fault[]> {
  try {
    const way = await planFrom(await readHave(ports))
    if (!way.ok) return way.faults
    const failed = await doSteps(
      way.value.plan.steps.map(({ step }) => step),
      ports,
    )
    return failed === null ? await stillThere(planFrom, ports) : [failed]
  } catch (error) {
    if (error instanceof FaultError) return [error.fault]
    throw error
  }
}

async function stillThere(
  planFrom: (have: Have) => Result<RestorePlan> | Promise<Result<RestorePlan>>,
  ports: RouterPorts,
): Promise<readonly Fault[]> {
  const way = await planFrom(await readHave(ports))
  if (!way.ok) return way.faults
  const steps = way.value.plan.steps.map(({ step }) =>
    fault('READ_BACK_MISMATCH', step.do, `still to do: ${describeStep(step)}`),
  )
  return [...way.value.missing, ...steps]
}

/** What a second plan would still do: nothing, once a plan is applied, but to what was held. */
export async function remainingSteps(
  want: Want,
  ports: RouterPorts,
  held: Suppressed = NONE_SUPPRESSED,
): Promise<readonly Fault[]> {
  const have = await readHave(ports)
  const plan = planRouter(want, have)
  if (!plan.ok) return plan.faults
  const all = driftSteps(
    plan.value.steps.map(({ step }) => step),
    have,
  )
  const differences = all.flatMap((one) => one.items)
  return splitSuppressed(all, suppressDependents(held, differences)).free.map(({ step }) =>
    fault(
      'READ_BACK_MISMATCH',
      step.do,
      `still to do after the plan was applied: ${describeStep(step)}`,
    ),
  )
}
