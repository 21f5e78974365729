import { millis, toMillis, type Millis } from '../base/time.js'
import { isKernelStep, type Step } from '../model/plan.js'

/** For the steps to the kernel and the read-back. */
const KERNEL_AND_READ_BACK = millis(30_000)
/** For a step to FRR; zebra also has 10 s to learn of another link. */
const FRR_STEP = millis(10_000)
/** For each step, so that thousands of VLANs have their time. */
const EACH = millis(20)

/**
 * The longest time that is expected until a plan is applied and read back. Before the first step it is added
 * to the time for the confirmation, as the deadline of an agent that hangs while it applies. An agent that
 * is alive never ends a change because of it: the time for the confirmation begins after the read-back.
 */
export function longestApply(steps: readonly Step[]): Millis {
  const sum = steps.reduce((time, step) => time + EACH + waitOf(step), 0)
  return millis(KERNEL_AND_READ_BACK + sum)
}

function waitOf(step: Step): number {
  if (isKernelStep(step)) return 0
  return step.do === 'pause' ? toMillis(step.seconds) : FRR_STEP
}
