import { inverseOf } from '../model/inverse.js'
import type { Step } from '../model/plan.js'

/** The steps that take these back, last first; a wait stays, for what it waits for comes back. */
export function inverse(steps: readonly Step[]): readonly Step[] {
  return steps.toReversed().map((step) => {
    if (step.do === 'frr-wait') return step
    return step.do === 'frr' ? { ...step, lines: step.undo, undo: step.lines } : inverseOf(step)
  })
}
