import { fault, type Fault } from '../core/base/fault.js'
import type { Want } from '../core/model/plan.js'
import { readHave } from './deeds.js'
import { planRouter } from './intents.js'
import type { RouterPorts } from './ports.js'
import { describeStep } from './summary.js'

/** What a second plan would still do: nothing, once a plan is applied. */
export async function leftover(want: Want, ports: RouterPorts): Promise<readonly Fault[]> {
  const plan = planRouter(want, await readHave(ports))
  if (!plan.ok) return plan.faults
  return plan.value.steps.map(({ step }) =>
    fault('READ_BACK', step.do, `still to do after the plan was applied: ${describeStep(step)}`),
  )
}
