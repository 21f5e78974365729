import type { Fault } from '../../core/base/fault.js'
import { millis, seconds, toMillis } from '../../core/base/time.js'
import { isKernelStep, type Have, type KernelStep, type Step } from '../../core/model/plan.js'
import type { RouterPorts } from './ports.js'

/** How long FRR may take to learn of a new link or VRF from the kernel. */
const FRR_WAIT = millis(10_000)

/** Reads the whole router, kernel and FRR. */
export async function readHave(ports: Pick<RouterPorts, 'kernel' | 'frr'>): Promise<Have> {
  const [kernel, frr] = await Promise.all([ports.kernel.read(), ports.frr.read()])
  return { ...kernel, frr }
}

/** Carries out the steps in order and stops at the first fault; the step it comes from may be half done. */
export async function doSteps(steps: readonly Step[], ports: RouterPorts): Promise<Fault | null> {
  for (const batch of batches(steps)) {
    const fault = await doBatch(batch, ports)
    if (fault !== null) return fault
  }
  return null
}

type Batch = readonly KernelStep[] | Exclude<Step, KernelStep>

/** Consecutive kernel steps go to the kernel together. */
function batches(steps: readonly Step[]): readonly Batch[] {
  const result: Batch[] = []
  let run: KernelStep[] = []
  for (const step of steps) {
    if (isKernelStep(step)) {
      run.push(step)
    } else {
      if (run.length > 0) result.push(run)
      run = []
      result.push(step)
    }
  }
  return run.length > 0 ? [...result, run] : result
}

async function doBatch(batch: Batch, ports: RouterPorts): Promise<Fault | null> {
  if (!('do' in batch)) return (await ports.kernel.apply(batch)).fault
  if (batch.do === 'frr-wait') return ports.frr.wait(batch, FRR_WAIT)
  if (batch.do === 'frr') return ports.frr.apply(batch)
  await ports.sleep(toMillis(seconds(batch.seconds)))
  return null
}
