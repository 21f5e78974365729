import {
  blockedBy,
  suppressDependents,
  suppressedUntil,
  type RepairTexts,
  type Suppressed,
} from '../change/drift.js'
import { frrDriftItems, partOfStep } from '../frr/drift-keys.js'
import { linkTarget, type DriftItem, type PlanConflict } from '../model/drift.js'
import { isKernelStep, type FrrWaitStep, type Have, type Step, type Want } from '../model/plan.js'
import { linkDriftItems } from '../links/drift-keys.js'
import { describeStep } from './describe.js'
import { draftRouter } from './plan.js'

/** A step with the drift that it repairs; a wait repairs none. */
export interface DriftStep {
  readonly step: Step
  readonly items: readonly DriftItem[]
}

/** How a router differs from a want. */
export interface Drift {
  /** The steps to the want, those that conflicts forbid included. */
  readonly steps: readonly DriftStep[]
  readonly conflicts: readonly PlanConflict[]
  /** What the conflicts keep from being repaired, with everything that depends on it. */
  readonly blocked: Suppressed
}

/**
 * Compares the router with a want. What stands in the way of one thing does not hide another. `gaps` are what
 * is missing for a part of the want.
 */
export function findDrift(want: Want, have: Have, gaps: readonly PlanConflict[] = []): Drift {
  const { plan, conflicts: met } = draftRouter(want, have)
  const conflicts = [...gaps, ...met]
  const steps = driftSteps(
    plan.steps.map(({ step }) => step),
    have,
  )
  const blocked = suppressDependents(blockedBy(conflicts), itemsOf(steps))
  return { steps, conflicts, blocked }
}

/** All drift of these steps. */
export function itemsOf(steps: readonly DriftStep[]): readonly DriftItem[] {
  return steps.flatMap(({ items }) => items)
}

/** The repair of each difference in words: all steps, or lines of FRR, that repair it. */
export function repairTexts(steps: readonly DriftStep[]): RepairTexts {
  const texts = new Map<string, string>()
  for (const { step, items } of steps) {
    const keys = new Set(items.flatMap((item) => item.keys))
    for (const key of keys) {
      const part = step.do === 'frr' ? partOfStep(step, (item) => item.keys.includes(key)) : step
      if (part !== null) texts.set(key, joined(texts.get(key), describeStep(part)))
    }
  }
  return texts
}

function joined(before: string | undefined, text: string): string {
  return before === undefined ? text : `${before}; ${text}`
}

/** A step to FRR as one step for each target, so that a refused line fails only its own target. */
export function byTarget(whole: DriftStep): readonly DriftStep[] {
  const { step, items } = whole
  if (step.do !== 'frr') return [whole]
  const targets = new Set(items.flatMap((item) => item.targets))
  return [...targets].flatMap((target) => {
    const part = partOfStep(step, (item) => item.targets.includes(target))
    const own = items.filter((item) => item.targets.includes(target))
    return part === null ? [] : [{ step: part, items: own }]
  })
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

/** The part of a step that no suppressed target forbids: the step, fewer of its lines, or nothing. */
export function freePart(whole: DriftStep, suppressed: Suppressed): readonly DriftStep[] {
  if (whole.step.do === 'pause') return [whole]
  return partOf(whole, suppressed, (item) => suppressedUntil(suppressed, item) === 0)
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
