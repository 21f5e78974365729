import { heldUntil, type Held } from '../change/drift.js'
import { frrDifferences, partOfStep } from '../frr/drift-keys.js'
import { linkThing, type Difference } from '../model/drift.js'
import { isKernelStep, type FrrWaitStep, type Have, type Step } from '../model/plan.js'
import { linkDifferences } from '../links/drift-keys.js'

/** A step with what it puts right; a wait puts right nothing. */
export interface Differing {
  readonly step: Step
  readonly differences: readonly Difference[]
}

/** The steps of a plan from what is there, each with what it puts right. */
export function withDifferences(
  steps: readonly Step[],
  have: Pick<Have, 'links'>,
): readonly Differing[] {
  const kernel = steps.filter(isKernelStep)
  const ofLinks = linkDifferences(kernel, have.links)
  const known = new Map<Step, Difference | undefined>(kernel.map((step, i) => [step, ofLinks[i]]))
  return steps.map((step) => {
    if (step.do === 'frr') return { step, differences: frrDifferences(step) }
    const one = known.get(step)
    return { step, differences: one === undefined ? [] : [one] }
  })
}

/** What can be done while some things are held, and what cannot; a step to FRR may be in both. */
export function withHeld(
  all: readonly Differing[],
  held: Held,
): { readonly free: readonly Differing[]; readonly left: readonly Differing[] } {
  const isHeld = (one: Difference) => heldUntil(held, one) > 0
  const free = all.flatMap((one) => part(one, held, (difference) => !isHeld(difference)))
  return {
    free: free.some(putsRight) ? free : [],
    left: all.filter(putsRight).flatMap((one) => part(one, held, isHeld)),
  }
}

/** What does not is a wait, or a setting said again on account of others. */
export function putsRight({ differences }: Differing): boolean {
  return differences.some(({ keys }) => keys.length > 0)
}

function part(
  { step, differences }: Differing,
  held: Held,
  isChosen: (difference: Difference) => boolean,
): readonly Differing[] {
  if (step.do === 'frr-wait') return shorter(step, held)
  const chosen = differences.filter(isChosen)
  if (step.do !== 'frr') return chosen.length === 0 ? [] : [{ step, differences }]
  const lines = partOfStep(step, isChosen)
  return lines === null ? [] : [{ step: lines, differences: chosen }]
}

/** What is held does not come, and would be waited for in vain. */
function shorter(step: FrrWaitStep, held: Held): readonly Differing[] {
  const isFree = (link: string) => !held.has(linkThing(link))
  const [links, vrfs] = [step.links.filter(isFree), step.vrfs.filter(isFree)]
  if (links.length + vrfs.length === 0) return []
  return [{ step: { ...step, links, vrfs }, differences: [] }]
}
