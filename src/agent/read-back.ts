import { fault, type Fault } from '../core/base/fault.js'
import { NOTHING_HELD, spread, type Held } from '../core/change/drift.js'
import type { Want } from '../core/model/plan.js'
import { readHave } from './deeds.js'
import { withDifferences, withHeld } from './differences.js'
import { planRouter } from './intents.js'
import type { RouterPorts } from './ports.js'
import { describeStep } from './summary.js'

/** What a second plan would still do: nothing, once a plan is applied, but to what was held. */
export async function leftover(
  want: Want,
  ports: RouterPorts,
  held: Held = NOTHING_HELD,
): Promise<readonly Fault[]> {
  const have = await readHave(ports)
  const plan = planRouter(want, have)
  if (!plan.ok) return plan.faults
  const all = withDifferences(
    plan.value.steps.map(({ step }) => step),
    have,
  )
  const differences = all.flatMap((one) => one.differences)
  return withHeld(all, spread(held, differences)).free.map(({ step }) =>
    fault('READ_BACK', step.do, `still to do after the plan was applied: ${describeStep(step)}`),
  )
}
