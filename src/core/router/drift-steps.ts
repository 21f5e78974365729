import { suppressedUntil, type Suppressed } from '../change/drift.js'
import { frrDriftItems, partOfStep } from '../frr/drift-keys.js'
import { linkTarget, type DriftItem } from '../model/drift.js'
import { isKernelStep, type FrrWaitStep, type Have, type Step } from '../model/plan.js'
import { linkDriftItems } from '../links/drift-keys.js'

/** A step with what it puts right; a wait puts right nothing. */
export interface DriftStep {
  readonly step: Step
  readonly items: readonly DriftItem[]
}

/** The steps of a plan from what is there, each with what it puts right. */
export function driftSteps(
  steps: readonly Step[],
  have: Pick<Have, 'links'>,
): readonly DriftStep[] {
  const kernel = steps.filter(isKernelStep)
  const ofLinks = linkDriftItems(kernel, have.links)
  const known = new Map<Step, DriftItem | undefined>(kernel.map((step, i) => [step, ofLinks[i]]))
  return steps.map((step) => {
    if (step.do === 'frr') return { step, items: frrDriftItems(step) }
    const one = known.get(step)
    return { step, items: one === undefined ? [] : [one] }
  })
}

/** What can be done while some things are held, and what cannot; a step to FRR may be in both. */
export function splitSuppressed(
  all: readonly DriftStep[],
  held: Suppressed,
): { readonly free: readonly DriftStep[]; readonly left: readonly DriftStep[] } {
  const isHeld = (one: DriftItem) => suppressedUntil(held, one) > 0
  const free = all.flatMap((one) => part(one, held, (difference) => !isHeld(difference)))
  return {
    free: free.some(isRepair) ? free : [],
    left: all.filter(isRepair).flatMap((one) => part(one, held, isHeld)),
  }
}

/** What does not is a wait, or a setting said again on account of others. */
export function isRepair({ items }: DriftStep): boolean {
  return items.some(({ keys }) => keys.length > 0)
}

function part(
  { step, items }: DriftStep,
  held: Suppressed,
  isChosen: (difference: DriftItem) => boolean,
): readonly DriftStep[] {
  if (step.do === 'frr-wait') return shorter(step, held)
  const chosen = items.filter(isChosen)
  if (step.do !== 'frr') return chosen.length === 0 ? [] : [{ step, items: items }]
  const lines = partOfStep(step, isChosen)
  return lines === null ? [] : [{ step: lines, items: chosen }]
}

/** What is held does not come, and would be waited for in vain. */
function shorter(step: FrrWaitStep, held: Suppressed): readonly DriftStep[] {
  const isFree = (link: string) => !held.has(linkTarget(link))
  const [links, vrfs] = [step.links.filter(isFree), step.vrfs.filter(isFree)]
  if (links.length + vrfs.length === 0) return []
  return [{ step: { ...step, links, vrfs }, items: [] }]
}
