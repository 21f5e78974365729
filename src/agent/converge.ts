import { setTimeout as sleep } from 'node:timers/promises'
import { fault, FaultError, type Fault } from '../core/base/fault.js'
import { refused, type Result } from '../core/base/result.js'
import type { Have, Plan } from '../core/model/plan.js'
import { doSteps, readHave } from './deeds.js'
import type { RouterPorts } from './ports.js'
import { describeStep } from './summary.js'

/** The difference between what is there and a goal, and what keeps a part of it from being known. */
export interface Way {
  readonly plan: Plan
  readonly missing: readonly Fault[]
}

/** How long to go on. */
export interface Patience {
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
  wayFrom: (have: Have) => Result<Way> | Promise<Result<Way>>,
  ports: RouterPorts,
  { pauses = PAUSES }: Patience,
): Promise<readonly Fault[]> {
  let left = await attempt(wayFrom, ports)
  for (const pause of pauses) {
    if (left.length === 0) return left
    await sleep(pause)
    left = await attempt(wayFrom, ports)
  }
  return left
}

async function attempt(
  wayFrom: (have: Have) => Result<Way> | Promise<Result<Way>>,
  ports: RouterPorts,
): Promise<readonly Fault[]> {
  try {
    const way = await wayFrom(await readHave(ports))
    if (!way.ok) return way.faults
    const failed = await doSteps(
      way.value.plan.steps.map(({ step }) => step),
      ports,
    )
    return failed === null ? await stillThere(wayFrom, ports) : [failed]
  } catch (error) {
    if (error instanceof FaultError) return [error.fault]
    throw error
  }
}

async function stillThere(
  wayFrom: (have: Have) => Result<Way> | Promise<Result<Way>>,
  ports: RouterPorts,
): Promise<readonly Fault[]> {
  const way = await wayFrom(await readHave(ports))
  if (!way.ok) return way.faults
  const steps = way.value.plan.steps.map(({ step }) =>
    fault('READ_BACK', step.do, `still to do: ${describeStep(step)}`),
  )
  return [...way.value.missing, ...steps]
}

/** A plan from which nothing is missing. */
export function wholeWay(plan: Result<Plan>): Result<Way> {
  return plan.ok ? { ok: true, value: { plan: plan.value, missing: [] } } : refused(...plan.faults)
}
