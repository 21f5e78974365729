import { suppressedUntil, type Suppressed } from '../change/drift.js'
import { frrDriftItems, partOfStep } from '../frr/drift-keys.js'
import { linkTarget, type DriftItem } from '../model/drift.js'
import { isKernelStep, type FrrWaitStep, type Have, type Step } from '../model/plan.js'
import { linkDriftItems } from '../links/drift-keys.js'

/** A step with the drift that it repairs; a wait repairs none. */
export interface DriftStep {
  readonly step: Step
  readonly items: readonly DriftItem[]
}

/** The steps of a plan from the observed links, each with the drift that it repairs. */
export function driftSteps(
  steps: readonly Step[],
  have: Pick<Have, 'links'>,
): readonly DriftStep[] {
  const kernelSteps = steps.filter(isKernelStep)
  const linkItems = linkDriftItems(kernelSteps, have.links)
  const itemOf = new Map<Step, DriftItem | undefined>(
    kernelSteps.map((step, i) => [step, linkItems[i]]),
  )
  return steps.map((step) => {
    if (step.do === 'frr') return { step, items: frrDriftItems(step) }
    const item = itemOf.get(step)
    return { step, items: item === undefined ? [] : [item] }
  })
}

/**
 * Splits the steps of a repair: `free` can be done while some targets are suppressed, `left` cannot. A
 * step to FRR can be in both, each part with its own lines. Without a repair, `free` is empty.
 */
export function splitSuppressed(
  all: readonly DriftStep[],
  suppressed: Suppressed,
): { readonly free: readonly DriftStep[]; readonly left: readonly DriftStep[] } {
  const isHeld = (item: DriftItem) => suppressedUntil(suppressed, item) > 0
  const free = all.flatMap((step) => partOf(step, suppressed, (item) => !isHeld(item)))
  return {
    free: free.some(isRepair) ? free : [],
    left: all.filter(isRepair).flatMap((step) => partOf(step, suppressed, isHeld)),
  }
}

/** Whether a step repairs drift; a wait and a setting that keeps its value do not. */
export function isRepair({ items }: DriftStep): boolean {
  return items.some(({ keys }) => keys.length > 0)
}

function partOf(
  { step, items }: DriftStep,
  suppressed: Suppressed,
  isChosen: (item: DriftItem) => boolean,
): readonly DriftStep[] {
  if (step.do === 'frr-wait') return withoutSuppressed(step, suppressed)
  const chosen = items.filter(isChosen)
  if (step.do !== 'frr') return chosen.length === 0 ? [] : [{ step, items }]
  const lines = partOfStep(step, isChosen)
  return lines === null ? [] : [{ step: lines, items: chosen }]
}

/** FRR would wait in vain for a link that is suppressed and therefore not created. */
function withoutSuppressed(step: FrrWaitStep, suppressed: Suppressed): readonly DriftStep[] {
  const isFree = (link: string) => !suppressed.has(linkTarget(link))
  const [links, vrfs] = [step.links.filter(isFree), step.vrfs.filter(isFree)]
  if (links.length + vrfs.length === 0) return []
  return [{ step: { ...step, links, vrfs }, items: [] }]
}
